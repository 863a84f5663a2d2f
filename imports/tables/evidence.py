"""What titles and names say of the kind of a list: whose list it is."""

import re
from dataclasses import dataclass
from typing import Self

from imports.tables.columns import Layout
from imports.tables.problems import Problem, Refused, file_problem
from schools.folding import fold

_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")  # ListeEleves
_SIGNS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where it is said that a list is of its own kind, and where that it is of the other: "le nom du fichier", …"""

    own: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    @classmethod
    def of_name(cls, layout: Layout, where: str, name: str) -> Self:
        """Return what a title, or the name of a sheet or a file, says; nothing if it names both kinds."""
        text = _SIGNS.sub(lambda sign: " : " if ":" in sign[0] else " ", fold(_CAMEL.sub(" ", name)))
        return cls._of(layout, where, text)

    @classmethod
    def of_heading(cls, layout: Layout, heading: str) -> Self:
        """Return what a heading such as “Nom de l'élève” says."""
        words = _SIGNS.sub(" ", fold(heading)).split()
        return cls._of(layout, f"la colonne « {heading[:100]} »", " ".join(f"{word.rstrip('s')}s" for word in words))

    @classmethod
    def _of(cls, layout: Layout, where: str, text: str) -> Self:
        own = bool(layout.own and re.search(layout.own, text))
        other = bool(layout.other and re.search(layout.other, text))
        return cls((where,) if own and not other else (), (where,) if other and not own else ())

    def __add__(self, more: "Evidence") -> "Evidence":
        return Evidence(self.own + more.own, self.other + more.other)

    @property
    def sign(self) -> int:
        """Return 1 where all that is said says that the list is of its kind, -1 where it says the contrary, else 0."""
        return bool(self.own and not self.other) - bool(self.other and not self.own)

    def refusal(self, layout: Layout) -> Refused:
        """Return what refuses a list that is of the other kind."""
        return Refused(_other_kind(layout, self.other[0]))


def _other_kind(layout: Layout, where: str) -> Problem:
    return file_problem("wrong_format", layout.if_other.format(f"{where} le dit"))
