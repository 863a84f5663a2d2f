from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.tests.people import refusals
from schools.models import Membership

TestRefusals = refusals("student_detail", methods=("get", "head"), wrong=("post", "delete"))


def show(client, school, person):
    return client.get(reverse(f"{person.kind}_detail", args=[school.code, person.pk])).content.decode()


def test_what_is_known_is_shown_but_not_the_password(as_alice, school, zoe, group_latin):
    zoe.groups.add(group_latin)
    page = show(as_alice, school, zoe)
    assert "zoe.martin" in page
    assert "LATIN" in page
    assert "Afficher" in page
    assert zoe.initial_password not in page


def test_a_personal_password_cannot_be_shown(as_alice, school, zoe):
    zoe.choose_password("Personnel-1")
    page = show(as_alice, school, zoe)
    assert "Choisi par son propriétaire" in page
    assert "Afficher" not in page


def test_an_expired_copy_cannot_be_shown(as_alice, school, zoe, settings):
    zoe.initial_credential.created_at = timezone.now() - timedelta(days=settings.INITIAL_PASSWORD_DAYS + 1)
    zoe.initial_credential.save()
    page = show(as_alice, school, zoe)
    assert "plus lisible" in page
    assert "Afficher" not in page


def test_an_account_with_rights_elsewhere_offers_no_action(as_alice, school, other_school, bob):
    assert "Réinitialiser" in show(as_alice, school, bob)
    Membership.objects.create(user=bob, school=other_school)
    page = show(as_alice, school, bob)
    assert "en dehors de votre établissement" in page
    assert "Réinitialiser" not in page
    assert "Supprimer" not in page
    assert other_school.name not in page
