"""One bound for the numbers that people type: in the form, in an order, in the model, in the database."""

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.urls import reverse

from licences.models import MAX_SEATS, Licence

MOST = [MAX_SEATS + 1, 2**31 - 1]


def test_seats_are_the_only_number_that_people_type():
    """A number that a form of the operator's shows needs a bound too: in its validators, and as a constraint."""
    typed = {
        f"{model._meta.label}.{field.name}"
        for model, page in admin.site._registry.items()
        for field in model._meta.fields
        if isinstance(field, models.IntegerField) and field.editable and not field.primary_key
        if page.has_change_permission(Everything()) and field.name not in page.readonly_fields
    }
    assert typed == {"licences.Licence.seats"}


class Everything:
    """A request whose user may do everything."""

    class user:
        @staticmethod
        def has_perm(name):
            return True


@pytest.mark.parametrize("seats", [*MOST, 2**63 - 1, 10**30])
def test_the_form_refuses(client, operator, licence, school, seats):
    client.force_login(operator)
    data = {"seats": seats, "textbook": licence.textbook_id, "valid_from": "01/01/2026", "valid_until": "01/01/2027"}
    data |= {"school": school.pk, "audience": "student", "order_reference": "CMD-2"}
    for address in (reverse("admin:licences_licence_add"), reverse("admin:licences_licence_change", args=[licence.pk])):
        page = client.post(address, data)
        assert "seats" in page.context["adminform"].form.errors
    client.post(reverse("admin:licences_licence_add"), data | {"seats": MAX_SEATS})
    assert Licence.objects.get(order_reference="CMD-2").seats == MAX_SEATS


@pytest.mark.parametrize("seats", MOST)
def test_the_model_and_the_database_refuse(licence, seats):
    licence.seats = seats
    with pytest.raises(ValidationError, match="seats"):
        licence.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        licence.save()


@pytest.mark.django_db(transaction=True)
def test_an_installation_that_has_such_a_row_is_brought_into_bounds(licence):
    """Its school's dashboard was a 500 for ever."""
    try:
        call_command("migrate", "licences", "0003", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE licences_licence SET seats = %s", [2**63 - 1 if connection.vendor == "sqlite" else 2**31 - 1]
            )
    finally:
        call_command("migrate", verbosity=0)
    licence.refresh_from_db()
    assert licence.seats == MAX_SEATS
