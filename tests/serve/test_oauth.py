"""OAuth as it is deployed: shared mailboxes, tokens that change, and ports without TLS."""

import signal
from base64 import b64encode
from pathlib import Path

import pytest

from tests.served import Client

from .process import Serving, run, serving


def xoauth2(token: str, user: str) -> str:
    return "AUTH XOAUTH2 " + b64encode(f"user={user}\1auth=Bearer {token}\1\1".encode()).decode()


def opens(server: Serving, line: str) -> bool:
    """Whether this logs in."""
    client = server.client()
    answer = client.ask(line)
    if answer.startswith("+ "):
        answer = client.ask("")
    client.close()
    assert answer.startswith(("+OK", "-ERR [AUTH]")), answer
    return answer.startswith("+OK")


def sasl(client: Client) -> str:
    lines = client.body("CAPA").decode().splitlines()
    return next((line for line in lines if line.startswith("SASL")), "")


def test_a_token_of_the_file_opens_several_maildrops_until_sighup_says_otherwise(
    tmp_path: Path,
) -> None:
    tokens, transcript = tmp_path / "tokens", tmp_path / "transcript"
    tokens.write_text("t0ken-1 ann,team\nt0ken-2 bob\nt0ken-4 carl\n")
    words = ("--tokens", tokens, "--allow-oauth-in-clear", "--transcript", transcript)
    with serving("gen:1?messages=1", "--user", "ann:secret", *words) as server:
        assert opens(server, xoauth2("t0ken-1", "ann"))
        assert opens(server, xoauth2("t0ken-1", "team"))
        assert not opens(server, xoauth2("t0ken-1", "bob"))
        assert opens(server, xoauth2("t0ken-2", "bob"))
        before = server.client()
        assert before.ask(xoauth2("t0ken-4", "carl")).startswith("+OK")
        tokens.write_text("t0ken-1 ann,bob\nt0ken-2 bob expired\nt0ken-3 team\n")
        server.signal(signal.SIGHUP, " reloaded ")
        assert not opens(server, xoauth2("t0ken-1", "team"))
        assert opens(server, xoauth2("t0ken-1", "bob"))
        assert not opens(server, xoauth2("t0ken-2", "bob"))
        assert opens(server, xoauth2("t0ken-3", "team"))
        assert before.ask("STAT").startswith("+OK 1 ")  # its session goes on
        before.ask("QUIT")
        assert not opens(server, xoauth2("t0ken-4", "carl"))
        client = server.client()
        client.ask("NOOP t0ken-3")  # which it knows only now
        client.ask("NOOP t0ken-4")  # which it knew
        client.ask("QUIT")
        server.stop()
    said = transcript.read_text()
    assert "t0ken" not in said
    assert "logged in: team by XOAUTH2" in said
    assert said.count("C: NOOP ****") == 2


def test_authzid_says_who_may_act_for_whom(tmp_path: Path) -> None:
    users = ("--user", "ann:secret", "--user", "bob:word")
    with serving("gen:1?messages=1", *users, "--authzid", "ann:desk", "--authzid", "bob:ann") as it:
        for response, right in [
            ("desk\0ann\0secret", True),
            ("ann\0bob\0word", True),
            ("bob\0ann\0secret", False),
            ("desk\0bob\0word", False),
        ]:
            line = "AUTH PLAIN " + b64encode(response.encode()).decode()
            assert opens(it, line) is right
    config = tmp_path / "serve.toml"
    config.write_text("authzid = ['ann:desk']\n")
    with serving("gen:1?messages=1", *users, "--config", config) as it:
        assert opens(it, "AUTH PLAIN " + b64encode(b"desk\0ann\0secret").decode())


@pytest.mark.parametrize("text", ["ann", "ann:", ":desk", ""])
def test_an_authzid_is_two_names(text: str) -> None:
    result = run("serve", "gen:1", "--user", "ann:secret", "--authzid", text)
    assert (result.returncode, result.stdout) == (2, "")
    assert "give NAME:USER, who may act, and for whom" in result.stderr


def test_an_authzid_of_nobody_is_told() -> None:
    with serving("gen:1", "--user", "ann:secret", "--authzid", "anna:desk") as server:
        assert "authzid anna:desk: nobody of the name 'anna' can log in" in server.log


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "offers XOAUTH2 and OAUTHBEARER not at all, as there is no TLS"),
        (("--tls-self-signed",), "offers XOAUTH2 and OAUTHBEARER only after STLS"),
        (("--allow-oauth-in-clear",), ""),
        (("--tls-self-signed", "--port", "off", "--tls-port", "0"), ""),
    ],
)
def test_p245_why_a_port_without_tls_has_no_oauth_is_told(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    (tmp_path / "tokens").write_text("t0ken ann\n")
    options = ["--user", "ann:secret", "--tokens", str(tmp_path / "tokens"), *words]
    with serving("gen:1", *options) as server:
        if "off" not in words:
            assert ("XOAUTH2" in sasl(server.client())) is not bool(told)
        assert told in server.log
        assert ("--allow-oauth-in-clear" in server.log) is bool(told)
    looked = run("doctor", "gen:1", *options)
    assert told in looked.stdout
    assert looked.returncode == 0


def test_allowed_without_tokens_it_is_for_nothing() -> None:
    result = run("serve", "gen:1", "--user", "ann:secret", "--allow-oauth-in-clear")
    assert result.returncode == 2
    assert "allow-oauth-in-clear needs --tokens FILE or --oauth-keys" in result.stderr
