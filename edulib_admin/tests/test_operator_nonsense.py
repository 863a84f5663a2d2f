"""Odd values in the addresses and forms of `/operateur/`: back to the list, or a form with errors; never a 5xx."""

import logging
from itertools import islice
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import get_resolver, reverse

from accounts.operator_site import WRONG_FILTER, WRONG_FORM

ODD = [
    *("\0", "a\0b", "abc", "é", "-1", "1.5", "²", "٣", "NaN", "", " ", "%", "'", "[]", "{}", "null", "1,2,", "1" * 30),
    *("2147483648", "9223372036854775808", "-9223372036854775809", "2026-02-30", "0000-00-00", "10000-01-01", "\ufffd"),
    *("x" * 3000, "__", "id__in", "pk", "kind=\0", "../../", "\u202e", "True", "on"),
]
LOOKUPS = """
    kind__exact kind is_active__exact is_staff__exact school__id__exact school__isnull id id__in id__exact pk id__gt
    last_login__year last_login__date last_login__gte created_at__day username__regex password__startswith nothing
    nothing__at__all validite audience__exact seats seats__gt seats__isnull valid_from valid_from__year textbook__id
    textbook__isbn school__code level publisher subject code name class_count
    q o p e ot all _popup _to_field _changelist_filters _facets term app_label model_name field_name index
""".split()


@pytest.fixture
def as_operator(client, operator):
    client.force_login(operator)
    return client


@pytest.fixture
def pks(school, class_6a, group_latin, bob, licence):
    """{model name: the key of an object}."""
    objects = (bob, school, class_6a, group_latin, licence.textbook, licence)
    return {"user" if thing is bob else thing._meta.model_name: thing.pk for thing in objects}


def addresses(pks):
    """Return every address of the operator's site, arguments filled in."""
    [site] = [pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "operateur/"]
    found = ["/operateur/", "/operateur/autocomplete/", "/operateur/licences/licence/importer/"]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        pk = pks.get(model._meta.model_name, 1)
        found += [reverse(f"{name}_{act}", args=[pk]) for act in ("change", "delete", "history")]
    found += [f"/operateur/accounts/user/{pks['user']}/mot-de-passe/", "/operateur/jsi18n/", "/operateur/accounts/"]
    assert len(found) > len(site.url_patterns)
    return found


@pytest.fixture
def play(as_operator):
    """Ask, undo, and return the status."""

    def play(method, address, data=None):
        as_operator.raise_request_exception = False
        with transaction.atomic():
            status = getattr(as_operator, method)(address, data).status_code
            transaction.set_rollback(True)
        return status

    return play


def queries():
    """Every lookup with every odd value, in an order that mixes both."""
    for shift in range(len(ODD)):
        for number, lookup in enumerate(LOOKUPS):
            yield lookup, ODD[(number + shift) % len(ODD)]


def test_odd_filters(play, pks):
    """Each address, with three odd queries of its own; all of them are in the long run, below."""
    failures = set()
    odd = queries()
    for address in addresses(pks):
        for lookup, value in islice(odd, 3):
            if play("get", f"{address}?{lookup}={quote(value)}") >= 500:
                failures.add((address, lookup, value[:20]))
    assert not failures


@pytest.mark.hard
def test_every_odd_filter(play, pks, tried):
    failures, count = set(), 0
    model_addresses = [address for address in addresses(pks) if "history" not in address and "jsi18n" not in address]
    for number, (lookup, value) in enumerate(islice(queries(), 0, None, 2)):
        # One page each, in turn: with a thousand queries, every page meets every lookup and every kind of value.
        address = model_addresses[number % len(model_addresses)]
        count += 1
        if play("get", f"{address}?{lookup}={quote(value)}") >= 500:
            failures.add((address, lookup, value[:20]))
    assert not failures
    tried("filtres impossibles sur toutes les pages de /operateur/", count, "0 × 5xx")


FIELDS = {
    "user": ["last_name", "username", "email", "is_staff", "memberships-0-id", "memberships-0-school", "_popup"],
    "school": ["code", "name", "city", "memberships-0-id", "memberships-0-user", "memberships-TOTAL_FORMS"],
    "textbook": ["isbn", "title", "url", "level"],
    "licence": ["seats", "school", "textbook", "audience", "valid_from", "valid_until", "order_reference"],
    "schoolclass": ["_selected_action", "action"],
    "group": ["_selected_action", "index", "select_across"],
}


def forms(pks):
    """Yield (address, data): each form and each list of the operator, an odd value in one field."""
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        add, list_ = reverse(f"{name}_add"), reverse(f"{name}_changelist")
        change = reverse(f"{name}_change", args=[pks.get(model._meta.model_name, 1)])
        fields = FIELDS.get(model._meta.model_name, ["_selected_action"])
        for number, value in enumerate(ODD):
            field = fields[number % len(fields)]
            formset = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": str(number % 2)}
            action = {"action": "delete_selected", "_selected_action": value, "post": "yes"}
            for address, data in ((add, formset), (change, formset), (list_, action)):
                yield address, {**data, field: value}


