"""Which code of the school a cell means: as typed, or as Excel may have stored it."""

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from schools.models import code_key

# A file of nothing but unknown codes must not cost minutes of comparisons.
MAX_HINTS = 200
SEPARATORS = re.compile(r"[;,\n]")
# What people write between two codes instead.
OTHER_SIGNS = (r"/", r"\+", r"&", r"\|", r"\\", r":", r"\bet\b", r"\s", r"\.", r"[-–]")
NUMBER = re.compile(r"\d{1,30}(?:[.,]\d{1,30})?(?:e[+-]?\d{1,3})?", re.ASCII)
AS_TEXT = "Mettez la colonne au format Texte, puis retapez le code."


class Codes:
    """The codes of the classes, or of the groups, of one school.

    `known`: {code key: primary key}. Of an unknown one: `problem` is its code, `what` it is ("La classe"), `remedy`
    what to do.
    """

    def __init__(self, known: Mapping[str, int], problem: str, what: str, remedy: str) -> None:
        self.known, self.problem, self.what, self.remedy = known, problem, what, remedy
        self.advice: dict[str, str] = {}  # One sentence per unknown code, however many rows bear it.
        self.by_number: defaultdict[Decimal, list[str]] = defaultdict(list)
        for key in known:
            if (number := as_number(key)) is not None:
                self.by_number[number].append(key)

    def key(self, text: str, *, is_number: bool) -> str:
        """Return the key of the code that a cell means; `is_number`: Excel stores the cell as a number.

        A number that equals one code is that code: 06 is stored as 6.
        """
        keys = self.equal_to(text) if is_number else []
        return keys[0] if len(keys) == 1 else code_key(text)

    def equal_to(self, text: str) -> list[str]:
        """Return the keys of the codes that, typed into an ordinary cell, become this number."""
        number = as_number(text)
        return [] if number is None else self.by_number.get(number, [])

    def number_problem(self, text: str) -> str:
        """Return what to say of a number that may be another code than the one it shows; "" if it is not so."""
        keys = self.equal_to(text)
        if len(keys) > 1:
            codes = " ou ".join(f"« {key.upper()} »" for key in sorted(keys))
            return f"Excel a enregistré ici le nombre {text}, qui peut être le code {codes}. {AS_TEXT}"
        if keys and "e" in keys[0]:
            return (
                f"Excel a transformé le code que vous avez tapé, « {keys[0].upper()} », en nombre : {text}. {AS_TEXT}"
            )
        return ""

    def unknown(self, code: str) -> str:
        """Return what to say of a code that is not known: several of them in one, or maybe another one."""
        key = code_key(code)
        if key not in self.advice:
            self.advice[key] = (
                f"{self.what} « {code} » n'existe pas dans l'établissement : {self.remedy}.{self.hint(code)}"
            )
        return self.advice[key]

    def hint(self, code: str) -> str:
        if len(self.advice) >= MAX_HINTS or len(code) > 60:
            return ""
        near = difflib.get_close_matches(code_key(code), self.known, n=1, cutoff=0.5)
        return f" Vouliez-vous dire « {near[0].upper()} » ?" if near else ""

    def joined(self, code: str) -> list[str]:
        """Return the known codes that `code` joins by another sign than ours, such as LATIN/CHORALE; [] if not so."""
        for sign in OTHER_SIGNS:
            parts = [part.strip() for part in re.split(sign, code, flags=re.IGNORECASE) if part.strip()]
            if len(parts) > 1 and all(code_key(part) in self.known for part in parts):
                return parts
        return []


def as_number(code: str) -> Decimal | None:
    """Return the number that Excel makes of a code in a cell that is not text: 60 of 6E1, 6 of 06; None: it stays."""
    return Decimal(code.lower().replace(",", ".")) if NUMBER.fullmatch(code.lower()) else None


def split_codes(text: str) -> list[str]:
    """Return the codes that a cell lists."""
    return [code for part in SEPARATORS.split(text) if (code := part.strip())]
