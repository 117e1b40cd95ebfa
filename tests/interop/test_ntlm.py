"""Clients that log in by NTLM."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab import Pop3Server
from tests.interop_wrong.running import Ran, run

from .client import MDA, configuration
from .test_fetchmail import FETCHMAILRC

LIMIT = 10  # seconds that a client gets
MAIL = "Subject: one\n\nhello\n"

Client = Callable[[Pop3Server, Path, str], Ran]


def curl(server: Pop3Server, home: Path, password: str, *options: str) -> Ran:
    (home / "out").mkdir()
    words = ["curl", "-sS", "--user", f"user:{password}", "--login-options", "AUTH=NTLM", *options]
    return run(server, home, [*words, "--output", "out/1", f"{server.url}/1"], LIMIT)


def curl_at_once(server: Pop3Server, home: Path, password: str) -> Ran:
    return curl(server, home, password, "--sasl-ir")


def curl_with_a_domain(server: Pop3Server, home: Path, password: str) -> Ran:
    return curl(server, home, password, "--user", f"DOMAIN\\user:{password}")


def fetchmail(server: Pop3Server, home: Path, password: str) -> Ran:
    text = FETCHMAILRC.format(home=home, port=server.port, protocol="POP3", uidl="", mda=MDA)
    text = text.replace(" bad-header", " auth ntlm bad-header")
    text = text.replace("password password", f"password {password}")
    words = ["fetchmail", "--fetchmailrc", str(configuration(home / "rc", text))]
    return run(server, home, words, LIMIT)


CLIENTS: list[Client] = [curl, curl_at_once, curl_with_a_domain, fetchmail]


@pytest.mark.parametrize("client", CLIENTS)
def test_who_knows_the_password_gets_the_mail(client: Client, tmp_path: Path) -> None:
    with Pop3Server([MAIL], auth=["NTLM"]) as server:
        ran = client(server, tmp_path, "password")
        assert ran.code == 0, ran.output
        assert [text.replace(b"\r\n", b"\n") for text in ran.stored] == [MAIL.encode()]
        session = server.wait_session()
        assert (session.user, session.mechanism) == ("user", "NTLM")
        text = str(server.transcript)
        assert "C: AUTH NTLM" in text
        assert "C: ****" in text
        assert "C: TlRM" not in text
        assert "AUTH NTLM T" not in text
        server.verify()


@pytest.mark.parametrize("client", CLIENTS)
def test_who_does_not_know_it_is_refused(client: Client, tmp_path: Path) -> None:
    with Pop3Server([MAIL], auth=["NTLM"]) as server:
        ran = client(server, tmp_path, "wrong")
        assert ran.code != 0
        assert ran.stored == []
        session = server.wait_session()
        assert session.user is None
        assert "S: -ERR [AUTH] " in session.transcript
        assert "C: TlRM" not in session.transcript
