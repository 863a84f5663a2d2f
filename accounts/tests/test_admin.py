"""The operator's pages: the way in, and accounts."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import InitialCredential, Student, User
from accounts.sessions import Session
from accounts.signals import people_changed
from accounts.tests.people import typed_just_now, typed_long_ago
from conftest import PASSWORD
from schools.models import School

URL = "/operateur/accounts/user/"


@pytest.fixture
def as_operator(client, operator):
    client.force_login(operator)
    return typed_just_now(client)


@pytest.fixture
def heard():
    said = []

    def listen(sender, school, pks, change, **kwargs):
        said.append((school.code, sorted(pks), change))

    people_changed.connect(listen)
    yield said
    people_changed.disconnect(listen)


# --- The way in ---------------------------------------------------------------------------------------------
def test_one_sign_in_page(client, operator):
    page = client.get(URL, follow=True)
    assert page.redirect_chain[-1][0] == "/connexion/?next=/operateur/accounts/user/"
    response = client.post("/connexion/", {"username": "olga", "password": PASSWORD, "next": URL})
    assert response.url == URL
    assert "Edulib – Opérateur" in client.get(URL).text


def test_admin_login_leads_to_it(client, db):
    assert client.get("/operateur/login/").url == "/connexion/?next=%2Foperateur%2F"
    assert client.get("/operateur/login/", {"next": URL}).url == "/connexion/?next=%2Foperateur%2Faccounts%2Fuser%2F"
    assert client.post("/operateur/login/", {"username": "olga", "password": PASSWORD}).status_code == 302


def test_operator_at_the_login(as_operator):
    assert as_operator.get("/operateur/login/").url == "/operateur/"


@pytest.mark.parametrize("person", ["alice", "bob", "zoe"])
@pytest.mark.parametrize(
    "address",
    [
        "",
        "login/",
        "accounts/user/",
        "accounts/user/add/",
        "schools/school/",
        "autocomplete/",
        "jsi18n/",
        "nulle-part/",
    ],
)
def test_nothing_exists_here_for_others(client, request, person, address):
    client.force_login(request.getfixturevalue(person))
    assert client.get(f"/operateur/{address}").status_code == 404
    assert client.post(f"/operateur/{address}").status_code == 404


def test_password_change_is_everyones(as_operator):
    assert as_operator.get("/operateur/password_change/").url == "/mot-de-passe/changer/"


# --- Accounts -----------------------------------------------------------------------------------------------
def add_pupils(school, school_class, numbers):
    Student.objects.bulk_create(
        Student(
            school=school,
            kind="student",
            school_class=school_class,
            username=f"p{n}",
            last_name="Élève",
            first_name=f"N{n}",
            name_key=f"eleve|n{n}",
        )
        for n in numbers
    )


def test_as_many_queries_for_many_rows(as_operator, class_6a, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(12) as done:
            page = as_operator.get(URL)
        assert page.status_code == 200
        return len(done), len(page.context["cl"].result_list)

    add_pupils(class_6a.school, class_6a, range(1))
    few, _ = count()
    for n in range(40):
        school = School.objects.create(code=f"S{n}", name=f"École {n}")
        User.objects.create(school=school, kind="teacher", username=f"t{n}", last_name="T", first_name=f"{n}")
    add_pupils(class_6a.school, class_6a, range(1, 3000))
    many, rows = count()
    assert (many, rows) == (few, 50)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zoe", {"zoe.martin"}),
        ("MARTIN Zoé", {"zoe.martin"}),
        ("bob@example", {"bob"}),
        ("0750001A", {"zoe.martin", "bob"}),
        ("jean-moulin bonnet", {"bob"}),
        ("personne", set()),
    ],
)
def test_search(as_operator, alice, bob, zoe, text, found):
    results = as_operator.get(URL, {"q": text}).context["cl"].result_list
    assert {user.username for user in results} == found


def test_filters(as_operator, alice, bob, zoe, charlie):
    def found(**query):
        return {user.username for user in as_operator.get(URL, query).context["cl"].result_list}

    assert found(kind__exact="teacher") == {"bob"}
    assert found(school__id__exact=zoe.school_id) == {"bob", "zoe.martin"}
    assert found(is_staff__exact=1) == {"olga"}
    assert found(is_active__exact=0) == set()


@pytest.mark.parametrize(
    "lookup",
    ["password__startswith", "initial_credential__sealed__startswith", "initial_credential__key_id", "uid__exact"],
)
def test_secrets_cannot_be_guessed_through_filters(as_operator, zoe, lookup):
    assert as_operator.get(URL, {lookup: "a"}).status_code == 400


def test_initial_credentials_have_no_page(as_operator, zoe):
    assert not admin.site.is_registered(InitialCredential)
    assert as_operator.get("/operateur/accounts/initialcredential/").status_code == 404
    credential = InitialCredential.objects.get()
    for address in (f"{URL}{zoe.pk}/change/", f"{URL}{zoe.pk}/delete/", f"{URL}{zoe.pk}/history/", URL):
        text = as_operator.get(address).text
        for secret in (zoe.initial_password, credential.sealed, zoe.password):
            assert secret not in text


def test_autocomplete_names_people(as_operator, alice):
    query = {"term": "admin ali", "app_label": "schools", "model_name": "membership", "field_name": "user"}
    results = as_operator.get("/operateur/autocomplete/", query).json()["results"]
    assert results == [{"id": str(alice.pk), "text": "Admin Alice"}]


def form_of(schools=(), **fields):
    rows = {f"memberships-{n}-school": pk for n, pk in enumerate(schools)}
    management = {"memberships-TOTAL_FORMS": len(schools), "memberships-INITIAL_FORMS": 0}
    person = {"last_name": "Neuf", "first_name": "Nina", "username": "nina", "email": "Nina@Example.org"}
    return {**person, "is_active": "on", **fields, **rows, **management}


def test_add_an_administrator(as_operator, school):
    page = as_operator.post(f"{URL}add/", form_of([school.pk]))
    nina = User.objects.get(username="nina")
    password = re.search(r'<code id="mot-de-passe">(.+?)</code>', page.text)[1].replace("&amp;", "&")
    assert nina.check_password(password)
    assert nina.password_is_initial
    assert (nina.email, nina.kind, nina.is_staff, nina.is_superuser) == ("nina@example.org", "", False, False)
    assert list(nina.memberships.values_list("school__code", flat=True)) == [school.code]
    assert "no-store" in page["Cache-Control"]
    # Shown once: kept nowhere in clear.
    assert not [message for message in get_messages(page.wsgi_request) if password in str(message)]
    assert password not in "".join(f"{entry.object_repr}{entry.change_message}" for entry in LogEntry.objects.all())
    assert password not in "".join(str(session.get_decoded()) for session in Session.objects.all())
    assert password not in str(page.cookies)
    assert password not in as_operator.get(f"{URL}{nina.pk}/change/").text


def test_add_an_operator(as_operator):
    as_operator.post(f"{URL}add/", form_of(is_staff="on"))
    nina = User.objects.get(username="nina")
    assert nina.is_staff
    assert nina.is_superuser


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "ALICE"},
        {"username": "ni na"},
        {"username": "nina@example.org"},
        {"email": "ALICE@example.org"},
        {"email": "nina"},
        {"last_name": ""},
    ],
)
def test_bad_input(as_operator, alice, fields):
    page = as_operator.post(f"{URL}add/", form_of(**fields))
    assert page.status_code == 200
    assert page.context["errors"]
    assert User.objects.count() == 2


def test_change(as_operator, bob, heard):
    page = as_operator.post(f"{URL}{bob.pk}/change/", form_of(username="bob", is_active=""))
    assert page.status_code == 302
    bob.refresh_from_db()
    assert (bob.last_name, bob.is_active, bob.kind) == ("Neuf", False, "teacher")
    assert bob.check_password(PASSWORD)
    assert heard == [("0750001A", [bob.pk], "updated")]


@pytest.mark.skipif(not connection.features.has_select_for_update, reason="SQLite locks no rows")
def test_the_schools_of_an_administrator_are_locked_before_the_account(as_operator, alice):
    """In the order of schools/turns.py: an import may make her a teacher there at this moment."""
    with CaptureQueriesContext(connection) as queries:
        as_operator.post(f"{URL}{alice.pk}/change/", form_of(username="alice"))
    locks = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert ['FROM "schools_school"' in sql for sql in locks[:2]] == [True, False]
    assert 'FROM "accounts_user"' in locks[1]


@pytest.mark.django_db(transaction=True)
def test_change_outside_the_transaction_of_a_test(as_operator, alice):
    """No row can be locked before a transaction is open."""
    assert as_operator.post(f"{URL}{alice.pk}/change/", form_of(username="alice")).status_code == 302
    assert as_operator.post(f"{URL}{alice.pk}/history/").status_code == 200


def test_a_teacher_is_no_operator(as_operator, bob):
    page = as_operator.post(f"{URL}{bob.pk}/change/", form_of(username="bob", is_staff="on"))
    assert "is_staff" in page.context["adminform"].form.errors
    bob.refresh_from_db()
    assert not bob.is_staff


def test_new_initial_password(as_operator, alice):
    url = f"{URL}{alice.pk}/mot-de-passe/"
    assert url in as_operator.get(f"{URL}{alice.pk}/change/").text
    assert as_operator.get(url).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    page = as_operator.post(url)
    alice.refresh_from_db()
    password = re.search(r'<code id="mot-de-passe">(.+?)</code>', page.text)[1]
    assert alice.check_password(password)
    assert alice.password_is_initial
    assert LogEntry.objects.get().change_message == "Nouveau mot de passe initial."
    assert as_operator.put(url).status_code == 405
    assert as_operator.get(f"{URL}0/mot-de-passe/").status_code == 404


@pytest.mark.parametrize("way", ["page", "selection"])
def test_delete(as_operator, zoe, alice, heard, way):
    if way == "page":
        as_operator.post(f"{URL}{zoe.pk}/delete/", {"post": "yes"})
    else:
        selection = {"action": "delete_selected", "_selected_action": [zoe.pk, alice.pk], "post": "yes"}
        as_operator.post(URL, selection)
    assert not User.objects.filter(pk=zoe.pk).exists()
    assert User.objects.filter(pk=alice.pk).exists() == (way == "page")
    assert heard == [("0750001A", [zoe.pk], "deleted")]


# --- The password is asked for again ------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["e-mail", "delete", "delete selected", "password"])
def test_the_password_is_asked_for_again_and_nothing_is_lost(as_operator, alice, bob, act):
    typed_long_ago(as_operator)
    address, posted = {
        "e-mail": (f"{URL}{bob.pk}/change/", form_of(username="bob", email="autre@example.org")),
        "delete": (f"{URL}{bob.pk}/delete/", {"post": "yes"}),
        "delete selected": (URL, {"action": "delete_selected", "_selected_action": [bob.pk, alice.pk], "post": "yes"}),
        "password": (f"{URL}{bob.pk}/mot-de-passe/", {}),
    }[act]
    before = list(User.objects.order_by("pk").values("pk", "email", "password"))
    page = as_operator.post(address, posted)
    assert 'name="current_password"' in page.text
    again = {}
    for name, value in page.context["kept"]:
        again.setdefault(name, []).append(value)
    assert set(again) == set(posted)
    page = as_operator.post(address, {**again, "current_password": "Faux-1"})
    assert page.context["form"].errors.as_data()["current_password"][0].code == "wrong_password"
    assert list(User.objects.order_by("pk").values("pk", "email", "password")) == before
    as_operator.post(address, {**again, "current_password": PASSWORD})
    assert list(User.objects.order_by("pk").values("pk", "email", "password")) != before


def test_names_alone_ask_for_no_password(as_operator, bob):
    typed_long_ago(as_operator)
    response = as_operator.post(f"{URL}{bob.pk}/change/", form_of(username="bob", email="BOB@example.org"))
    assert response.status_code == 302
    assert User.objects.get(pk=bob.pk).last_name == "Neuf"
