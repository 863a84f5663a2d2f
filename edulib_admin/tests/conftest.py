"""Raw requests, through the WSGI application itself; and one object of the school of each kind that pages show."""

import io
from datetime import date

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone

from edulib_admin.incoming import Gate
from imports.models import Import
from licences.models import Licence, Textbook

FORM = "application/x-www-form-urlencoded"
TOKEN = "a" * 32


class Body(io.BytesIO):
    """Counts what is read of it."""

    taken = 0

    def read(self, *args):
        data = super().read(*args)
        self.taken += len(data)
        return data


@pytest.fixture
def ask(db):
    """Send a raw request: `ask(path, method=…, body=…, HTTP_…=…)` → (status, text).

    Its cookie holds the CSRF token TOKEN. Afterwards, `ask.taken`: bytes read of the body; `ask.headers` of the answer.
    """
    application = Gate(WSGIHandler())
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # The transaction of the test goes on.

    def send(path, *, method="POST", body=b"", content_type=FORM, query="", cookie="", **headers):
        said = {}
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "testserver",
            "HTTP_COOKIE": f"csrftoken={TOKEN}; {cookie}",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "192.0.2.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": Body(body),
            **headers,
        }
        response = application(environ, lambda status, headers: said.update(status=int(status[:3]), headers=headers))
        text = b"".join(response).decode(errors="replace")
        response.close()
        send.taken, send.headers = environ["wsgi.input"].taken, dict(said["headers"])
        return said["status"], text

    yield send
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def licence(school):
    """Five seats of a book for the pupils of the school."""
    return Licence.objects.create(
        school=school,
        textbook=Textbook.objects.create(isbn="9782011000019", title="Maths 6e"),
        audience="student",
        seats=5,
        valid_from=date(2020, 1, 1),
        valid_until=date(2100, 1, 1),
        order_reference="CMD-1",
    )


@pytest.fixture
def objects(school, class_6a, group_latin, zoe, bob, licence):
    """One object of the school for every argument of an address, by first segment below the school."""
    rule = licence.rules.create()
    imported = Import.objects.create(
        school=school, kind="student", status="done", finished_at=timezone.now(), filename="eleves.xlsx"
    )
    return {
        "classes": {"pk": class_6a.pk},
        "groupes": {"pk": group_latin.pk},
        "eleves": {"pk": zoe.pk},
        "enseignants": {"pk": bob.pk},
        "imports": {"pk": imported.pk},
        "licences": {"pk": licence.pk, "rule_pk": rule.pk},
        "licences/personnes": {"pk": zoe.pk},
        "licences/classes": {"pk": class_6a.pk},
    }
