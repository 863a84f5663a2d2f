"""When two names may be one person's: they *agree* or *resemble* (product contract, §4). Reads no database.

Names come as folded keys (names.name_key), so that nothing is folded twice.
"""

from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar

from rapidfuzz.distance import OSA

from accounts.names import split_key

Item = TypeVar("Item", bound=Hashable)
PARTICLES = frozenset(
    "al ap ben bin d da dal de del della den der des di do dos du el l la le les lo mac mc o san st van vom von zu"
    " zum zur".split()
)
# Bounds of the work: so many words of one part of a name, so many names with one signature.
MOST_WORDS = 6
MOST_NAMES = 30
SHORTEST_WORD = 5  # Letters of a word in which one may be wrong.


def first_names_agree(one: str, other: str) -> bool:
    """Tell whether folded first names are equal, or all whole words of one are among the other's."""
    if one == other:
        return True
    words, others = set(one.split()), set(other.split())
    return bool(words and others) and (words <= others or others <= words)


def wrong_letter(one: str, other: str) -> tuple[str, str] | None:
    """Return the two words in which folded names differ by one letter, the other words being equal; else None."""
    words, others = one.split(), other.split()
    if len(words) != len(others):
        return None
    different = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if len(different) == 1 and OSA.distance(*different[0], score_cutoff=1) <= 1:
        return different[0]
    return None


def is_one_letter_off(one: str, other: str) -> bool:
    """Tell whether one letter differs in a word of five letters or more."""
    words = wrong_letter(one, other)
    return bool(words) and max(map(len, words)) >= SHORTEST_WORD


def is_corrected(one: str, other: str) -> bool:
    """Tell whether a first name may correct the other: one letter, and neither word shorter than five."""
    words = wrong_letter(one, other)
    return bool(words) and min(map(len, words)) >= SHORTEST_WORD


class Name:
    """What one name is compared by."""

    __slots__ = ("bare", "first", "first_joined", "key", "last", "last_joined")

    def __init__(self, key: str) -> None:
        self.key = key
        self.last, self.first = split_key(key)
        self.last_joined, self.first_joined = joined(self.last), joined(self.first)
        words = self.last.split()
        significant = [word for word in words if word not in PARTICLES]
        # Without particles; the whole where nothing else is left ("Le", "Da").
        self.bare = joined(" ".join(significant)) if significant and len(significant) < len(words) else ""

    def forms(self) -> set[str]:
        return {self.last_joined, self.bare} - {""}

    def signatures(self) -> list[str]:
        """Return keys; two resembling names share at least one of them (or one has the other's `exchanged`)."""
        last, first = self.last_joined, self.first_joined
        found = [f"={last}/{first}"]
        if self.bare:
            found.append(f"={self.bare}/{first}")
        words = [word for word in self.last.split() if word not in PARTICLES] or self.last.split()
        found += [f"w{word}/{given}" for word in words[:MOST_WORDS] for given in self.first.split()[:MOST_WORDS]]
        found += [f"l{first}/{piece}" for piece in ends(self.last.replace(" ", ""))]
        found += [f"f{last}/{piece}" for piece in ends(self.first.replace(" ", ""))]
        return found

    def exchanged(self) -> str:
        """Return the first signature of the name whose Nom and Prénom are exchanged."""
        return f"={self.first_joined}/{self.last_joined}"

    def resembles(self, other: "Name") -> bool:
        """Tell whether the two may be one person's name, written otherwise."""
        same_first, same_last = self.first_joined == other.first_joined, self.last_joined == other.last_joined
        if same_first and (same_last or self.forms() & other.forms()):
            return True
        if self.first_joined == other.last_joined and self.last_joined == other.first_joined:
            return True
        if same_first and is_one_letter_off(self.last, other.last):
            return True
        if same_last and is_one_letter_off(self.first, other.first):
            return True
        words, others = set(self.last.split()), set(other.last.split())
        return (words <= others or others <= words) and first_names_agree(self.first, other.first)


@lru_cache(maxsize=20_000)
def joined(text: str) -> str:
    """Return folded `text` without spaces; ae, oe and ue count as ä, ö and ü."""
    return text.replace(" ", "").replace("ae", "a").replace("oe", "o").replace("ue", "u")


def ends(text: str) -> list[str]:
    """Return beginnings and ends of `text`; one wrong letter leaves at least one of them unchanged."""
    length = len(text)
    if length < SHORTEST_WORD - 1:
        return []
    short = [f"<{text[:2]}", f">{text[-2:]}"] if length <= 6 else []
    return [*short, f"<{text[:3]}", f">{text[-3:]}"] if length >= 6 else short


class Names(Generic[Item]):
    """An index of names: it finds those that resemble one without comparing it with each."""

    def __init__(self, named: Iterable[tuple[str, Item]]) -> None:
        """`named`: (name_key, item) for each name; an item is anything hashable."""
        self.found_by = {}
        self.signatures = {}
        for key, item in named:
            name = Name(key)
            entry = (name, item)
            self.signatures[key] = signatures = name.signatures()
            for signature in signatures:
                bucket = self.found_by.get(signature)
                if bucket is None:
                    self.found_by[signature] = [entry]
                elif len(bucket) < MOST_NAMES:
                    bucket.append(entry)

    def near(self, key: str) -> Iterator[Item]:
        """Yield the items whose name resembles `key` without being equal, each once."""
        name, seen = Name(key), set()
        for signature in (*(self.signatures.get(key) or name.signatures()), name.exchanged()):
            for other, item in self.found_by.get(signature, ()):
                if item not in seen:
                    seen.add(item)
                    if other.key != key and name.resembles(other):
                        yield item
