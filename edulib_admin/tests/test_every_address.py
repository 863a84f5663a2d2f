"""One walk over the URLconf: every address of a school is guarded, those that others will add too.

To a stranger nothing of a school exists (404, nothing written), to its own people the pages of its administrators
are closed (403), and whoever has not signed in sees the public pages only.
"""

import re

import pytest
from django.apps import apps
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, get_resolver, include, path
from django.views.decorators.http import require_safe

from accounts.recent_password import mark_password_typed
from schools.access import administrator_required
from schools.models import Membership, School, SchoolClass

METHODS = ["get", "post", "put", "patch", "delete", "head", "options"]
# Open without signing in, each for a reason that its view tells.
PUBLIC = {
    "sign_in",
    "sign_out",
    "password_forgotten",
    "password_reset_sent",
    "password_reset_confirm",
    "password_reset_done",
    "health",
    "help",
    "accessibility",
}
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


# --- The addresses ------------------------------------------------------------------------------------------
def all_routes(patterns=None, prefix=""):
    """Yield (route, name) of every address but those of Django's admin, such as `a/<int:pk>/`."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.name
        elif pattern.app_name != "admin":
            yield from all_routes(pattern.url_patterns, route)


def school_routes():
    """Return the routes below a school, without their common beginning."""
    parts = (re.fullmatch(r"etablissements/<(?:\w+:)?code>/(.*)", route) for route, _ in all_routes())
    return [part[1] for part in parts if part]


def address(code, route, objects):
    """Return the address of `route` in school `code`; what it names is taken from `objects`, by first segments."""
    first, second, *_ = [*route.split("/"), ""]
    section = f"{first}/{second}" if f"{first}/{second}" in objects else first

    def value(match):
        try:
            return str(objects[section][match[1]])
        except KeyError:
            pytest.fail(f"new address {route!r}: tell the fixture `objects` what its <{match[1]}> can be")

    return f"/etablissements/{code}/{ARGUMENT.sub(value, route)}"


# --- What is wrong with them, as a list of sentences --------------------------------------------------------
def everything():
    """Return all rows of all tables, sessions aside."""
    sessions = {"accounts.Session", "sessions.Session"}
    models = [model for model in apps.get_models() if model._meta.label not in sessions and not model._meta.proxy]
    return {model: sorted(map(repr, model._base_manager.values_list())) for model in models}


def faults(client, code, objects, *, expected, only_with_arguments=False, like_no_school=False):
    """Ask for every address of school `code` by every method; tell where the answer is not `expected`.

    Through one's own school (`only_with_arguments`), the method may be refused before the object is looked for.
    """
    found = []
    session = client.session
    mark_password_typed(session)  # The page itself answers, not the one that asks for the password again.
    session.save()
    before = everything()
    for route in school_routes():
        if only_with_arguments and not ARGUMENT.search(route):
            continue
        here, nowhere = address(code, route, objects), address("NULLE-PART", route, objects)
        for method in METHODS:
            response, elsewhere = getattr(client, method)(here), getattr(client, method)(nowhere)
            if response.status_code != expected and not (only_with_arguments and response.status_code == 405):
                found.append(f"{method} {here}: {response.status_code}, not {expected}")
            if like_no_school and response.content != elsewhere.content:
                found.append(f"{method} {here}: not answered like a school that does not exist")
        if everything() != before:
            found.append(f"{here}: something was written")
            before = everything()
    return found


def test_the_walk_sees_the_addresses():
    assert {"", "classes/<int:pk>/", "eleves/", "enseignants/", "imports/<uuid:pk>/"} <= set(school_routes())


def test_stranger(as_charlie, school, objects):
    assert faults(as_charlie, school.code, objects, expected=404, like_no_school=True) == []


def test_stranger_through_their_own_school(as_charlie, other_school, objects):
    """Charlie's school in the address, an object of Alice's school behind it."""
    assert faults(as_charlie, other_school.code, objects, expected=404, only_with_arguments=True) == []


def test_administrator_of_both_keeps_them_apart(as_charlie, charlie, school, other_school, objects):
    Membership.objects.create(user=charlie, school=school)
    assert faults(as_charlie, other_school.code, objects, expected=404, only_with_arguments=True) == []


def test_operator_is_a_stranger_too(client, operator, school, objects):
    client.force_login(operator)
    assert faults(client, school.code, objects, expected=404) == []


@pytest.mark.parametrize("person", ["bob", "zoe"])
def test_people_of_the_school(client, request, school, objects, person):
    client.force_login(request.getfixturevalue(person))
    assert faults(client, school.code, objects, expected=403) == []


def test_not_signed_in(client, school, objects):
    before = everything()
    for route in school_routes():
        for method in METHODS:
            response = getattr(client, method)(address(school.code, route, objects))
            assert (response.status_code, response.url[:17]) == (302, "/connexion/?next="), (method, route)
    assert everything() == before


def test_not_signed_in_elsewhere(client, db):
    """Outside the schools too, whatever is not public asks to sign in."""
    example = {"pk": "1", "uidb64": "MQ", "token": "a-b", "handle": "abc"}
    for route, name in all_routes():
        if route.startswith("etablissements/<") or name in PUBLIC:
            continue
        response = client.get("/" + ARGUMENT.sub(lambda match: example[match[1]], route))
        assert (response.status_code, response.url[:17]) == (302, "/connexion/?next="), route


def test_the_administrator_gets_in(as_alice, school, objects):
    """Otherwise the walk would prove nothing: the addresses exist and so does what they name."""
    for route in school_routes():
        response = as_alice.get(address(school.code, route, objects))
        assert response.status_code in {200, 302}, route  # Never an empty 405: an act leads to its list.


def test_one_answer_to_each_method(as_alice, school, objects):
    """HEAD is answered as GET is; a page takes POST or it does not; whatever else is refused, in all apps alike."""
    for route in school_routes():
        where = address(school.code, route, objects)
        assert as_alice.head(where).status_code == as_alice.get(where).status_code, route
        for method in ("put", "patch", "delete", "options"):
            response = getattr(as_alice, method)(where)
            assert response.status_code == 405, (method, route)
            assert response["Allow"] in {"GET, HEAD", "GET, HEAD, POST"}, route


def test_one_answer_to_each_method_outside_the_schools(as_alice):
    for route, name in all_routes():
        if route.startswith("etablissements/<") or ARGUMENT.search(route):
            continue
        assert as_alice.put(f"/{route}").get("Allow") in {"GET, HEAD", "GET, HEAD, POST"}, name


# --- The walk can fail --------------------------------------------------------------------------------------
def unguarded(request, code):
    return HttpResponse("tout le monde entre")


def writes_first(request, code):
    School.objects.filter(code=code).update(name="Changé")
    raise Http404


@require_safe
@administrator_required
def method_first(request, school):
    return HttpResponse("rien")


@administrator_required
def any_class(request, school, pk):
    return HttpResponse(get_object_or_404(SchoolClass, pk=pk))


urlpatterns = [
    path("", include("edulib_admin.urls")),
    path("etablissements/<code>/ouvert/", unguarded, name="unguarded"),
    path("etablissements/<code>/ecrit/", writes_first, name="writes_first"),
    path("etablissements/<code>/methode/", method_first, name="method_first"),
    path("etablissements/<code>/classes/<int:pk>/autre/", any_class, name="any_class"),
]


def test_the_walk_can_fail(settings, as_charlie, school, other_school, objects):
    settings.ROOT_URLCONF = __name__
    text = "\n".join(faults(as_charlie, school.code, objects, expected=404, like_no_school=True))
    assert "get /etablissements/0750001A/ouvert/: 200, not 404" in text
    assert "post /etablissements/0750001A/ouvert/: 200, not 404" in text
    assert "/etablissements/0750001A/ecrit/: something was written" in text
    assert "post /etablissements/0750001A/methode/: 405, not 404" in text
    assert "classes" not in text
    text = "\n".join(faults(as_charlie, other_school.code, objects, expected=404, only_with_arguments=True))
    assert f"get /etablissements/0690002B/classes/{objects['classes']['pk']}/autre/: 200, not 404" in text