def test_odd_forms(play, pks):
    assert not {address for address, data in islice(forms(pks), 0, None, 17) if play("post", address, data) >= 500}


@pytest.mark.hard
def test_every_odd_form(play, pks, tried):
    submitted = list(islice(forms(pks), 0, None, 2))
    assert not {address for address, data in submitted if play("post", address, data) >= 500}
    tried("formulaires impossibles sur toutes les pages de /operateur/", len(submitted), "0 × 5xx")


@pytest.mark.parametrize("query", ["id__in=x", "nothing=1", "last_login__date=x", "e=1&id__exact=x"])
def test_a_wrong_filter_leads_back_to_the_list(as_operator, query):
    page = as_operator.get(f"/operateur/accounts/user/?{query}", follow=True)
    assert page.status_code == 200
    assert page.redirect_chain[-1][0].partition("?")[0] == "/operateur/accounts/user/"
    assert "olga" in page.text


def test_it_says_so(as_operator):
    page = as_operator.get("/operateur/accounts/user/?e=1&id__exact=x", follow=True)
    assert page.redirect_chain == [("/operateur/accounts/user/", 302)]
    assert [str(message) for message in page.context["messages"]] == [WRONG_FILTER]


@pytest.mark.django_db(transaction=True)
def test_a_filter_that_only_the_database_finds_wrong(as_operator):
    page = as_operator.get("/operateur/accounts/user/?username__regex=(", follow=True)
    assert page.redirect_chain == [("/operateur/accounts/user/", 302)]


@pytest.mark.parametrize("value", ["x", "\0"])
def test_a_wrong_selection_leads_back_too(as_operator, value):
    data = {"action": "delete_selected", "_selected_action": value}
    page = as_operator.post("/operateur/schools/school/", data, follow=True)
    assert page.status_code == 200
    assert page.redirect_chain[-1][0] == "/operateur/schools/school/"


@pytest.mark.parametrize("value", ["x", "\0", "1" * 30, "9223372036854775808"])
def test_a_wrong_form_is_a_form_with_errors(as_operator, pks, value):
    address = reverse("admin:licences_licence_change", args=[pks["licence"]])
    page = as_operator.post(address, {"school": value, "textbook": value, "seats": value, "valid_from": value})
    assert page.status_code == 200
    assert {"school", "textbook", "seats", "valid_from"} <= set(page.context["adminform"].form.errors)


@pytest.mark.parametrize("value", ["x", "\0", "1" * 30])
def test_a_wrong_inline_too(as_operator, school, value):
    address = reverse("admin:schools_school_change", args=[school.pk])
    formset = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0", "memberships-0-user": value}
    page = as_operator.post(address, {"code": "X", "name": "Y", "city": "", **formset})
    assert page.status_code == 200
    assert page.context["errors"]


def test_a_form_that_no_page_sends_is_its_page_anew(as_operator, school, monkeypatch):
    """Whatever Django's admin does not catch itself."""

    def cannot_read(*args, **kwargs):
        raise ValueError("x")

    monkeypatch.setattr("schools.admin.SchoolAdmin.get_form", cannot_read)
    address = reverse("admin:schools_school_change", args=[school.pk])
    assert as_operator.post(address, {"code": "X"}).url == address
    monkeypatch.undo()
    assert WRONG_FORM in [str(message) for message in as_operator.get(address).context["messages"]]


@pytest.mark.parametrize("term", ["%00", "x" * 3000, "%"])
def test_autocomplete(as_operator, term):
    query = f"app_label=licences&model_name=licence&field_name=school&term={term}"
    answer = as_operator.get(f"/operateur/autocomplete/?{query}")
    assert answer.status_code == 200
    assert answer.json() == {"results": [], "pagination": {"more": False}}


def test_the_log_does_not_quote_what_was_submitted(as_operator, school, caplog):
    caplog.set_level(logging.DEBUG)
    as_operator.get("/operateur/accounts/user/?id__in=Secret-De-Zoe-1")
    as_operator.get("/operateur/accounts/user/?Secret-De-Zoe-1__x=1")
    as_operator.post("/operateur/schools/school/", {"action": "delete_selected", "_selected_action": "Secret-De-Zoe-1"})
    said = [
        record.getMessage() + str(record.exc_text) for record in caplog.records if record.name != "django.db.backends"
    ]
    assert any("operator" in line for line in said)
    assert "Secret-De-Zoe-1" not in "\n".join(said)


def test_an_error_of_ours_is_not_hidden(as_operator, monkeypatch):
    """No query, no form, no argument: then it is no nonsense of the visitor's."""

    def broken(*args, **kwargs):
        raise ValueError("ours")

    monkeypatch.setattr("schools.admin.SchoolAdmin.get_queryset", broken)
    with pytest.raises(ValueError, match="ours"):
        as_operator.get("/operateur/schools/school/")
