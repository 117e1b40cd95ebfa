"""Tokens that expire, are revoked or change while the server runs and sessions are open."""

from base64 import b64encode

import pytest

from pop3lab import Pop3Server
from pop3lab.core.errors import ConfigError
from tests.served import Client
from tests.wording import NO_MECHANISM

USERS = {"ann": "secret", "team": "word"}


def log_in(server: Pop3Server, token: str, user: str = "ann") -> tuple[Client, str]:
    client = Client(server.port)
    response = b64encode(f"user={user}\1auth=Bearer {token}\1\1".encode()).decode()
    answer = client.ask(f"AUTH XOAUTH2 {response}")
    return client, client.ask("") if answer.startswith("+ ") else answer


def opens(server: Pop3Server, token: str, user: str = "ann") -> bool:
    client, answer = log_in(server, token, user)
    client.close()
    assert answer.startswith(("+OK", "-ERR [AUTH]")), answer
    return answer.startswith("+OK")


def test_a_client_refreshes_its_token() -> None:
    with Pop3Server(["a"], users=USERS, tokens={"t0ken-1": "ann"}) as server:
        first, answer = log_in(server, "t0ken-1")
        assert answer.startswith("+OK")
        server.set_tokens({"t0ken-2": "ann", "t0ken-3": ["team", "ann"]})
        assert first.ask("STAT").startswith("+OK 1 ")  # its session goes on
        first.ask("QUIT")
        first.close()
        assert not opens(server, "t0ken-1")
        assert opens(server, "t0ken-2")
        assert not opens(server, "t0ken-2", "team")
        assert opens(server, "t0ken-3", "team")
        server.reset()
        assert opens(server, "t0ken-1")
        assert not opens(server, "t0ken-2")


def test_tokens_of_all_times_are_secrets() -> None:
    with Pop3Server(["a"], users=USERS, tokens={"t0ken-1": "ann"}) as server:
        client = Client(server.port)
        client.ask("NOOP t0ken-1")
        server.set_tokens({"t0ken-2": "ann"})
        client.ask("NOOP t0ken-1")
        client.ask("NOOP t0ken-2")
        client.ask("QUIT")
        client.close()
        server.wait_session()
        assert str(server.transcript).count("C: NOOP ****") == 3
        assert "t0ken" not in str(server.transcript)
        assert "t0ken" not in repr(server.sessions)


def test_where_all_are_revoked_they_are_refused() -> None:
    with Pop3Server(["a"], users=USERS, tokens={"t0ken-1": "ann"}) as server:
        server.set_tokens({})
        assert not opens(server, "t0ken-1")
    with Pop3Server(["a"], users=USERS, tokens={}) as server:
        assert not opens(server, "t0ken-1")
    with Pop3Server(["a"], users=USERS) as server:
        client, answer = log_in(server, "t0ken-1")
        client.close()
        assert answer == NO_MECHANISM


def test_tokens_for_nobody_change_nothing() -> None:
    with Pop3Server(["a"], users=USERS, tokens={"t0ken-1": "ann"}) as server:
        with pytest.raises(ConfigError, match="tokens for 'tem', who is not in users="):
            server.set_tokens({"t0ken-1": "tem"})
        assert opens(server, "t0ken-1")
