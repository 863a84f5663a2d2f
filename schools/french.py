"""French plurals: they begin at two. Django's `pluralize` writes “0 classes”, French writes “0 classe”."""


def plural(count: int, endings: str = "s") -> str:
    """Return the ending of a word for `count` of them: `endings` is that of the plural, or “singular,plural”."""
    one, _, several = endings.rpartition(",")
    return several if abs(count) >= 2 else one


def counted(count: int, words: str, several: str = "") -> str:
    """Return the number with its words: “1 licence affectée”, “2 licences affectées”.

    `several`: the plural, where it is not an s at the end of each word.
    """
    if abs(count) >= 2:
        return f"{count} {several or ' '.join(f'{word}s' for word in words.split())}"
    return f"{count} {words}"
