"""What the tests of the pages of students and teachers share."""

import time
from contextlib import contextmanager

import pytest
from django.urls import reverse

from accounts.initial_passwords import give
from accounts.models import User
from accounts.names import name_key
from accounts.recent_password import SESSION_KEY, mark_password_typed
from accounts.signals import people_changed


def make_people(school, count, *, school_class=None, groups=(), with_password=False):
    """Create `count` students of `school_class` (or teachers) in bulk."""
    kind = "student" if school_class else "teacher"
    before = User.objects.count()
    users = User.objects.bulk_create(
        User(
            school=school,
            kind=kind,
            school_class=school_class,
            username=f"{kind}.{before + number}",
            last_name=f"Nom{before + number:05}",
            first_name="Prénom",
            name_key=name_key(f"Nom{before + number:05}", "Prénom"),
            password="!",
        )
        for number in range(count)
    )
    link = User.groups.through
    link.objects.bulk_create(link(user_id=user.pk, group_id=group.pk) for user in users for group in groups)
    if with_password:
        give(users, ["Ancien-1"] * count)
    return users


@contextmanager
def heard():
    """Collect (school, change, sorted pks, how many of them stood in the database) of each `people_changed`."""
    calls = []

    def listen(sender, school, pks, change, **kwargs):
        assert sender is User
        calls.append((school, change, sorted(pks), User.objects.filter(pk__in=pks).count()))

    people_changed.connect(listen)
    try:
        yield calls
    finally:
        people_changed.disconnect(listen)


def typed_just_now(client):
    """Make it the session of somebody who has just typed their password, which some acts want first."""
    session = client.session
    mark_password_typed(session)
    session.save()
    return client


def typed_long_ago(client):
    """Make it the session of somebody who typed their password more than ten minutes ago."""
    session = client.session
    session[SESSION_KEY] = int(time.time()) - 660
    session.save()
    return client


def refusals(name, *, with_pk=True, methods=("get",), wrong=("post",)):
    """Make the standing tests of a page of Zoé: other school 404, not enough rights 403, wrong method 405."""

    def address(school, zoe):
        return reverse(name, args=[school.code, zoe.pk] if with_pk else [school.code])

    def send(client, method, address):
        """Send the request of somebody who has just typed their password, which some pages want first."""
        return getattr(typed_just_now(client), method)(address)

    class Refusals:
        @pytest.mark.parametrize("method", methods)
        def test_the_administrator_of_another_school_finds_nothing(self, as_charlie, school, zoe, method):
            assert send(as_charlie, method, address(school, zoe)).status_code == 404

        @pytest.mark.parametrize("method", methods)
        def test_somebody_of_another_school_is_not_found_in_ones_own(
            self, as_charlie, charlie, other_school, zoe, method
        ):
            if with_pk:
                assert send(as_charlie, method, address(other_school, zoe)).status_code == 404

        @pytest.mark.parametrize("method", methods)
        def test_a_teacher_has_not_enough_rights(self, as_bob, school, zoe, method):
            assert send(as_bob, method, address(school, zoe)).status_code == 403

        @pytest.mark.parametrize("method", methods)
        def test_a_visitor_is_sent_to_sign_in(self, client, school, zoe, method):
            assert reverse("sign_in") in getattr(client, method)(address(school, zoe)).url

        @pytest.mark.parametrize("method", wrong)
        def test_wrong_method(self, as_alice, school, zoe, method):
            assert send(as_alice, method, address(school, zoe)).status_code == 405

        @pytest.mark.parametrize("method", methods)
        def test_nobody_bears_this_number(self, as_alice, school, zoe, method):
            if with_pk:
                assert send(as_alice, method, reverse(name, args=[school.code, 10**20])).status_code == 404

    return Refusals
