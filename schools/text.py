"""How text that people typed is cleaned. Pure: every app may import it."""

import re
import unicodedata

# Characters that are there and not seen: soft hyphen, zero-width, direction marks, BOM, control characters; and those
# that XML, so no workbook, may hold.
INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x08\x0e-\x1b\x7f-\x9f"
    "\ud800-\udfff\ufffe\uffff]"
)


def tidy(text: str) -> str:
    """Return `text` in NFC, trimmed, inner runs of spaces folded, without invisible characters."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # Most texts.
    # NFC comes last: an accent may have been kept from its letter by something invisible.
    return unicodedata.normalize("NFC", " ".join(INVISIBLE.sub("", text).split()))
