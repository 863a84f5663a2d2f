"""How names are compared, and what identifiant they make."""

import re
import unicodedata

LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th"}
)


def fold(text):
    """Return `text` without case, accents, hyphens or apostrophes, words separated by one space."""
    text = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    text = "".join(char for char in text if not unicodedata.combining(char))
    return " ".join(re.sub(r"[-‐‑–—'’ʼ`.,]", " ", text).split())


def name_key(last_name, first_name):
    """Return what two people of one name have in common: `martin|jean pierre`."""
    return f"{fold(last_name)}|{fold(first_name)}"


def username_stem(last_name, first_name):
    """Return `prenom.nom` in ASCII, at most 60 characters; `compte` where no Latin letter is left."""
    parts = (
        re.sub(r"[^a-z0-9]+", "-", fold(part)).strip("-")[:30].strip("-") for part in (first_name, last_name)
    )
    return ".".join(filter(None, parts)) or "compte"
