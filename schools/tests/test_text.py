import unicodedata

import pytest

from schools.text import tidy


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("  Le \u00a0 Goff\t", "Le Goff"),
        ("  6  A ", "6 A"),
        ("Zoe\u0301", "Zoé"),
        ("Ame\u200d\u0301lie", "Amélie"),
        ("A\x00\u200b\ufeff\ufffe\uffff\ud800B", "AB"),
        ("=1+1", "=1+1"),
        ('L\'"Œuvre"', 'L\'"Œuvre"'),
    ],
)
def test_tidy(text, tidied):
    assert tidy(text) == tidied
    assert tidy(tidied) == tidied
    assert unicodedata.is_normalized("NFC", tidied)
