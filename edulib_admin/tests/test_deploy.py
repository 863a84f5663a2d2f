"""The samples of docs/deploy/ are right: nginx and systemd say so; and a buffering proxy holds slow bodies back."""

import datetime
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.request import Request, urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from imports.tests.harness import absent, wait_until

SAMPLES = settings.BASE_DIR / "docs" / "deploy"
UNITS = sorted(SAMPLES.glob("*.service"))


def program(name):
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or absent(f"{name} est absent")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def site(tmp_path):
    """Write the sample site for this machine: `site(backend)` → (configuration, port of HTTPS)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "manuels.example.org")])
    day = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(day).not_valid_after(day.replace(year=2100))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "fullchain.pem").write_bytes(pem)
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))

    def write(backend):
        port, plain_port = free_port(), free_port()
        text = (SAMPLES / "nginx.conf").read_text()
        text = text.replace("/etc/edulib/tls/", f"{tmp_path}/").replace("127.0.0.1:8000", f"127.0.0.1:{backend}")
        text = re.sub(r"listen \[::\].*\n", "", text)
        text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{plain_port};")
        (tmp_path / "site.conf").write_text(text)
        places = "".join(
            f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole = tmp_path / "nginx.conf"
        user = "user root;\n" if os.geteuid() == 0 else ""
        whole.write_text(
            f"{user}daemon off;\nworker_processes 1;\npid {tmp_path}/nginx.pid;\nerror_log stderr;\n"
            "events { worker_connections 512; }\nhttp {\naccess_log off;\n"
            f"{places}include {tmp_path}/site.conf;\n}}\n"
        )
        return whole, port

    return write


def test_nginx_accepts_the_site(site):
    whole, _ = site(8000)
    said = subprocess.run([program("nginx"), "-t", "-c", str(whole)], capture_output=True, text=True, timeout=30)
    assert said.returncode == 0, said.stderr
    assert "[warn]" not in said.stderr


def test_what_the_site_promises():
    text = (SAMPLES / "nginx.conf").read_text()
    for line in (
        "proxy_request_buffering on;",
        "client_max_body_size 18m;",
        "client_body_timeout 15s;",
        "client_header_timeout 15s;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        'proxy_set_header X-Forwarded-Host "";',
    ):
        assert line in text


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_the_unit(unit, tmp_path):
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/opt/edulib/.venv/bin/python", sys.executable))
    command = [program("systemd-analyze"), "verify", "--man=no", str(copy)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60)
    ours = [line for line in said.stderr.splitlines() if unit.name in line]
    assert (said.returncode, ours) == (0, []), said.stderr


def test_the_units_start_what_the_readme_says():
    readme = (settings.BASE_DIR / "README.md").read_text()
    assert len(UNITS) == 3
    for unit in UNITS:
        text = unit.read_text()
        [command] = re.findall(r"^ExecStart=/opt/edulib/.venv/bin/python -m (\w+ \S+ \S+)", text, re.MULTILINE)
        assert " ".join(command.split()[:2]) in readme
        for line in ("Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
            assert line in text


@pytest.fixture
def started():
    processes = []

    def start(command, **more):
        processes.append(process := subprocess.Popen(command, start_new_session=True, **more))
        return process

    yield start
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def gunicorn(started, tmp_path):
    """A real gunicorn with one worker of two threads, on an empty database; return its port."""
    port = free_port()
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env |= {"VAR_DIR": str(tmp_path / "var"), "ALLOWED_HOSTS": "manuels.example.org", "BEHIND_PROXY": "1"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=settings.BASE_DIR, env=env, check=True)
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"],
        cwd=settings.BASE_DIR,
        env=env,
        check=True,
    )
    command = [sys.executable, "-m", "gunicorn", "edulib_admin.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--threads", "2", "--no-control-socket", "--log-level", "warning"]
    with (tmp_path / "gunicorn.log").open("w") as log:
        started(command, cwd=settings.BASE_DIR, env=env, stdout=log, stderr=subprocess.STDOUT)
    wait_until(lambda: answers(port), seconds=60, what="gunicorn")
    return port


def raw(port, request, *, seconds=20):
    """Send bytes, and return the status of the answer; 0 if the connection is closed without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        line = connection.makefile("rb").readline().split()
    return int(line[1]) if len(line) > 1 else 0


HOST = b"Host: manuels.example.org\r\n"


SIGN_IN = b" /connexion/ HTTP/1.1\r\n" + HOST
RAW = [
    (b"GET" + SIGN_IN, {200}),
    (b"POST" + SIGN_IN + b"Content-Length: 5\r\nContent-Type: text/plain; charset=punycode\r\n", {415}),
    (b"POST" + SIGN_IN + b"Content-Type: multipart/form-data; boundary*=foo''x\r\n", {400}),
    (b"POST" + SIGN_IN + b"Content-Length: 99999999\r\n", {413}),
    (b"POST" + SIGN_IN + b"Transfer-Encoding: chunked\r\n", {411}),
    (b"POST" + SIGN_IN + b"Content-Length: -1\r\n", {400}),
    (b"GET" + SIGN_IN + b"SCRIPT_NAME: /\xff\r\n", {200, 400, 404}),
    (b"GET" + SIGN_IN + b"Script-Name: /connexion\r\n", {200}),
    (b"GET" + SIGN_IN + b"If-Modified-Since: \xff\r\nRange: bytes=9-1\r\n", {200}),
    (b"ODD" + SIGN_IN, {400, 403, 405}),
    (b"GET /connexion/ HTTP/1.1\r\nHost: 127.0.0.1:6666\r\n", {400}),
    (b'GET / HTTP/1.1\r\nCookie: sessionid="\\000aaaaaaaaa"\r\n' + HOST, {302}),
    (b"GET / HTTP/1.1\r\nCookie: sessionid=\xff\xfe\xed\xa0\x80aaaa\r\n" + HOST, {302, 400}),
    (b"GET /\xff\xfe%ff%00 HTTP/1.1\r\n" + HOST, {400, 404}),
    (b"GET /?q=%00%ff HTTP/1.1\r\n" + HOST, {302}),
    (b"\xff\xff\xff\r\n", {0, 400}),
]


@pytest.mark.hard
def test_raw_requests_to_a_real_server(gunicorn):
    found = [(request, raw(gunicorn, request + b"\r\n"), expected) for request, expected in RAW]
    assert [each for each in found if each[1] not in each[2]] == []


@pytest.mark.hard
def test_sixteen_slow_bodies_stop_nobody(site, started, gunicorn, tried):
    """Behind the sample site: each sends its form byte by byte, and another visitor is answered at once."""
    import ssl

    nginx = program("nginx")
    whole, port = site(gunicorn)
    started([nginx, "-c", str(whole)], stderr=subprocess.DEVNULL)
    wait_until(lambda: answers(port), seconds=20, what="nginx")
    context = ssl._create_unverified_context()
    head = b"POST /connexion/ HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\nContent-Type: text/plain\r\n\r\n"
    slow = []
    for _ in range(16):
        connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20))
        connection.sendall(head + b"a")
        slow.append(connection)
    start = time.monotonic()
    page = Request(f"https://127.0.0.1:{port}/connexion/", headers={"Host": "manuels.example.org"})
    with urlopen(page, timeout=20, context=context) as answer:
        assert b'name="username"' in answer.read()
    seconds = time.monotonic() - start
    for connection in slow:
        connection.close()
    assert seconds < 10
    tried("corps envoyés octet par octet, derrière le nginx donné en exemple", 16, f"page servie en {seconds:.1f} s")
