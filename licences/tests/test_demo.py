from django.utils import timezone

from edulib_admin.demo.licences import load
from licences.models import Licence, State


def test_one_licence_of_each_state(school, class_6a, make_pupils, bob):
    fifth = school.schoolclass_set.create(code="5A", code_key="5a", level="5e")
    fourth = school.schoolclass_set.create(code="4A", code_key="4a", level="4e")
    make_pupils(12)
    make_pupils(12, fifth)
    make_pupils(12, fourth)
    load(school)
    today = timezone.localdate()
    states = {licence.state for licence in school.licences.all()}
    assert states == set(State)
    shown = school.licences.in_state("open", today).with_waiting()
    assert shown.filter(waiting=4, assigned=8, seats=8).exists()
    assert shown.filter(assigned=0).exists()
    assert Licence.objects.filter(assignments__opened_count__gt=0).exists()
