"""Thousands of odd requests, as a stranger, a pupil, an administrator and the operator: none is answered by a 5xx.

The same seed asks the same: a failure names the number of its request, and `FUZZ=seed:number` plays that one alone.
"""

import logging
import os
import random
import traceback
from collections import Counter
from urllib.parse import quote, quote_from_bytes

import pytest
from celery import current_app
from django.apps import apps
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client

from edulib_admin.tests.addresses import filled, routes
from edulib_admin.tests.conftest import FORM, TOKEN
from imports.tests.sheets import student_row, workbook_bytes

SEED = 8
METHODS = (
    ["GET"] * 10
    + ["POST"] * 10
    + ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "ODD", "get", "\xe9"]
)
QUERY_NAMES = """
    q classe groupe page tri import next profil statut probleme all from selection kind__exact is_active__exact
    is_staff__exact school__id__exact o p e q _popup _to_field _changelist_filters term app_label model_name
    field_name validite audience__exact id id__in id__isnull textbook__isbn seats__gt valid_from__year
    last_login__date _facets ot level publisher subject school__code__startswith password initial_credential
""".split()
FORM_NAMES = """
    username password email old_password new_password1 new_password2 next action selection all confirm from sure code
    name level last_name first_name school_class groups file seats assigned valid_from valid_until order_reference
    url isbn title textbook school audience is_staff is_active _save _continue _addanother _saveasnew
    _selected_action select_across index post memberships-TOTAL_FORMS memberships-INITIAL_FORMS memberships-0-user
    memberships-0-school memberships-0-id memberships-MIN_NUM_FORMS memberships-MAX_NUM_FORMS number count kind
    students_must_change_password target move_to add class group rule licence answer
""".split()
HEADERS = """
    HX_REQUEST HX_CURRENT_URL HX_TARGET HX_HISTORY_RESTORE_REQUEST HX_BOOSTED HX_CURRENT_URL_URI_AUTOENCODED REFERER
    ORIGIN HOST X_FORWARDED_FOR X_FORWARDED_PROTO X_FORWARDED_HOST X_CSRFTOKEN ACCEPT ACCEPT_LANGUAGE RANGE
    ACCEPT_ENCODING IF_MODIFIED_SINCE IF_NONE_MATCH USER_AGENT TRANSFER_ENCODING EXPECT AUTHORIZATION
""".split()
TYPES = [
    *[FORM] * 6,
    *["multipart/form-data; boundary=BB"] * 6,
    "multipart/form-data",
    "multipart/form-data; boundary*=foo''x",
    "multipart/form-data; boundary=BB; charset=punycode",
    "multipart/form-data; boundary*0=B; boundary*1=B",
    "multipart/mixed; boundary=BB",
    f"{FORM}; charset=utf-16",
    f"{FORM}; charset*=hex''x",
    f"{FORM}; charset=utf8",
    "application/json",
    "text/plain; \xff=\xfe",
    "",
    ";",
]
COOKIES = [
    r'sessionid="\000aaaaaaaaa"',
    "sessionid=\xff\xfe",
    "sessionid=" + "a" * 32,
    r'csrftoken="\000"',
    "csrftoken=" + "\xff" * 32,
    'messages="[[\\"__json_message\\"',
    "messages=W10:1:x",
    r'messages="\377"',
    "=;;=,",
    "a" * 4000,
]
VALUES = [
    *(
        "",
        "0",
        "1",
        "2",
        "-1",
        "1.5",
        "1e9",
        "9" * 30,
        "9223372036854775807",
        "9223372036854775808",
        "2147483648",
        "NaN",
    ),
    *(
        "²",
        "٣",
        "é",
        "\u202e",
        "\ud7ff",
        "😀",
        "ﬁ",
        "İ",
        "ß",
        "\0",
        "a\0b",
        "\n",
        "\r\nX: y",
        "%00",
        "%",
        "%s",
        "{0}",
        "{{ 7 }}",
    ),
    *(
        "'",
        "\"'>",
        "<script>",
        "' OR 1=1 --",
        "../../etc/passwd",
        "//evil.example",
        "http://[",
        "javascript:x",
        "/\\evil",
    ),
    *(
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "10000-01-01",
        "31/12/2026",
        "0000-00-00",
        "null",
        "None",
        "true",
        "[]",
        "{}",
    ),
    *(
        "1,2",
        ",",
        "__",
        "__in",
        "__year",
        "id__id__id",
        "pk",
        "-code",
        "--code",
        "code",
        "6A",
        "LATIN",
        "DEMO",
        "0750001A",
    ),
    *("a" * 300, "é" * 3000, "delete_selected", "import", "check", "assign", "take_back", "student", "teacher", "done"),
    *(
        "zoe.martin",
        "alice@example.org",
        "x@y",
        "@",
        "Vrai-Secret-1",
        "accounts",
        "user",
        "school",
        "licence",
        "textbook",
    ),
]


