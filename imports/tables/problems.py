"""What the steps of an import report: plain Python, so that the reading child can use it too."""

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"


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

    def as_dict(self):
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "message": self.message,
        }


class Refused(Exception):
    """The file as a whole cannot be imported; `problems` say why, in French."""

    def __init__(self, *problems):
        self.problems = list(problems)
        super().__init__("; ".join(problem.message for problem in problems))
