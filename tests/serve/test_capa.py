"""CAPA tells the truth in each state (RFC 2449): what is announced works, and the other way."""

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import Client

from .clients import start_tls
from .process import USER, Serving, capa, folder, serving, tags

REGISTERED = {
    *("TOP", "USER", "SASL", "RESP-CODES", "LOGIN-DELAY", "PIPELINING", "EXPIRE", "UIDL"),
    *("IMPLEMENTATION", "STLS", "AUTH-RESP-CODE", "UTF8", "LANG"),
}
TLS_ONLY = {"STLS"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("capa")


@pytest.fixture(scope="module")
def server(folders: Path) -> Iterator[Serving]:
    (folders / "tokens").write_text("good-token ann\n")
    words = ("--tls-self-signed", "--ca-out", str(folders / "ca.pem"), "--login-delay", "0")
    tokens = ("--tokens", str(folders / "tokens"), "--limit-bad-before", "0")
    drop = folder(folders / "drop")
    with serving(drop, *USER, *words, *tokens, "--utf8", "--limit-bad-logins", "0") as running:
        yield running


@pytest.fixture(scope="module")
def ca(folders: Path) -> Path:
    return folders / "ca.pem"


def log_in(client: Client) -> None:
    client.ask("USER ann")
    assert client.ask("PASS secret").startswith("+OK")


def in_each_state(server: Serving, ca: Path) -> Iterator[tuple[str, Client, list[str]]]:
    """In clear and under TLS, before and after login."""
    for tls in (False, True):
        client = server.client()
        if tls:
            start_tls(client, ca)
        yield "before", client, capa(client)
        log_in(client)
        yield "after", client, capa(client)
        client.ask("QUIT")


def test_p157_to_p159_p173_the_lists_are_well_formed(server: Serving, ca: Path) -> None:
    for _, _, found in in_each_state(server, ca):
        names = [line.split()[0] for line in found]
        assert len(names) == len(set(names))
        assert set(names) <= REGISTERED
        for line in found:
            assert re.fullmatch(r"[!-~]+( [!-~]+)*", line)
            assert len(line) + 2 <= 512
            assert "." not in line.split()[0]


def test_p160_p161_after_login_nothing_is_gone_but_stls(server: Serving, ca: Path) -> None:
    states = list(in_each_state(server, ca))
    for (_, _, before), (_, _, after) in zip(states[::2], states[1::2], strict=True):
        assert tags(before) <= tags(after) | TLS_ONLY
        assert set(before) - {"STLS"} == set(after)
        assert "SASL" in tags(after)


def test_p172_stls_is_listed_where_it_works(server: Serving, ca: Path) -> None:
    assert [("STLS" in tags(found)) for _, _, found in in_each_state(server, ca)] == [
        True,
        False,
        False,
        False,
    ]
    for _, client, found in in_each_state(server, ca):
        if "STLS" not in tags(found):
            assert client.ask("STLS").startswith("-ERR")


def test_p162_p163_p166_what_is_listed_works(server: Serving, ca: Path) -> None:
    for state, client, found in in_each_state(server, ca):
        assert {"TOP", "UIDL", "UTF8", "LANG", "PIPELINING", "RESP-CODES"} <= tags(found)
        assert client.body("LANG").endswith(b".\r\n")
        if state == "before":
            assert client.ask("UTF8").startswith("+OK")
        else:
            assert client.body("TOP 1 0").startswith(b"Subject: one\r\n")
            assert client.body("UIDL").startswith(b"1 ")


def test_p165_every_mechanism_listed_is_taken(server: Serving, ca: Path) -> None:
    for tls in ("", "1.2", "1.3"):
        client = server.client()
        if tls:
            start_tls(client, ca, tls)
        [line] = [line for line in capa(client) if line.startswith("SASL ")]
        assert ("SCRAM-SHA-256-PLUS" in line, "OAUTHBEARER" in line) == (tls == "1.2", tls != "")
        for mechanism in line.split()[1:]:
            assert client.ask(f"AUTH {mechanism}").startswith("+ "), mechanism
            assert client.ask("*").startswith("-ERR"), mechanism


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "SCRAM-SHA-256-PLUS", "EXTERNAL", "NTLM"])
def test_p166_no_mechanism_works_unlisted(server: Serving, mechanism: str) -> None:
    client = server.client()
    assert mechanism not in " ".join(capa(client)).split()
    assert client.ask(f"AUTH {mechanism}").startswith("-ERR")


def test_p164_user_is_not_listed_where_no_password_can_be_checked(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("good-token ann\n")
    with serving("gen:1", "--tokens", tmp_path / "tokens") as server:
        client = server.client()
        assert "USER" not in tags(capa(client))
        assert client.ask("USER ann").startswith("-ERR")


def test_p167_p168_bad_credentials_have_a_code(server: Serving) -> None:
    client = server.client()
    assert {"RESP-CODES", "AUTH-RESP-CODE"} <= tags(capa(client))
    client.ask("USER ann")
    wrong = b64encode(b"\0ann\0wrong").decode()
    answers = [client.ask("PASS wrong"), client.ask(f"APOP ann {'0' * 32}")]
    answers.append(client.ask(f"AUTH PLAIN {wrong}"))
    assert {answer.partition("]")[0] for answer in answers} == {"-ERR [AUTH"}
    assert "[AUTH]" not in client.ask("STAT")
    assert "[AUTH]" not in client.ask("PASS early")


def test_p169_to_p171_the_arguments(tmp_path: Path) -> None:
    words = ("--login-delay", "900", "--implementation", "Name-1.0")
    with serving(folder(tmp_path / "drop"), *USER, *words) as server:
        client = server.client()
        before = capa(client)
        log_in(client)
        for found in (before, capa(client)):
            assert {"LOGIN-DELAY 900", "EXPIRE NEVER", "IMPLEMENTATION Name-1.0"} <= set(found)
        client.ask("QUIT")
        again = server.client()
        again.ask("USER ann")
        assert again.ask("PASS secret").startswith("-ERR [LOGIN-DELAY]")


def test_without_a_certificate_there_is_no_stls(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER) as server:
        client = server.client()
        assert "STLS" not in tags(capa(client))
        assert client.ask("STLS").startswith("-ERR")
        assert list(server.ports) == ["pop3", "pid"]
