"""How texts are compared and put in order. Pure: every app may import it."""

import re
import unicodedata

# Every kind of apostrophe, quotation mark and stop that stands between two words; hyphens are known by their category.
SEPARATORS = frozenset("'`´ʹʺʻʼʽʾʿˈˊˋ′‵″‶Ꞌꞌ՚׳\"«»‹›‘’‚‛“”„‟.,−")
# The dots inside a Catalan ŀl and a Sinological transcription, and what says only how to draw the letter before it.
UNSEEN = frozenset("·‧ꞏ\u034f" + "".join(map(chr, range(0xFE00, 0xFE10))))
# The Latin letters whose ASCII base is not the last word of their name.
BASES = {
    "ð": "d",
    "ᴆ": "d",
    "þ": "th",
    "ŋ": "n",
    "ĸ": "q",
    "ə": "e",
    "ʒ": "z",
    "ȝ": "y",
    "ƿ": "w",
    "ɑ": "a",
    "ɣ": "g",
    "ɩ": "i",
    "ʃ": "s",
    "ʉ": "u",
    "ʊ": "u",
}
# A stranger who sends every character there is must not fill the memory.
MOST_REMEMBERED = 10_000
DIGITS = re.compile("[0-9]+")


def _base(char: str) -> str:
    """Return what one decomposed lower-case character becomes."""
    if char in SEPARATORS or char.isspace():
        return " "
    if char.isascii() and char.isprintable():
        return " " if char == "-" else char
    category = unicodedata.category(char)
    if category == "Pd":
        return " "
    if char in UNSEEN or category in ("Cc", "Cf", "Cs") or unicodedata.combining(char):
        return ""
    if char in BASES:
        return BASES[char]
    # LATIN SMALL LETTER DOTLESS I, LATIN SMALL LETTER O WITH STROKE, LATIN SMALL LIGATURE OE.
    name = unicodedata.name(char, "").partition(" WITH ")[0].removesuffix(" DIGRAPH")
    last = name.split(" ")[-1]
    return last.lower() if name.startswith("LATIN ") and len(last) <= 2 else char


class _Folded(dict[int, str]):
    """What each character becomes, worked out when it is first met (for `str.translate`)."""

    def __missing__(self, code: int) -> str:
        # Twice: some characters decompose into capitals, some capitals into what can be decomposed.
        char = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold())
        folded = "".join(map(_base, char))
        if len(self) < MOST_REMEMBERED:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Return `text` without case, accents, hyphens, apostrophes or ligatures, words separated by one space.

    Latin letters become a–z; other alphabets keep theirs. The only white space that it puts out is the space.
    """
    return " ".join(text.translate(_FOLDED).split())


def sort_key(text: str) -> str:
    """Return the key by which `text` is listed: folded, and 2 before 10. At most twice as long as `fold(text)`.

    Keys are compared byte by byte: each number is preceded by how long it is.
    """
    return DIGITS.sub(_measured, fold(text))


def _measured(digits: re.Match[str]) -> str:
    number = digits[0].lstrip("0") or "0"
    # Ten digits and more are rare (ISBN): 9, then their count in three digits, stands after all shorter ones.
    return f"{len(number)}{number}" if len(number) < 9 else f"9{len(number):03}{number}"
