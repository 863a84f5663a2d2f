"""From what a cell holds to the text that the user meant; plain Python, no Django."""

import datetime
import math
import re
import unicodedata

from imports.tables.table import Moment, Value
from schools.text import INVISIBLE, tidy

MOMENTS = (datetime.date, datetime.time, datetime.timedelta)
MAX_CHARACTERS = 5000  # Longer than any column accepts: a longer value is still reported as too long.
MOST_EXACT = 1e15  # Excel keeps 15 digits, and makes zeros of the others.

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

_FRENCH_ERRORS = {
    "#NAME?": "#NOM?",
    "#VALUE!": "#VALEUR!",
    "#NULL!": "#NUL!",
    "#NUM!": "#NOMBRE!",
    "#GETTING_DATA": "#CHARGEMENT_DONNEES",
    "#SPILL!": "#EPARS!",
    "#BLOCKED!": "#BLOQUE!",
    "#FIELD!": "#CHAMP!",
    "#CONNECT!": "#CONNEXION!",
    "#UNKNOWN!": "#INCONNU!",
    "#BUSY!": "#OCCUPE!",
}


def clean_text(text: str) -> str:
    """Return `text` tidy, at most MAX_CHARACTERS of it."""
    return tidy(text[: 2 * MAX_CHARACTERS])[:MAX_CHARACTERS]


def clean_lines(text: str) -> str:
    """Return the same of a text whose line breaks stay."""
    return "\n".join(filter(None, map(tidy, text[: 2 * MAX_CHARACTERS].splitlines())))[:MAX_CHARACTERS]


def clean_password(text: str) -> str:
    """Return `text` in NFC and trimmed; what stands inside is its owner's choice, spaces included."""
    text = INVISIBLE.sub("", text[: 2 * MAX_CHARACTERS]).strip()
    return unicodedata.normalize("NFC", _CONTROL.sub("", text)).strip()[:MAX_CHARACTERS]


def number_text(number: float) -> str:
    """Return a number as one would type it: 601.0 → "601", no exponent, no binary noise."""
    if number.is_integer():
        return f"{number + 0.0:.0f}"  # The sum makes 0 of -0.
    text = f"{number:.15g}"
    return text if "e" not in text else f"{number:.18f}".rstrip("0").rstrip(".")


def day_text(value: datetime.date) -> str:
    """Return a date, with or without an hour, as "2026-01-06"."""
    return f"{value.year:04}-{value.month:02}-{value.day:02}"


def moment_text(value: Moment) -> str:
    """Return a date, an hour or a duration as a French sheet shows it: "06/01/2026"."""
    if isinstance(value, datetime.datetime) and value.time() != datetime.time():
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, datetime.date):
        return f"{value.day:02}/{value.month:02}/{value.year:04}"
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M" if not value.second else "%H:%M:%S")
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def is_spoilt(number: float, *, is_scientific: bool) -> bool:
    """Tell whether something else was typed than the number that the cell holds, and cannot be known any more.

    `is_scientific`: the cell shows a power of ten, as Excel makes of 2E5.
    """
    return abs(number) >= MOST_EXACT or (is_scientific and not (number.is_integer() and number % 10))


def as_text(value: Value) -> str | None:
    """Return what a cell holds, as one would type it; at most MAX_CHARACTERS. None: the number is not one."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, MOMENTS):
        return moment_text(value)
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    return number_text(float(value)) if math.isfinite(value) else None


def french_error(text: str) -> str:
    """Return an Excel error as French Excel shows it: "#NAME?" → "#NOM?"."""
    return _FRENCH_ERRORS.get(text.strip(), text.strip())
