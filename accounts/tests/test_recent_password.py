from accounts.tests.people import typed_long_ago


def test_a_referer_that_is_no_address_leads_home(as_alice, school):
    address = f"/etablissements/{school.code}/eleves/exporter/"
    response = typed_long_ago(as_alice).get(address, headers={"HX-Request": "true", "Referer": "http://[x"})
    assert response["HX-Redirect"] == "/mot-de-passe/confirmer/?next=%2F"
