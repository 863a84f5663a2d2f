import re

import pytest
from django.urls import get_resolver

from edulib_admin import guide


def test_the_guide_is_there_for_everybody(client, db):
    response = client.get("/aide/")
    assert response.status_code == 200
    assert "Étape 1 : créer les classes" in response.text
    assert "<table>" in response.text


def test_its_pictures_are_served(client, db):
    sources = re.findall(r'<img src="([^"]+)"', client.get("/aide/").text)
    assert len(sources) > 5
    assert all(source.startswith("/static/guide/") and source.endswith(".png") for source in sources)


@pytest.mark.parametrize("part", sorted({part for _, part in guide.PARTS}))
def test_each_part_that_a_page_opens_is_in_the_guide(part):
    assert f'id="{part}"' in guide.html()


def test_a_page_opens_its_part(as_alice, school):
    page = as_alice.get(f"/etablissements/{school.code}/eleves/importer/").text
    assert 'href="/aide/#etape-3-importer-puis-exporter"' in page
    assert 'href="/aide/"' in as_alice.get(f"/etablissements/{school.code}/").text


def test_every_beginning_names_a_page():
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    assert all(any(name.startswith(start) for name in names) for start, _ in guide.PARTS)


def test_the_declaration_of_accessibility_is_public(client, db):
    assert "RGAA 4.1" in client.get("/accessibilite/").text
