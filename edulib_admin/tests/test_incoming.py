"""Charsets, sizes, files and cookies of strangers, through the WSGI application itself: raw headers included."""

import tempfile
import time
from http import HTTPStatus

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.urls import reverse

from conftest import PASSWORD
from edulib_admin.incoming import verdict_of_type
from edulib_admin.tests.addresses import every_address
from edulib_admin.tests.conftest import FORM, TOKEN
from imports.tests.sheets import student_row, workbook_bytes
from imports.upload_limit import GRACE

SIGN_IN = "/connexion/"


def parts(*parts, boundary="BB"):
    """Return a multipart body of the given (name, file name or None, content)."""
    body = b""
    for name, filename, content in [("csrfmiddlewaretoken", None, TOKEN.encode()), *parts]:
        filename = f'; filename="{filename}"' if filename else ""
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'.encode()
        body += content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


MULTIPART = "multipart/form-data; boundary=BB"
OTHER_CHARSETS = [
    "charset=punycode",
    "charset=hex",
    "charset=zlib",
    "charset=idna",
    "charset=unicode_escape",
    "charset=utf-7",
    "charset=utf-16",
    "charset=latin-1",
    "charset=utf_8_sig",
    "charset=nobody",
    "charset=",
    'Charset="punycode"',
    "CHARSET = punycode",
    "charset=utf-8; charset=punycode",
    "charset=punycode; charset=utf-8",
    "charset*=utf-8''punycode",
    "charset*=punycode''utf-8",
    "charset*0=puny; charset*1=code",
    "x=1;charset=punycode;y=2",
]


# --- Charsets -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", [MULTIPART, FORM, "text/plain", "application/json", ""])
@pytest.mark.parametrize("charset", OTHER_CHARSETS)
def test_any_charset_but_utf_8_is_refused_unread(ask, kind, charset):
    status, text = ask(SIGN_IN, content_type=f"{kind}; {charset}", body=b"ba" * 1000)
    assert status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert ask.taken == 0
    assert "Ce site ne lit que des formulaires en UTF-8" in text
    assert "default-src" in ask.headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "ODD"])
def test_whatever_the_method(ask, method):
    """The query of a GET would be read in that charset too."""
    status, _ = ask(SIGN_IN, method=method, content_type="text/plain; charset=punycode", query="next=%62a" * 100)
    assert status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", '"utf-8"', " UTF8 "])
@pytest.mark.parametrize("kind", [MULTIPART, FORM])
def test_utf_8_is_read_however_it_is_written(ask, bob, kind, charset):
    fields = [("username", None, b"bob"), ("password", None, PASSWORD.encode())]
    body = parts(*fields) if kind is MULTIPART else f"csrfmiddlewaretoken={TOKEN}&username=bob&password={PASSWORD}"
    body = body if isinstance(body, bytes) else body.encode()
    status, _ = ask(SIGN_IN, content_type=f"{kind}; charset={charset}", body=body)
    assert (status, ask.headers["Location"]) == (HTTPStatus.FOUND, "/")


def test_a_megabyte_in_punycode_costs_nothing(ask):
    start = time.perf_counter()
    status, _ = ask(SIGN_IN, content_type=f"{MULTIPART}; charset=punycode", body=parts(("x", None, b"ba" * 500_000)))
    assert status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("charset", OTHER_CHARSETS)
def test_a_charset_of_one_part_is_not_looked_at(ask, charset):
    part = f'Content-Disposition: form-data; name="username"\r\nContent-Type: text/plain; {charset}\r\n\r\n'.encode()
    body = parts().replace(b"--BB--", b"--BB\r\n" + part + b"ba" * 1000 + b"\r\n--BB--")
    assert ask(SIGN_IN, content_type=MULTIPART, body=body)[0] == HTTPStatus.OK


@pytest.mark.parametrize("encoding", ["foo", "hex", "punycode", "idna", "utf-16", "\0"])
@pytest.mark.parametrize("parameter", ["name", "filename", "x"])
def test_an_encoding_in_the_header_of_a_part(ask, encoding, parameter):
    part = f"Content-Disposition: form-data; name=a; {parameter}*={encoding}''%ff%62a\r\n\r\n".encode()
    body = parts().replace(b"--BB--", b"--BB\r\n" + part + b"x\r\n--BB--")
    assert ask(SIGN_IN, content_type=MULTIPART, body=body)[0] in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)


