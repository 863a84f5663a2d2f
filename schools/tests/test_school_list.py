from accounts.models import Student
from schools.models import Membership, School

URL = "/etablissements/"


def test_shows_the_schools_that_one_administers_with_their_people(as_alice, alice, zoe, bob, other_school):
    second = School.objects.create(code="LYCEE", name="Lycée Ampère", city="Lyon")
    Membership.objects.create(user=alice, school=second)

    response = as_alice.get(URL)

    assert [school.code for school in response.context["rows"]] == ["0750001A", "LYCEE"]
    first = response.context["rows"][0]
    assert (first.student_count, first.teacher_count) == (1, 1)
    assert other_school.name not in response.text


def test_finds_by_city_and_sorts_backwards(as_alice, alice):
    for code, city in (("A1", "Lyon"), ("B2", "Lille"), ("C3", "Lyon")):
        Membership.objects.create(user=alice, school=School.objects.create(code=code, name=code, city=city))
    response = as_alice.get(URL, {"q": "lyon", "tri": "-nom"})
    assert [school.code for school in response.context["rows"]] == ["C3", "A1"]


def test_nothing_found_offers_everything(as_alice):
    assert "Aucun établissement trouvé" in as_alice.get(URL, {"q": "zzz"}).text


def test_htmx_gets_the_results_alone(as_alice):
    response = as_alice.get(URL, headers={"HX-Request": "true"})
    assert "<html" not in response.text
    assert "0750001A" in response.text


def test_somebody_without_a_school_is_told_what_to_do(as_bob, school):
    response = as_bob.get(URL)
    assert "Vous n'administrez aucun établissement" in response.text
    assert school.code not in response.text


def test_the_operator_is_sent_to_the_operators_pages(client, operator):
    client.force_login(operator)
    assert "/operateur/" in client.get(URL).text


def test_asks_to_sign_in(client, db):
    assert client.get(URL).status_code == 302


def test_cannot_be_posted_to(as_alice):
    assert as_alice.post(URL).status_code == 405


def test_takes_as_many_queries_for_a_full_page(as_alice, alice, class_6a, django_assert_max_num_queries):
    for number in range(60):
        school = School.objects.create(code=f"S{number}", name=f"École {number:02d}")
        Membership.objects.create(user=alice, school=school)
    Student.objects.create(
        school=class_6a.school, kind="student", school_class=class_6a, username="a.b", last_name="B", first_name="A"
    )
    with django_assert_max_num_queries(8):
        response = as_alice.get(URL)
    assert len(response.context["rows"]) == 50
    assert "1–50 sur 61 établissements" in response.text
