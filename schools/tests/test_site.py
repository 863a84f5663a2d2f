import pytest
from django.core.exceptions import ImproperlyConfigured

from edulib_admin.settings import site_url
from schools.site import absolute_url, site_has_a_name


@pytest.mark.parametrize(
    ("written", "hosts", "https", "expected"),
    [
        ("https://manuels.example.org", ["a.example.org"], True, "https://manuels.example.org"),
        ("http://127.0.0.1:8001/", ["localhost"], False, "http://127.0.0.1:8001"),
        ("", ["manuels.example.org", "autre.example.org"], True, "https://manuels.example.org"),
        ("", ["*", ".example.org"], True, "https://example.org"),
        ("", ["[::1]"], False, "http://[::1]"),
        ("", ["*"], False, "http://localhost"),
        ("", [], False, "http://localhost"),
    ],
)
def test_the_name_of_the_site(written, hosts, https, expected):
    assert site_url(written, hosts, https=https) == expected


@pytest.mark.parametrize("written", ["manuels.example.org", "ftp://example.org", "https://", "https://a.org/edulib"])
def test_what_is_no_name_stops_the_start(written):
    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        site_url(written, [], https=True)


def test_a_whole_address(settings):
    settings.SITE_URL = "https://manuels.example.org:8443"
    assert absolute_url("/connexion/") == "https://manuels.example.org:8443/connexion/"


def test_a_deployed_site_without_a_name_is_told(settings):
    settings.SITE_URL = "https://localhost"
    assert [warning.id for warning in site_has_a_name(None)] == ["edulib.W001"]
    settings.SITE_URL = "https://manuels.example.org"
    assert site_has_a_name(None) == []
