"""Raw requests, through the WSGI application itself."""

import io

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from edulib_admin.incoming import Gate

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
