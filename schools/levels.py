"""The order of French school levels, to tell a class that follows from one that cannot. Reads no database."""

import re

from schools.folding import fold

# As schools write them, once folded; `rank` accepts what follows ("6eme A", "sixieme", "cm2 b", "terminale s").
NAMES = (
    ("tps", "toute petite section"),
    ("ps", "petite section"),
    ("ms", "moyenne section"),
    ("gs", "grande section"),
    ("cp", "cours preparatoire"),
    ("ce1",),
    ("ce2",),
    ("cm1",),
    ("cm2",),
    ("6", "sixieme"),
    ("5", "cinquieme"),
    ("4", "quatrieme"),
    ("3", "troisieme"),
    ("2", "2d", "seconde"),
    ("1", "premiere"),
    ("t", "tle", "term", "terminale"),
)
RANKS = {name: rank for rank, names in enumerate(NAMES, start=1) for name in names}
WORDS = re.compile(r"^(?:(ce1|ce2|cm1|cm2)|(\d)(?:e|eme|me|nde|de|ere|re)?|([a-z]+(?: [a-z]+)*))(?![0-9])")


def rank(level: str) -> int | None:
    """Return the place of `level` ("6e", "CM2", "Terminale") among the years of school, 1 to 16; None if unknown."""
    found = WORDS.match(re.sub(r"[^a-z0-9]+", " ", fold(level)).strip())
    if not found:
        return None
    name = next(filter(None, found.groups()))
    return RANKS.get(name) or next((RANKS[part] for part in (name, name.split(" ")[0]) if part in RANKS), None)


def rank_of_class(level: str, code: str) -> int | None:
    """Return the rank of a class; where no level is given, its code tells: "6A", "601", "CM2 Dupont"."""
    telling = re.match(r"[3-6](?:\D|\d\d$)|c[pem]", code.casefold())
    return rank(level) if level.strip() or not telling else rank(code[:1] if code[0].isdigit() else code)