@pytest.fixture
def cast(school, other_school, class_6a, group_latin, zoe, bob, alice, operator, licence):
    """{person: the cookie of their session}, and one object for every kind of address."""
    rule = licence.rules.create()
    imported = apps.get_model("imports", "Import").objects.create(school=school, kind="student", filename="eleves.xlsx")
    cookies = {"": ""}
    for user in (zoe, alice, operator):
        client = Client()
        client.force_login(user)
        cookies[user.username] = f"sessionid={client.cookies['sessionid'].value}"
    pks = {"classes": class_6a.pk, "groupes": group_latin.pk, "eleves": zoe.pk, "enseignants": bob.pk}
    pks |= {"licences": licence.pk, "mes-manuels": licence.pk, "licence": licence.pk, "textbook": licence.textbook_id}
    pks |= {"school": school.pk, "user": bob.pk, "schoolclass": class_6a.pk, "group": group_latin.pk}
    return cookies, pks, {"uuid": str(imported.pk), "rule_pk": rule.pk}


class Generator:
    """Makes request number `number` of `seed`: always the same one."""

    def __init__(self, seed, number, cast):
        self.random = random.Random(f"{seed}:{number}")
        self.cookies, self.pks, self.more = cast

    def one_of(self, choices):
        return self.random.choice(choices)

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def junk(self, most=40):
        return bytes(self.random.choices(range(256), k=self.random.randrange(most)))

    def value(self):
        if self.chance(8):
            return self.junk()
        if self.chance(15):
            return str(self.one_of(list(self.pks.values()))).encode()
        text = self.one_of(VALUES)
        if self.chance(5):
            text += self.one_of(VALUES)
        return text.encode()

    def pairs(self, names, most):
        return [(self.one_of(names), self.value()) for _ in range(self.random.randrange(most + 1))]

    def encoded(self, pairs):
        join = "&" if self.chance(97) else self.one_of([";", "&&", "=", "?"])
        text = join.join(f"{quote(name)}={quote_from_bytes(value)}" for name, value in pairs)
        return text if self.chance(95) else text + self.junk().decode("latin-1")

    def path(self):
        if self.chance(4):
            return "/" + self.junk().decode("latin-1")
        route = self.one_of(ROUTES)
        named = [part for part in route.split("/") if part in self.pks]
        pk = self.pks[named[-1]] if named else 1
        path = filled(route, pk=pk, object_id=pk, **self.more)
        if self.chance(20):
            odd = self.value().decode("latin-1")
            parts = path.split("/")
            parts[self.random.randrange(len(parts))] = odd
            path = "/" + "/".join(parts).lstrip("/")
        return path

    def body(self, content_type):
        pairs = self.pairs(FORM_NAMES, 8)
        if self.chance(85):
            pairs.append(("csrfmiddlewaretoken", TOKEN.encode()))
        if content_type.startswith("multipart"):
            body = b""
            for name, value in pairs:
                line = f'Content-Disposition: form-data; name="{name}"'
                if self.chance(5):
                    encoding = self.one_of(["foo", "hex", "utf-16", "utf-8"])
                    line += f"; {self.one_of(['name', 'filename', 'x'])}*={encoding}''x%ff"
                if name == "file" and self.chance(60):
                    line += f'; filename="{self.one_of(["a.xlsx", "é.xlsx", "..", "a" * 300])}"'
                    value = self.one_of([WORKBOOK, WORKBOOK[:500], value])
                if self.chance(5):
                    line += f"\r\nContent-Transfer-Encoding: {self.one_of(['base64', 'quoted-printable', 'x'])}"
                body += f"--BB\r\n{line}\r\n\r\n".encode() + value + b"\r\n"
            body += b"--BB--\r\n"
        else:
            body = self.encoded(pairs).encode("latin-1", "replace")
        if self.chance(5):
            body = body[: self.random.randrange(len(body) + 1)] + self.junk()
        return body

    def request(self):
        content_type = self.one_of(TYPES)
        path = self.path()
        method = self.one_of(METHODS)
        # An administrator's pages are asked for by the administrator, most of the time.
        likely = (
            "olga" if path.startswith("/operateur") else "alice" if path.startswith("/etablissements") else "zoe.martin"
        )
        # Half of them come from strangers: what stands before the sign-in is what everybody reaches.
        who = "" if self.chance(50) else likely if self.chance(75) else self.one_of(list(self.cookies))
        cookie = self.cookies[who]
        if self.chance(8):
            cookie = self.one_of([f"{self.one_of(COOKIES)}; {cookie}", f"{cookie}; {self.one_of(COOKIES)}"])
        more = {}
        for _ in range(self.random.randrange(3)):
            value = self.value().decode("latin-1") if self.chance(70) else "true"
            more[f"HTTP_{self.one_of(HEADERS)}"] = value.replace("\r", "").replace("\n", "")
        body = self.body(content_type) if method != "GET" or self.chance(5) else b""
        if self.chance(3):
            more["CONTENT_LENGTH"] = self.one_of(
                ["", "-1", "abc", "0", str(len(body) + 9), "9" * 12, "9" * 40, "1_0", "\xb2"]
            )
        query = self.encoded(self.pairs(QUERY_NAMES, 4)) if self.chance(60) else ""
        return {
            "path": path,
            "method": method,
            "query": query,
            "content_type": content_type,
            "body": body,
            "cookie": cookie,
            **more,
        }


