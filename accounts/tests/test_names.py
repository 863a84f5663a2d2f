import unicodedata

import pytest

from accounts.models import User
from accounts.names import is_a_name, name_key, tidy, username_stem


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("  Le \u00a0 Goff\t", "Le Goff"),
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


@pytest.mark.parametrize("text", ["ﷺ" * 100, "ΐ" * 100, "ß" * 100, "㍿" * 100])
def test_the_longest_names_keep_a_key_that_fits(text):
    assert len(name_key(text, text)) <= User._meta.get_field("name_key").max_length
    assert len(username_stem(text, text)) <= 61


@pytest.mark.parametrize(("text", "answer"), [("...", False), ("-", False), ("?", False), ("É", True), ("王", True)])
def test_is_a_name(text, answer):
    assert is_a_name(text) is answer


def test_whoever_saves_a_person_saves_them_tidy(db):
    user = User(username="x", last_name="Le\u00a0 Goff", first_name=" Zoe\u0301 ", email="Zoe@ÉCOLE.fr")
    user.save()
    user.refresh_from_db()
    assert (user.last_name, user.first_name, user.email) == ("Le Goff", "Zoé", "zoe@école.fr")
    assert list(User.objects.with_login(" ZOE@École.FR")) == [user]
