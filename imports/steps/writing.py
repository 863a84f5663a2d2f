"""Which of two writings of one name is kept. Reads no database."""


def richness(text: str) -> tuple[int, bool]:
    """Return how much a writing tells: accents, hyphens and apostrophes first, then capitals and small letters."""
    marks = sum(not char.isascii() or char in "-'" for char in text)
    return marks, not (text.isupper() or text.islower())


def richer(old: str, new: str) -> str:
    """Return the richer of two writings that are equal when folded; the newer one where neither is."""
    return old if richness(old) > richness(new) else new
