import logging

from django.db import transaction

from schools.journal import journal


def test_one_line_an_act(caplog, school, alice, class_6a):
    caplog.set_level(logging.INFO, logger="edulib.journal")
    with transaction.atomic():
        journal("class_closed", school=school, kind="student", user=alice, school_class=class_6a, count=0)
    journal("class_closed", school=school, user=None)
    assert [record.getMessage() for record in caplog.records] == [
        f"event=class_closed school=0750001A kind=student user={alice.pk} school_class={class_6a.pk} count=0",
        "event=class_closed school=0750001A user=-",
    ]
