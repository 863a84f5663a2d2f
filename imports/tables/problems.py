"""What is wrong with a file or a row, or worth knowing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

ERROR, WARNING = "error", "warning"

DAMAGED = (
    "Ce fichier est endommagé ou incomplet : ouvrez-le dans Excel ou LibreOffice, copiez vos lignes dans le "
    "modèle à télécharger, enregistrez, puis importez à nouveau."
)
ENCRYPTED = (
    "Ce fichier est protégé par un mot de passe : ouvrez-le, retirez la protection (Fichier, Informations, "
    "Protéger le classeur, Chiffrer avec mot de passe, effacez le mot de passe), enregistrez, puis importez-le."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct or to know.

    `row`: number of the row as the user sees it in the sheet; None: the whole file. `column`: its heading in the
    template. `value`: as typed. `code`: stable, listed in the product contract. `message`: French, says what to do.
    """

    row: int | None
    column: str
    value: str
    code: str
    message: str
    severity: str = ERROR

    def __str__(self) -> str:
        return f"Ligne {self.row}, {self.column} : {self.message}" if self.row else self.message

    def as_dict(self) -> dict[str, str | int | None]:
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "message": self.message,
        }


def file_problem(code: str, message: str, *, row: int | None = None, column: str = "", value: str = "") -> Problem:
    """Return the Problem of a whole file."""
    return Problem(row, column, value, code, message)


class Refused(Exception):
    """The file as a whole cannot be imported; `problems` say why, in French."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(problem.message for problem in problems))


def damaged() -> Refused:
    return Refused(file_problem("unreadable", DAMAGED))


def encrypted() -> Refused:
    return Refused(file_problem("encrypted", ENCRYPTED))


class SheetRow(int):
    """The number of a row of a list that stands on several sheets: as an int it is another one for each row.

    In a sentence it reads “5 de la feuille « 6B »”; `number` and `sheet` are what the user sees.
    """

    SPAN = 2**21  # Above the last row of any sheet.
    sheet: str

    def __new__(cls, value: int, sheets: Sequence[str]) -> Self:
        """`value`: SPAN times the place of the sheet in `sheets`, plus the number of the row there."""
        row = super().__new__(cls, value)
        row.sheet = sheets[value // cls.SPAN]
        return row

    @property
    def number(self) -> int:
        return int(self) % self.SPAN

    def __str__(self) -> str:
        return f"{self.number} de la feuille « {self.sheet} »"
