import pytest
from django.urls import reverse

from licences.rules import add_rule
from licences.seats import assign, take_back


@pytest.fixture
def address(licence):
    return reverse("licence_detail", args=[licence.school.code, licence.pk])


def names(response):
    return [row["person"].last_name for row in response.context["rows"]]


def test_filters(as_alice, address, licence, make_pupils, class_6b, group_latin, bob):
    in_6a, in_6b = make_pupils(2), make_pupils(2, class_6b, prefix="bleu")
    group_latin.people.add(in_6b[0], bob)
    assign(licence, [in_6b[1]])
    for query, found in [
        ({}, ["bleu 00000", "bleu 00001", "eleve 00000", "eleve 00001"]),
        ({"classe": "6a"}, ["eleve 00000", "eleve 00001"]),
        ({"groupe": "latin"}, ["bleu 00000"]),
        ({"q": "BLEU"}, ["bleu 00000", "bleu 00001"]),
        ({"licence": "sans"}, ["bleu 00000", "eleve 00000", "eleve 00001"]),
        ({"licence": "sans", "classe": "6B"}, ["bleu 00000"]),
        ({"licence": "avec"}, ["bleu 00001"]),
        ({"licence": "attente"}, []),
        ({"licence": "autre"}, []),
        ({"classe": "9Z"}, []),
    ]:
        assert names(as_alice.get(address, query)) == found, query
    type(in_6a[0]).objects.filter(pk=in_6a[0].pk).update(is_active=False)
    assert "eleve 00000" not in names(as_alice.get(address))


def test_what_each_has(as_alice, make_licence, make_pupils, class_6a):
    licence = make_licence(2)
    people = make_pupils(4)
    add_rule(licence, school_class=class_6a)
    take_back(licence, people[:1])
    response = as_alice.get(licence.get_absolute_url())
    rows = response.context["rows"]
    assert [row["withheld"] for row in rows] == [True, False, False, False]
    assert [bool(row["assignment"]) for row in rows] == [False, True, True, False]
    assert [row["waits"] for row in rows] == [False, False, False, True]
    assert "automatiquement (classe 6A)" in response.text
    assert "Retirée à la main" in response.text


def test_teachers_have_no_class(as_alice, make_licence, bob, zoe):
    licence = make_licence(audience="teacher")
    response = as_alice.get(licence.get_absolute_url())
    assert names(response) == ["Bonnet"]
    assert "Martin" not in response.text


def test_validity_is_told(as_alice, make_licence, zoe):
    expired = as_alice.get(make_licence(days_left=-1).get_absolute_url()).text
    assert "ne peut plus être affectée" in expired
    assert ">Affecter<" not in expired
    assert "à partir du" in as_alice.get(make_licence(days_ago=-3).get_absolute_url()).text


def test_3000_students(as_alice, make_licence, make_pupils, class_6b, django_assert_max_num_queries):
    licence = make_licence(2_000)
    make_pupils(2_000)
    make_pupils(1_000, class_6b, prefix="b")
    add_rule(licence, level="6e")
    base = [licence.school.code, licence.pk]
    addresses = [reverse(name, args=base) for name in ("licence_detail", "licence_rules", "licence_use")]
    addresses += [reverse(name, args=base[:1]) for name in ("licence_list", "use_report", "student_list")]
    addresses += [f"{addresses[0]}?licence=sans&classe=6A&q=eleve", class_6b.get_absolute_url()]
    for address in addresses:
        with django_assert_max_num_queries(15):
            assert as_alice.get(address).status_code == 200, address
    for address in (reverse(name, args=base) for name in ("licence_assign", "licence_take_back")):
        with django_assert_max_num_queries(15):
            assert as_alice.post(f"{address}?classe=6A", {"all": "1"}).status_code in {200, 409}, address
