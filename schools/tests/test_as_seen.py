"""An old form undoes nothing: what its user left alone is not written, what both changed is shown and asked."""

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.tests.people import typed_just_now
from licences.models import Licence, Textbook
from schools.models import Group, School, SchoolClass


class Fields(HTMLParser):
    """The fields of the forms of a page, as a browser would send them."""

    def __init__(self, text):
        super().__init__()
        self.found, self.select, self.text = {}, None, None
        self.feed(text)

    def add(self, name, value):
        self.found.setdefault(name, []).append(value or "")

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get("name")
        if tag == "input" and name:
            is_off = attrs.get("type") in ("checkbox", "radio") and "checked" not in attrs
            if not is_off and attrs.get("type") != "submit" and "disabled" not in attrs:
                self.add(name, attrs.get("value", "on" if attrs.get("type") in ("checkbox", "radio") else ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in attrs:
            self.add(self.select, attrs.get("value"))


def opened(client, address):
    """Open the page; return what it would send if nothing were changed."""
    page = client.get(address)
    assert page.status_code == 200
    return Fields(page.text).found


def sent(client, address, fields, **changes):
    return client.post(address, {**fields, **changes})


@pytest.fixture
def as_operator(client, operator):
    client.force_login(operator)
    return typed_just_now(client)


def test_an_import_moves_her_while_her_page_is_open(as_alice, school, zoe, class_6b):
    address = reverse("student_edit", args=[school.code, zoe.pk])
    fields = opened(as_alice, address)
    User.objects.filter(pk=zoe.pk).update(school_class=class_6b, first_name="Zoé Marie", name_key="martin|zoe marie")
    response = sent(as_alice, address, fields, email="zoe@example.org")
    assert response.status_code == 302
    after = User.objects.get(pk=zoe.pk)
    assert (after.school_class, after.first_name, after.email) == (class_6b, "Zoé Marie", "zoe@example.org")


def test_both_change_the_same_field(as_alice, school, zoe, class_6a, class_6b):
    class_6c = SchoolClass.objects.create(school=school, code="6C")
    address = reverse("student_edit", args=[school.code, zoe.pk])
    fields = opened(as_alice, address)
    User.objects.filter(pk=zoe.pk).update(school_class=class_6b)
    page = sent(as_alice, address, fields, school_class=class_6c.pk, email="zoe@example.org")
    (error,) = page.context["form"].errors.as_data()["school_class"]
    assert error.code == "changed_meanwhile"
    assert "6B" in error.message
    assert User.objects.get(pk=zoe.pk).school_class == class_6b
    # What was typed is still there; sent once more, it is the answer.
    again = Fields(page.text).found
    assert (again["school_class"], again["email"]) == ([str(class_6c.pk)], ["zoe@example.org"])
    assert sent(as_alice, address, again).status_code == 302
    assert User.objects.get(pk=zoe.pk).school_class == class_6c


def test_both_make_the_same_change(as_alice, school, zoe, class_6b):
    address = reverse("student_edit", args=[school.code, zoe.pk])
    fields = opened(as_alice, address)
    User.objects.filter(pk=zoe.pk).update(school_class=class_6b)
    page = sent(as_alice, address, fields, school_class=class_6b.pk)
    assert page.status_code == 302


def test_groups_that_others_gave_or_took_stay_so(as_alice, school, zoe, group_latin):
    greek, choir, chess = (Group.objects.create(school=school, code=code) for code in ("GREC", "CHORALE", "ÉCHECS"))
    zoe.groups.set([group_latin, greek])
    address = reverse("student_edit", args=[school.code, zoe.pk])
    fields = opened(as_alice, address)
    zoe.groups.set([greek, chess])  # Meanwhile: out of LATIN, into ÉCHECS.
    ticked = [str(group_latin.pk), str(choir.pk)]  # Here: out of GREC, into CHORALE.
    assert sent(as_alice, address, fields, groups=ticked).status_code == 302
    assert set(zoe.groups.all()) == {chess, choir}


def test_a_group_deleted_meanwhile_is_no_error_of_whoever_left_it_alone(as_alice, school, zoe, group_latin):
    Group.objects.create(school=school, code="GREC")
    zoe.groups.set([group_latin])
    address = reverse("student_edit", args=[school.code, zoe.pk])
    fields = opened(as_alice, address)
    group_latin.delete()
    assert sent(as_alice, address, fields, email="zoe@example.org").status_code == 302
    assert User.objects.get(pk=zoe.pk).email == "zoe@example.org"


def test_changed_between_the_check_and_the_writing(as_alice, school, zoe, class_6b, monkeypatch):
    from accounts.forms.people import PersonForm

    real = PersonForm.save

    def a_moment_too_late(form):
        User.objects.filter(pk=zoe.pk).update(last_name="Durand", school_class=class_6b)
        return real(form)

    address = reverse("student_edit", args=[school.code, zoe.pk])
    fields = opened(as_alice, address)
    with monkeypatch.context() as patch:
        patch.setattr(PersonForm, "save", a_moment_too_late)
        page = sent(as_alice, address, fields, last_name="Dupont")
    assert "Durand" in page.context["form"].errors["last_name"][0]
    assert sent(as_alice, address, Fields(page.text).found).status_code == 302
    after = User.objects.get(pk=zoe.pk)
    assert (after.last_name, after.school_class) == ("Dupont", class_6b)


@pytest.mark.parametrize("junk", ["", "[]", "{", "5", '{"email": []}', '{"groups": "x"}', '{"nothing": "x"}'])
def test_what_was_shown_may_be_anything(as_alice, school, zoe, group_latin, junk):
    address = reverse("student_edit", args=[school.code, zoe.pk])
    fields = opened(as_alice, address)
    assert sent(as_alice, address, fields, seen=junk, email="zoe@example.org").status_code == 302
    assert User.objects.get(pk=zoe.pk).email == "zoe@example.org"


@pytest.fixture
def rows(school, class_6a, group_latin, alice, bob):
    textbook = Textbook.objects.create(isbn="9782011000019", title="Maths", publisher="Pré", subject="Mathématiques")
    licence = Licence.objects.create(
        school=school,
        textbook=textbook,
        audience="student",
        seats=5,
        valid_from="2020-01-01",
        valid_until="2100-01-01",
        order_reference="CMD-1",
    )
    return {
        "school": school,
        "class": class_6a,
        "group": group_latin,
        "user": bob,
        "textbook": textbook,
        "licence": licence,
    }


# form: (its address, whose row, what others change meanwhile, what its user changes)
FORMS = {
    "teacher": (
        "/etablissements/{code}/enseignants/{user}/modifier/",
        "user",
        ("last_name", "Neuf"),
        ("email", "b@x.fr"),
    ),
    "class": ("/etablissements/{code}/classes/{class}/modifier/", "class", ("level", "5e"), ("name", "Autre nom")),
    "group": ("/etablissements/{code}/groupes/{group}/modifier/", "group", ("code", "GREC"), ("name", "Autre nom")),
    "settings": (
        "/etablissements/{code}/reglages/",
        "school",
        ("students_must_change_password", True),
        ("city", "Autre ville"),
    ),
    "operator: school": ("/operateur/schools/school/{school}/change/", "school", ("name", "Neuf"), ("city", "Lille")),
    "operator: account": ("/operateur/accounts/user/{user}/change/", "user", ("is_active", False), ("email", "b@x.fr")),
    "operator: textbook": (
        "/operateur/licences/textbook/{textbook}/change/",
        "textbook",
        ("publisher", "Neuf"),
        ("title", "Autre titre"),
    ),
    "operator: licence": (
        "/operateur/licences/licence/{licence}/change/",
        "licence",
        ("seats", 9),
        ("order_reference", "B"),
    ),
}


def page_of(client, request, name, rows):
    """Sign in whoever uses the form `name`; return its address, its row, and the two changes."""
    client.force_login(request.getfixturevalue("operator" if name.startswith("operator") else "alice"))
    typed_just_now(client)
    template, row, theirs, mine = FORMS[name]
    numbers = {key: each.pk for key, each in rows.items()}
    return template.format(code=rows["school"].code, **numbers), rows[row], theirs, mine


@pytest.mark.parametrize("name", FORMS)
def test_every_form_writes_what_its_user_changed_and_nothing_else(client, request, name, rows):
    address, row, (their_field, theirs), (my_field, mine) = page_of(client, request, name, rows)
    fields = opened(client, address)
    type(row).objects.filter(pk=row.pk).update(**{their_field: theirs})
    response = sent(client, address, fields, **{my_field: mine})
    assert response.status_code == 302
    after = type(row).objects.get(pk=row.pk)
    assert (getattr(after, their_field), getattr(after, my_field)) == (theirs, mine)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_asks_about_what_both_changed(client, request, name, rows):
    address, row, _, (field, mine) = page_of(client, request, name, rows)
    fields = opened(client, address)
    theirs = "autre@example.org" if field == "email" else "Le leur"
    type(row).objects.filter(pk=row.pk).update(**{field: theirs})
    page = sent(client, address, fields, **{field: mine})
    form = page.context["adminform"].form if name.startswith("operator") else page.context["form"]
    assert theirs in form.errors[field][0]
    assert getattr(type(row).objects.get(pk=row.pk), field) == theirs
    assert sent(client, address, Fields(page.text).found).status_code == 302
    assert getattr(type(row).objects.get(pk=row.pk), field) == mine


def test_dates_of_a_licence_that_another_operator_moves(as_operator, rows):
    licence = rows["licence"]
    address = f"/operateur/licences/licence/{licence.pk}/change/"
    fields = opened(as_operator, address)
    Licence.objects.filter(pk=licence.pk).update(valid_until="2099-08-31")
    assert sent(as_operator, address, fields, seats="7").status_code == 302
    after = Licence.objects.get(pk=licence.pk)
    assert (after.valid_until.isoformat(), after.seats) == ("2099-08-31", 7)


def test_nothing_changed_writes_nothing(as_alice, school, class_6a):
    address = reverse("class_edit", args=[school.code, class_6a.pk])
    fields = opened(as_alice, address)
    SchoolClass.objects.filter(pk=class_6a.pk).update(name="Entre-temps", level="5e")
    School.objects.filter(pk=school.pk).update(city="Entre-temps")
    assert sent(as_alice, address, fields).status_code == 302
    after = SchoolClass.objects.get(pk=class_6a.pk)
    assert (after.name, after.level) == ("Entre-temps", "5e")
