"""Programs that send, against SMTP and LMTP."""

import subprocess
from pathlib import Path

import pytest

from pop3lab.testing.certificate_authority import authority
from tests.smtp.mail import Mail, mail

MESSAGE = (
    b"From: joe@example.com\r\nTo: ann@example.com\r\nSubject: dots\r\n"
    b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\n"
    b"hello\r\n.\r\n..two\r\nFrom here on\r\n"
    + "\u00e4\u00f6\u00fc\r\n".encode()
    + b"x" * 900
    + b"\r\n"
)
CURL = "curl -sS --mail-from joe@example.com --mail-rcpt ann@example.com"
MSMTP = "msmtp -C /dev/null --host=127.0.0.1 --from=joe@example.com"
SWAKS = "swaks --from joe@example.com --to ann@example.com --suppress-data -d message"


def run(command: str, place: Path, *, stdin: bytes = b"") -> str:
    ended = subprocess.run(
        ["sh", "-c", command], cwd=place, input=stdin, capture_output=True, timeout=60, check=False
    )
    said = (ended.stdout + ended.stderr).decode(errors="replace")
    assert ended.returncode == 0, said
    return said


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "message").write_bytes(MESSAGE)
    (tmp_path / "unix").write_bytes(MESSAGE.replace(b"\r\n", b"\n"))
    return tmp_path


def last(served: Mail) -> bytes:
    assert not served.errors
    return served.messages()[-1]


def test_programs_that_send_in_clear(place: Path) -> None:
    with mail() as served:
        run(f"{CURL} -T message smtp://127.0.0.1:{served.port}", place)
        assert last(served) == MESSAGE
        run(f"{CURL} -T message -u ann:secret smtp://127.0.0.1:{served.port}", place)
        assert last(served) == MESSAGE
        run(f"{MSMTP} --port={served.port} ann@example.com <unix", place)
        assert last(served) == MESSAGE
        login = "--auth=plain --user=ann --passwordeval='echo secret'"
        run(f"{MSMTP} --port={served.port} {login} ann@example.com <unix", place)
        assert last(served) == MESSAGE
        run(f"{SWAKS} -s 127.0.0.1 -p {served.port} -au ann -ap secret -a LOGIN", place)
        assert last(served) == MESSAGE + b"\r\n"  # swaks ends each text by an empty line
        run(f"{SWAKS} -s 127.0.0.1 -p {served.port} --pipeline", place)
        assert len(served.messages()) == 6


def test_programs_that_send_under_tls(place: Path) -> None:
    tls, ca = authority().tls({"localhost"}, None)(""), authority().ca_file
    with mail(tls=tls, clear_passwords=False) as served:
        url, options = f"smtp://localhost:{served.port}", f"--cacert {ca} -u ann:secret --ssl-reqd"
        run(f"{CURL} {options} -T message {url}", place)
        assert last(served) == MESSAGE
        trust = f"--host=localhost --tls --tls-trust-file={ca} --auth --user=ann"
        asked = "--passwordeval='echo secret'"
        run(f"{MSMTP} {trust} {asked} --port={served.port} ann@example.com <unix", place)
        assert last(served) == MESSAGE
        run(f"{SWAKS} -s localhost -p {served.port} -tls -au ann -ap secret", place)
        assert len(served.messages()) == 3
    with mail(tls=tls, secure=True) as served:
        url = f"smtps://localhost:{served.port}"
        run(f"{CURL} --cacert {ca} -u ann:secret -T message {url}", place)
        assert last(served) == MESSAGE


def test_a_program_that_speaks_lmtp(place: Path) -> None:
    with mail() as served:
        to = "--to ann@example.com,ben@example.com"
        said = run(f"{SWAKS} {to} --protocol LMTP -s 127.0.0.1 -p {served.lmtp}", place)
        assert said.count("250 2.0.0 stored") == 2
        assert last(served).startswith(b"Return-Path: <joe@example.com>\r\nDelivered-To: ann@")
