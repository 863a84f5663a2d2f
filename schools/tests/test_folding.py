import sys
import unicodedata

import pytest

from schools.folding import fold, sort_key

EVERY_LATIN_LETTER = [
    char for char in map(chr, range(sys.maxunicode + 1)) if "LATIN" in unicodedata.name(char, "") and char.isalpha()
]


def test_every_latin_letter_is_the_same_in_capitals():
    assert len(EVERY_LATIN_LETTER) > 1200
    wrong = [char for char in EVERY_LATIN_LETTER if not fold(char) == fold(char.upper()) == fold(char.lower())]
    assert wrong == []


def test_every_latin_letter_inside_a_word_is_the_same_in_capitals():
    words = [f"Fa{char}et" for char in EVERY_LATIN_LETTER]
    assert [word for word in words if not fold(word) == fold(word.upper()) == fold(word.lower())] == []


def test_what_was_folded_stays_as_it_is():
    folded = ((char, fold(char)) for char in map(chr, range(sys.maxunicode + 1)))
    assert [char for char, once in folded if once != char and fold(once) != once] == []


def test_nothing_that_is_put_out_sorts_below_the_space():
    everything = fold("".join(map(chr, range(sys.maxunicode + 1))))
    assert min(everything) == " "


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ıIİi", "iiii"),
        ("ſßẞ", "sssss"),
        ("ŉ", "n"),
        ("ǰƒðÞłđħŧøœæĳﬀﬃ", "jfdthldhtooeaeijffffi"),
        ("Éloïse", "eloise"),
        ("E\u0301loi\u0308se", "eloise"),
        ("Ｊｅａｎ", "jean"),
        ("𝐉𝐞𝐚𝐧", "jean"),
        ("ŁÓDŹ", "lodz"),
        ("Gal·la Gaŀla", "galla galla"),
        ("Jean-Pierre Jean‑Pierre Jean–Pierre Jean−Pierre", "jean pierre " * 4),
        ("d'Artagnan d’Artagnan dʼArtagnan d`Artagnan d´Artagnan dꞌArtagnan", "d artagnan " * 6),
        ("  A.  \t\nB\u00a0C\x1fD ", "a b c d"),
        ("Zo\u00adé\u200b\x00\ufeff", "zoe"),
        ("Ἀθηνᾶ", "αθηνα"),
        ("Наталья Й", "наталья и"),
        ("王 小明", "王 小明"),
        ("", ""),
        ("-", ""),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded.strip()


@pytest.mark.parametrize(
    "listed",
    [
        ["1", "2", "10", "10A", "11", "100"],
        ["6e1", "6E2", "6e10", "6ème"],
        ["anglais", "Économie", "Zoologie"],
        ["CHORALE", "ÉCHECS", "LATIN", "THÉÂTRE"],
        ["6A", "6B", "Sixième A", "Sixième B"],
        ["livre 99999999", "livre 100000000", "livre 9782012345678", "livre 19782012345678"],
        ["0", "007", "8"],
    ],
)
def test_sort_key(listed):
    upside_down = listed[::-1]
    assert sorted(upside_down, key=sort_key) == listed


@pytest.mark.parametrize("text", ["1" * 8, "1 " * 50, "9" * 9, "1a" * 20, "0", "ab"])
def test_a_sort_key_is_at_most_twice_as_long(text):
    assert len(sort_key(text)) <= 2 * len(fold(text))
