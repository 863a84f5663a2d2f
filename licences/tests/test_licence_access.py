"""Who may reach the administrator's licence pages, and with which method: the same answer from all of them."""

import pytest
from django.urls import reverse

from licences.models import Assignment
from licences.rules import add_rule
from licences.seats import assign

READ = [
    "licence_list",
    "licence_detail",
    "licence_rules",
    "licence_rule_remove",
    "licence_take_back_all",
    "use_report",
    "use_report_export",
    "licence_use",
    "licence_use_export",
]
WRITE = [
    "licence_assign",
    "licence_take_back",
    "licence_take_back_all",
    "licence_rules",
    "licence_rule_remove",
    "person_licences",
    "class_licences",
]


@pytest.fixture
def address(school, licence, zoe, class_6a):
    assign(licence, [zoe])
    add_rule(licence, school_class=class_6a)

    def address(name, school=school):
        arguments = {
            "licence_list": [],
            "use_report": [],
            "use_report_export": [],
            "person_licences": [zoe.pk],
            "class_licences": [class_6a.pk],
            "licence_rule_remove": [licence.pk, licence.rules.get().pk],
        }
        return reverse(name, args=[school.code, *arguments.get(name, [licence.pk])])

    return address


POSTED = {"all": "1", "action": "take", "confirmed": "1", "follow": "everyone", "seats": "take_back"}


@pytest.mark.parametrize("name", READ)
def test_reading(address, name, client, alice, bob, charlie, other_school):
    client.force_login(alice)
    assert client.get(address(name)).status_code == 200
    client.force_login(bob)
    assert client.get(address(name)).status_code == 403
    client.force_login(charlie)
    assert client.get(address(name)).status_code == 404
    # Charlie's own school, Alice's licence.
    if name not in {"licence_list", "use_report", "use_report_export"}:
        assert client.get(address(name, other_school)).status_code == 404


@pytest.mark.parametrize("name", WRITE)
def test_writing(address, name, client, bob, charlie, other_school, licence):
    posted = {**POSTED, "licence": licence.pk}
    client.force_login(bob)
    assert client.post(address(name), posted).status_code == 403
    client.force_login(charlie)
    assert client.post(address(name), posted).status_code == 404
    assert client.post(address(name, other_school), posted).status_code == 404
    assert Assignment.objects.count() == 1
    assert licence.rules.count() == 1


@pytest.mark.parametrize("name", ["licence_assign", "licence_take_back", "person_licences", "class_licences"])
def test_get_does_not_write_and_leads_to_the_page_of_the_act(address, name, as_alice):
    assert as_alice.put(address(name)).status_code == 405
    response = as_alice.get(address(name), follow=True)
    assert (response.status_code, len(response.redirect_chain)) == (200, 1)


@pytest.mark.parametrize("name", ["licence_list", "licence_detail", "use_report", "use_report_export", "licence_use"])
def test_post_is_not_for_reading_pages(address, name, as_alice):
    assert as_alice.post(address(name)).status_code == 405