ROUTES = [route for route in routes() if route not in ("deconnexion/", "operateur/logout/")]
WORKBOOK = workbook_bytes([student_row("Martin", "Zoé")])


@pytest.fixture
def play(ask, cast, settings):
    """Play the requests of these numbers, each undone; return ({status: how many}, [what answered by a 5xx])."""
    # What a password costs is no question here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    current_app.conf.task_always_eager = True
    logging.disable()  # A line for each refusal, kept by pytest, costs more than the refusal.
    traces = []

    def remember(**kwargs):
        traces.append(traceback.format_exc(limit=-8))

    got_request_exception.connect(remember)

    def play(seed, numbers):
        statuses, failures = Counter(), []
        for number in numbers:
            request = Generator(seed, number, cast).request()
            traces.clear()
            with transaction.atomic():
                try:
                    status, _ = ask(**request)
                except Exception:
                    status = 599
                    traces.append(traceback.format_exc(limit=-8))
                transaction.set_rollback(True)
            statuses[status] += 1
            if status >= 500:
                shown = {name: value for name, value in request.items() if name != "body"} | {
                    "body": request["body"][:300]
                }
                failures.append(f"FUZZ={seed}:{number} → {status}\n{shown}\n{''.join(traces)}")
        return statuses, failures

    yield play
    got_request_exception.disconnect(remember)
    current_app.conf.task_always_eager = False
    logging.disable(logging.NOTSET)


def test_a_few_hundred_odd_requests(play):
    """A taste of the long one, below; the requests are its first ones."""
    seed, _, number = os.environ.get("FUZZ", f"{SEED}:").partition(":")
    statuses, failures = play(seed, [int(number)] if number else range(400))
    assert not failures, "\n\n".join(failures[:20])
    if not number:
        # They get somewhere: pages, forms with errors, redirects.
        assert statuses[200] > 20, statuses
        assert statuses[302] > 20, statuses


@pytest.mark.hard
def test_twenty_thousand_odd_requests(play, tried):
    statuses, failures = play(SEED, range(20_000))
    assert not failures, f"{len(failures)}\n" + "\n\n".join(failures[:20])
    shown = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    tried("requêtes brutes tirées au hasard (graine 8), quatre rôles", "20 000", f"0 × 5xx ; {shown}")
