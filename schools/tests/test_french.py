import pytest

from schools.french import counted, plural


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 licence affectée"), (1, "1 licence affectée"), (2, "2 licences affectées")]
)
def test_zero_and_one_are_singular(count, text):
    assert counted(count, "licence affectée") == text


def test_a_plural_of_its_own():
    assert [counted(count, "n'en avait pas", "n'en avaient pas") for count in (1, 2)] == [
        "1 n'en avait pas",
        "2 n'en avaient pas",
    ]


def test_another_ending():
    assert (plural(1, "x"), plural(3, "x")) == ("", "x")


@pytest.mark.parametrize(("count", "ending"), [(0, "a"), (1, "a"), (2, "ont")])
def test_two_endings(count, ending):
    assert plural(count, "a,ont") == ending
