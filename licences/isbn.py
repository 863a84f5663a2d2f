"""ISBN as people type them, and as the catalogue keeps them."""

import re

from django.core.exceptions import ValidationError

ISBN_SEPARATOR = r"[\s\u00a0\u202f‐‑–-]"
# Its beginning, or nine digits at least.
ISBN_AS_TYPED = re.compile(
    rf"\b(?:97[89](?:{ISBN_SEPARATOR}?[0-9]){{0,10}}|[0-9](?:{ISBN_SEPARATOR}?[0-9]){{8,12}}(?:{ISBN_SEPARATOR}?[Xx])?)\b"
)


def clean_ean(text: str) -> str:
    """Return `text` without the spaces and hyphens that people put in an ISBN."""
    return re.sub(ISBN_SEPARATOR, "", text)


def validate_ean(value: str) -> None:
    """An EAN-13 (an ISBN-13 is one): 13 digits, the last of which checks the others."""
    if not re.fullmatch(r"[0-9]{13}", value):
        raise ValidationError("Un ISBN (EAN) compte 13 chiffres.", code="invalid_isbn")
    weighted = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(value))
    if weighted % 10:
        raise ValidationError(
            "Cet ISBN (EAN) comporte une faute de frappe : son dernier chiffre ne correspond pas aux autres.",
            code="invalid_isbn",
        )


def with_whole_isbn(text: str) -> str:
    """Return `text` with each ISBN in one piece, as in the catalogue; of an ISBN-10 what stands in the EAN too."""

    def whole(typed: re.Match[str]) -> str:
        isbn = clean_ean(typed[0])
        return isbn[:9] if len(isbn) == 10 else isbn

    return ISBN_AS_TYPED.sub(whole, text)