# --- What Django stumbles over ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary*=foo''x",
        "multipart/form-data; boundary*=hex''x",
        "multipart/form-data; boundary*0=B; boundary*1=B",
        "multipart/form-data; boundary=\xe9",
        "multipart/form-data; x*=\0''y; boundary=BB",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary={'B' * 300}",
        "multipart/mixed\0",
    ],
)
def test_a_content_type_that_no_browser_writes(ask, content_type):
    status, text = ask(SIGN_IN, content_type=content_type, body=parts())
    assert status == HTTPStatus.BAD_REQUEST
    assert "Demande incorrecte" in text


@pytest.mark.parametrize("length", ["-1", "+5", "1_0", "abc", "\xb2", "9" * 30, "5, 5"])
def test_a_length_that_is_none(ask, length):
    assert ask(SIGN_IN, body=b"x" * 100, CONTENT_LENGTH=length)[0] == HTTPStatus.BAD_REQUEST
    assert ask.taken == 0


def test_a_body_without_a_length(ask):
    status, _ = ask(SIGN_IN, body=b"x" * 100, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert status == HTTPStatus.LENGTH_REQUIRED
    assert ask.taken == 0


@pytest.mark.parametrize(
    "cookie",
    [
        r'sessionid="\000aaaaaaaaa"',
        "sessionid=aaaaaaaa\0",
        r'sessionid="\377\376aaaaaaaaa"',
        "sessionid=\xff\xfeaaaaaaaaa",
        "sessionid=\xed\xa0\x80aaaaaaaaa",
        f"sessionid={'a' * 5000}",
        r'csrftoken="\000"',
        r'csrftoken="\000aaaaaaaaa"; messages="\000"',
        'messages="[[\\"__json_message\\"',
        "messages=\xff",
        "=;=;\0=\0",
    ],
)
def test_an_odd_cookie_is_nobody_signed_in(ask, cookie):
    assert ask(SIGN_IN, method="GET", cookie=cookie)[0] == HTTPStatus.OK
    status, _ = ask("/mes-manuels/", method="GET", cookie=cookie)
    assert (status, ask.headers["Location"]) == (HTTPStatus.FOUND, "/connexion/?next=/mes-manuels/")


def test_an_odd_cookie_beside_the_right_one(ask, client, bob):
    client.force_login(bob)
    cookie = f"{client.cookies['sessionid'].OutputString()}; other=\xff\0"
    assert ask("/mot-de-passe/changer/", method="GET", cookie=cookie)[0] == HTTPStatus.OK


@pytest.mark.parametrize(
    "path", ["/\xff\xfe/", "/%00", "/\0/", "/etablissements/\0/", "/" + "a" * 5000, "//", "\xed\xa0\x80"]
)
def test_an_odd_path(ask, path):
    status, _ = ask(path, method="GET")
    assert status in (HTTPStatus.FOUND, HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("number", ["9" * 30, "9223372036854775808", "2147483648"])
def test_a_number_beyond_the_database(as_alice, school, number):
    lists = ("classes", "groupes", "eleves", "enseignants", "licences")
    for section in (*lists, "licences/classes", "licences/personnes"):
        address = f"/etablissements/{school.code}/{section}/{number}/"
        assert {as_alice.get(address).status_code, as_alice.post(address).status_code} <= {404, 405}, section
    assert as_alice.get(f"/mes-manuels/{number}/ouvrir/").status_code == 404
    for address in (*lists, "imports"):
        assert as_alice.get(f"/etablissements/{school.code}/{address}/?page={number}").status_code == 200


# --- Sizes and files ----------------------------------------------------------------------------------------
@pytest.fixture
def temporary_files(monkeypatch):
    """Count the temporary files that uploads make."""
    made = []
    new_file = TemporaryFileUploadHandler.new_file
    monkeypatch.setattr(
        TemporaryFileUploadHandler,
        "new_file",
        lambda self, *args, **kwargs: (made.append(args), new_file(self, *args, **kwargs)),
    )
    return made


def test_sixty_files_at_the_sign_in(ask, temporary_files):
    """They held 623 MB of temporary files."""
    body = parts(*((f"f{number}", "x.bin", bytes(1000)) for number in range(60)))
    status, text = ask(SIGN_IN, content_type=MULTIPART, body=body)
    assert status == HTTPStatus.BAD_REQUEST
    assert "Cette page n'accepte pas de fichier" in text
    assert temporary_files == []


def test_large_files_at_the_sign_in(ask, temporary_files):
    body = parts(("f", "x.bin", bytes(1000)))
    status, text = ask(SIGN_IN, content_type=MULTIPART, body=body, CONTENT_LENGTH=str(60 * 1024**2))
    assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "dépasse de loin" in text
    assert (ask.taken, temporary_files) == (0, [])


@pytest.mark.parametrize("content_type", [FORM, MULTIPART, "text/plain", "application/json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET"])
def test_every_address_bounds_the_body(ask, settings, method, content_type):
    length = str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    for name in ("sign_in", "home", "password_forgotten", "health", "admin:index", "admin:accounts_user_add"):
        status, _ = ask(reverse(name), method=method, content_type=content_type, body=b"x", CONTENT_LENGTH=length)
        assert (status, ask.taken) == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 0), name


def test_too_many_fields(ask, settings):
    many = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 10
    for content_type, body in ((FORM, b"a&" * many), (MULTIPART, parts(*[("a", None, b"")] * many))):
        assert ask(SIGN_IN, content_type=content_type, body=body)[0] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def upload_body(size):
    content = workbook_bytes([student_row("Martin", "Zoé")])
    return parts(("action", None, b"check"), ("file", "liste.xlsx", content + bytes(max(0, size - len(content)))))


@pytest.fixture
def alice_asks(ask, client, alice):
    client.force_login(alice)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    return lambda path, **more: ask(path, cookie=cookie, **more)


def test_an_upload_a_little_too_large_gets_the_sentence_of_its_form(alice_asks, school, settings):
    settings.IMPORT_MAX_BYTES = 100_000
    address = f"/etablissements/{school.code}/eleves/importer/"
    status, text = alice_asks(address, content_type=MULTIPART, body=upload_body(1_000_000))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Ce fichier est trop gros" in text


def test_an_upload_far_too_large_is_not_read(ask, alice_asks, school, settings):
    address = f"/etablissements/{school.code}/eleves/importer/"
    length = str(settings.IMPORT_MAX_BYTES + GRACE + 1)
    status, text = alice_asks(address, content_type=MULTIPART, body=b"x", CONTENT_LENGTH=length)
    assert (status, ask.taken) == (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 0)
    assert "dépasse de loin" in text


def test_one_file_at_an_upload_address(alice_asks, school):
    address = f"/etablissements/{school.code}/eleves/importer/"
    body = parts(("action", None, b"check"), *[("file", "liste.xlsx", bytes(1000))] * 2)
    assert alice_asks(address, content_type=MULTIPART, body=body)[0] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_nothing_of_a_strangers_file_is_kept(ask, school, temporary_files):
    address = f"/etablissements/{school.code}/eleves/importer/"
    status, _ = ask(address, content_type=MULTIPART, body=upload_body(4 * 1024 * 1024))
    assert status == HTTPStatus.FOUND
    assert ask.headers["Location"].startswith("/connexion/")
    assert temporary_files == []


def test_what_is_kept_of_a_large_file_goes_with_the_request(alice_asks, school, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    address = f"/etablissements/{school.code}/eleves/importer/"
    alice_asks(address, content_type=MULTIPART, body=upload_body(4 * 1024 * 1024))
    assert not list(tmp_path.glob("*.upload*"))


def test_where_files_are_expected(ask, client, operator, alice, school, temporary_files):
    """Every address of the platform but three refuses them, whoever sends them."""
    body = parts(("f", "x.bin", bytes(10)))
    takes = set()
    for person in (None, alice, operator):
        client.logout()
        if person:
            client.force_login(person)
        cookie = f"sessionid={client.cookies['sessionid'].value}" if person else ""
        for route, path in every_address():
            status, text = ask(path, content_type=MULTIPART, body=body, cookie=cookie)
            if not (status == HTTPStatus.BAD_REQUEST and "n'accepte pas de fichier" in text):
                takes.add(route)
    assert temporary_files == []
    assert takes == {
        "etablissements/<slug:code>/eleves/importer/",
        "etablissements/<slug:code>/enseignants/importer/",
        "operateur/licences/licence/importer/",
    }


def test_the_verdict_can_be_good():
    for right in ("", FORM, MULTIPART, "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"):
        assert verdict_of_type(right) == 0
