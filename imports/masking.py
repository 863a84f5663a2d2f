"""What an error list must not show, or not for ever: passwords in any column, and what people typed, after a month."""

import re

from accounts.passwords import CONSONANTS, DIGITS, VOWELS, is_strong

MASK = "••••••••"  # A password is still somebody's, refused or in the wrong column: it is never written down.
FORGOTTEN = "Le détail de cette remarque a été effacé avec le fichier déposé."
# Their sentences name headings and limits, never a value or a person; all others go.
IMPERSONAL = frozenset(
    "missing_value too_long number_in_code invalid_email invalid_username weak_password missing_column "
    "duplicate_column too_large too_many_rows empty wrong_format encrypted unreadable interrupted unexpected "
    "merged_cells hidden_rows".split()
)
EMAIL = re.compile(r"[^\s@]+@[\w-]+(\.[\w-]+)+")
SYLLABLE = f"[{CONSONANTS}][{VOWELS}]"
DRAWN = re.compile(f"(?:{SYLLABLE}){{3}}-(?:{SYLLABLE}){{4}}[{DIGITS}]{{3}}", re.IGNORECASE)
# Signs that codes of classes and identifiants hold too ("Term-STMG2", "Latin/6e", "Lea.Roux2").
PLAIN_SIGNS = re.compile(r"[\w.,;/()&+'’-]+")
TWO_NAMES = re.compile(r"[^\W\d_]+(?:[._-][^\W\d_]+)+\d{0,3}")
NAME_COLUMNS = ("Nom", "Prénom")


def looks_like_a_password(word: str, column: str = "") -> bool:
    """Tell whether a word of a cell follows the product's rule and is not what its column is for (French heading)."""
    if DRAWN.fullmatch(word):
        return True
    if not is_strong(word) or EMAIL.fullmatch(word):
        return False
    if column in NAME_COLUMNS:
        return True
    if column == "Identifiant":
        return not TWO_NAMES.fullmatch(word)
    return not PLAIN_SIGNS.fullmatch(word)


def without_passwords(value: str, message: str, column: str) -> tuple[str, str]:
    """Return `value` and `message` of a problem with every password in them masked."""
    quoted = " ".join(re.findall(r"«\s*(.*?)\s*»", message))
    for word in set(f"{value} {quoted}".split()):
        if looks_like_a_password(word, column):
            value, message = value.replace(word, MASK), message.replace(word, MASK)
    return value, message
