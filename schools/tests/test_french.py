import pytest

from schools.templatetags.french import counted, plural


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 licence affectée"), (1, "1 licence affectée"), (2, "2 licences affectées")]
)
def test_zero_and_one_are_singular(count, text):
    assert counted(count, "licence affectée") == text


def test_another_ending():
    assert (plural(1, "x"), plural(3, "x")) == ("", "x")
