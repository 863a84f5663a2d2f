"""Passwords that everybody tries are refused as personal ones, and only these."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.guessable import is_guessable
from accounts.models import User
from accounts.passwords import generate_password, is_strong
from conftest import PASSWORD


@pytest.mark.parametrize(
    "password",
    [
        "Azerty1!",
        "Motdepasse1!",
        "M0tdepasse-2026",
        "Mot-De-Passe-1",
        "P@ssw0rd1!",
        "P@$$w0rd2026!",
        "@Zerty123",
        "4Zerty-2026",
        "!Bonjour2026",
        "Soleil-2026",
        "Je-t'aime-1",
        "Rentrée-2026!",
        "Azerty-Azerty-1",
        "Qwertyuiop1!",
        "Abcdefgh1!",
        "Aaaaaaa1!",
        "Ababab12!",
        "Iloveyou-1",
        "Edulib-2026!",
        "Admin-Admin-1",
        "12345678Aa!",
    ],
)
def test_what_everybody_tries(password):
    assert is_strong(password)
    assert is_guessable(password)


@pytest.mark.parametrize(
    "password",
    [
        "Zoe-Martin-1",
        "Martin-Zoé-2026",
        "Zoé.Martin1",
        "Z0e-M4rt1n!1",
        "Martin2026!",
        "Jean-Moulin-1",
        "Jeanmoulin2026!",
        "Collège-Jean-Moulin-1",
        "Paris-2026!",
        "Lepetitnuage-75",
    ],
)
def test_her_name_and_her_schools(zoe, password):
    zoe.email = "lepetitnuage@example.org"
    assert is_strong(password)
    with pytest.raises(ValidationError):
        validate_password(password, zoe)


@pytest.mark.parametrize("password", ["0750001A-a", "A0750001a!", "lea-0750001A"])
def test_the_code_of_her_school(zoe, password):
    with pytest.raises(ValidationError):
        validate_password(password, zoe)


@pytest.mark.parametrize(
    "password",
    [
        "Tout-Neuf-2026",
        PASSWORD,
        "Girafe-Violon-12",
        "Le-train-de-8h12-part",
        "uR7#kq2Zp!",
        "Quatre+4=Huit",
        "Rouge-Ananas-9",
        "Привет-Мир-2026",
        "xK-83#92!7",
    ],
)
def test_what_nobody_would_try(zoe, password):
    validate_password(password, zoe)


def test_drawn_ones_are_good_enough(zoe):
    for _ in range(300):
        assert not is_guessable(generate_password(), zoe)


def test_refused_when_it_is_chosen(as_bob, bob):
    new = "Motdepasse1!"
    page = as_bob.post("/mot-de-passe/changer/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert "trop facile à deviner" in str(page.context["form"].errors["new_password2"])
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_initial_ones_are_not_concerned(as_alice, school, class_6a):
    address = f"/etablissements/{school.code}/eleves/ajouter/"
    person = {"last_name": "Petit", "first_name": "Hugo", "school_class": class_6a.pk, "password": "Azerty1!"}
    assert as_alice.post(address, person).status_code == 302
    assert User.objects.get(last_name="Petit").check_password("Azerty1!")


def test_the_school_that_one_administers(alice, school):
    assert is_guessable("Moulin-2026!", alice)
    assert not is_guessable("Moulin-2026!")


def test_nothing_known_of_nobody(db):
    assert not is_guessable("Girafe-Violon-12", User(username="x", last_name="", first_name=""))
    assert is_guessable("Azerty1!")
