"""How names are compared, and what identifiant they make."""

import re

from schools.folding import fold

# Folding may lengthen a text (one Arabic ligature has 18 letters): two keys still fit into User.name_key.
KEY_LENGTH = 200


def name_key(last_name: str, first_name: str) -> str:
    """Return what two people of one name have in common: `martin`, tab, `jean pierre`.

    A folded name holds no tab, so nobody's last name runs into a first name; and it sorts before the space and the
    letters, so that MARTIN stands before MARTIN DUPONT and MARTINE.
    """
    return f"{fold(last_name)[:KEY_LENGTH]}\t{fold(first_name)[:KEY_LENGTH]}"


def split_key(key: str) -> tuple[str, str]:
    """Return the folded (last name, first name) of a `name_key`."""
    last, _, first = key.partition("\t")
    return last, first


def is_a_name(text: str) -> bool:
    """Tell whether `text` holds a letter or a digit, of whatever alphabet."""
    return any(char.isalnum() for char in fold(text))


def username_stem(last_name: str, first_name: str) -> str:
    """Return `prenom.nom` in ASCII, at most 60 characters; `compte` where no Latin letter is left."""
    parts = (re.sub(r"[^a-z0-9]+", "-", fold(part)).strip("-")[:30].strip("-") for part in (first_name, last_name))
    return ".".join(filter(None, parts)) or "compte"
