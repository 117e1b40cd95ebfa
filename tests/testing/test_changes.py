"""Users, tokens, messages and rules that change while the server runs."""

import poplib
from base64 import b64encode
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from pop3lab import Message, Pop3Server, generate
from pop3lab.core.errors import ConfigError
from tests.testing.clients import SECONDS, connected, fetch


def logs_in(server: Pop3Server, user: str, password: str) -> bool:
    client = connected(server)
    client.user(user)
    try:
        client.pass_(password)
    except poplib.error_proto:
        return False
    finally:
        client.quit()
    return True


def test_users_come_and_change_their_passwords() -> None:
    with Pop3Server() as server:
        server.add_user("ann", "secret")
        server.add("one", user="ann")
        assert logs_in(server, "ann", "secret")
        assert server.wait_session().user == "ann"
        server.set_password("ann", "other")
        assert not logs_in(server, "ann", "secret")
        assert logs_in(server, "ann", "other")
        server.set_password("user", "new")
        assert (server.user, server.password) == ("user", "new")
        assert logs_in(server, "user", "new")
        server.reset()
        assert server.password == "password"
        assert not logs_in(server, "ann", "other")
        server.add_user("ann", "again")
        assert [message.user for message in server.messages] == []


def test_changes_outlast_a_stop() -> None:
    server = Pop3Server().start()
    server.add_user("ann", "secret")
    server.stop()
    with server:
        assert logs_in(server, "ann", "secret")


def xoauth2(server: Pop3Server, token: str) -> bytes:
    client = connected(server)
    client._putcmd("AUTH XOAUTH2")  # type: ignore[attr-defined]
    client._getresp()  # type: ignore[attr-defined]
    octets = f"user=user\1auth=Bearer {token}\1\1".encode()
    client._putcmd(b64encode(octets).decode())  # type: ignore[attr-defined]
    answer: bytes = client._getline()[0]  # type: ignore[attr-defined]
    client.close()
    return answer[:3]


def test_a_token_expires_and_is_renewed() -> None:
    with Pop3Server(tokens={"t-1": "user"}) as server:
        assert xoauth2(server, "t-1") == b"+OK"
        server.expire_token("t-1")
        assert xoauth2(server, "t-1").startswith(b"+ ")
        server.add_token("t-2", "user")
        assert xoauth2(server, "t-2") == b"+OK"
        assert xoauth2(server, "t-1").startswith(b"+ ")
        server.add_token("t-1", ["user"])
        assert xoauth2(server, "t-1") == b"+OK"
        assert "t-1" not in str(server.transcript)


def test_several_messages_at_once() -> None:
    with Pop3Server() as server:
        assert server.add(["one", b"two", Message("three", uid="A-3")]) == ["1", "2", "A-3"]
        assert len(server.add(generate(2))) == 2
        assert fetch(server)[:2] == [b"one\r\n", b"two\r\n"]
        with pytest.raises(ConfigError, match="uid= is for one message"):
            server.add(["one"], uid="A-1")  # type: ignore[call-overload]


def test_all_messages_of_one_or_of_all_users_go() -> None:
    with Pop3Server({"ann": 2, "bob": 1}, users={"ann": "a", "bob": "b"}) as server:
        server.clear("ann")
        assert [message.user for message in server.messages] == ["bob"]
        server.clear()
        assert server.messages == []
        server.reset()
        assert len(server.messages) == 3


def test_a_message_as_the_standard_library_has_it() -> None:
    with Pop3Server(["Subject: =?utf-8?q?caf=C3=A9?=\n\nhello\n"]) as server:
        parsed = server.messages[0].parsed
    assert isinstance(parsed, EmailMessage)
    assert (parsed["Subject"], parsed.get_content()) == ("caf\u00e9", "hello\r\n")


def test_a_rule_for_a_while() -> None:
    with Pop3Server(["one"]) as server:
        with server.when("STAT").do("stat-extra") as rule:
            fetch(server)
            assert rule.hits == 1
            assert server.rules.active == [rule]
        assert server.rules.active == []
        with server.when("RETR", 9).do("reset"):
            pass
        with pytest.raises(AssertionError, match="this fault never happened: RETR 9 -> reset"):
            server.verify()


def test_a_rule_of_the_start_can_be_removed_too() -> None:
    with Pop3Server(rules=["PASS -> reply -ERR"]) as server:
        assert not logs_in(server, "user", "password")
        server.rules.active[0].remove()
        assert server.rules.active == []
        assert logs_in(server, "user", "password")


def test_a_removed_rule_is_reported_after_a_reset_too() -> None:
    with Pop3Server(["one"]) as server:
        server.remove_rule(server.add_rule("RETR 9 -> reset"))
        server.reset()
        with pytest.raises(AssertionError, match="this fault never happened: RETR 9 -> reset"):
            server.verify()
        server.verify()


def test_a_user_goes_and_comes_back() -> None:
    with Pop3Server({"user": 1, "ann": 2}, users={"user": "x", "ann": "y"}) as server:
        server.remove_user("user")
        assert not logs_in(server, "user", "x")
        assert (server.user, server.password) == ("ann", "y")
        assert logs_in(server, "ann", "y")
        server.add_user("user", "z")
        assert logs_in(server, "user", "z")
        assert [message.user for message in server.messages] == ["user", "ann", "ann"]
        server.remove_user("ann")
        server.reset()
        assert logs_in(server, "ann", "y")


def test_nobody_can_be_changed_where_everybody_gets_in() -> None:
    server = Pop3Server(any_user=True)
    calls: list[Callable[[], None]] = [
        lambda: server.add_user("ann", "x"),
        lambda: server.set_password("ann", "x"),
        lambda: server.remove_user("ann"),
        lambda: server.add_token("t-1", "ann"),
        lambda: server.expire_token("t-1"),
    ]
    for call in calls:
        with pytest.raises(ConfigError, match="any_user= lets everybody in: there are no acc"):
            call()


def test_each_name_has_a_maildrop_of_its_own() -> None:
    with Pop3Server({"ann": 1}, any_user=True) as server:
        for user in ("ann", "bob", "bob"):
            assert logs_in(server, user, "anything")
        server.add("one", user="zoe")
        assert [message.user for message in server.messages] == ["ann", "zoe"]
        for number, user, messages in ((1, "ann", 1), (2, "bob", 0), (3, "bob", 0)):
            session = server.wait_session(nth=number)
            assert (session.user, session.end_reason) == (user, "quit")
            assert f"(logged in: {user} by PASS, {messages} message" in session.transcript


WRONG: list[tuple[Callable[[Any], object], str]] = [
    (lambda server: type(server)(utf8="yes"), "utf8='yes': write True or False"),
    (lambda server: type(server)(client_ca=5, tls="implicit"), "client_ca=5: write the path of a"),
    (lambda server: type(server)(any_user=1), "any_user=1: write True or False"),
    (
        lambda server: type(server)(any_user=True, host="0.0.0.0"),
        "any_user= lets everybody in: listen on 127.0.0.1, not on 0.0.0.0",
    ),
    (
        lambda server: type(server)(any_user=True, auth=["PLAIN"]),
        "any_user= lets everybody in by a password: leave out auth=",
    ),
    (
        lambda server: type(server)(any_user=True, users={"ann": "x"}),
        "any_user= lets everybody in by a password: leave out users=",
    ),
    (lambda server: server.add_user("user", "x"), "there is a user 'user' already"),
    (lambda server: server.remove_user("usr"), "no user 'usr', did you mean 'user'?"),
    (lambda server: server.remove_user(None), "there is no user None"),
    (lambda server: server.add_token("t", [5]), "there is no user 5"),
    (lambda server: server.remove_user("user"), "users= is empty: nobody could log in"),
    (lambda server: server.add_user(5, "x"), "5 is not a name"),
    (lambda server: server.set_password("usr", "x"), "no user 'usr', did you mean 'user'?"),
    (lambda server: server.set_password("user", 5), "is not a text that can be sent"),
    (lambda server: server.add_token("t", "ann"), "there is no user 'ann'"),
    (lambda server: server.add_token(5, "user"), "write users by token"),
    (lambda server: server.expire_token("t"), "there is no such token"),
    (lambda server: server.clear("ann"), "unknown user 'ann'; the users are user"),
    (lambda server: server.when(5), "when(5): write a verb"),
    (lambda server: server.when("RETR", 1.5), "when('RETR', 1.5): write a number"),
    (lambda server: server.add_rule(5), "5 is neither a rule nor the text of one"),
    (lambda server: server.remove_rule("x"), "'x' is no rule in force"),
    (lambda server: server.wait_session(timeout="x"), "timeout='x': write a number"),
    (lambda server: server.wait_session(nth="x"), "nth='x': the first session is 1"),
    (lambda server: server.expect([5]), "expect([5]): write a list of commands"),
    (lambda server: server.assert_no_connections("x"), "for_='x': write a number"),
]


@pytest.mark.parametrize(("call", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_value_is_told_in_one_sentence(call: Callable[[Any], object], said: str) -> None:
    with Pop3Server() as server, pytest.raises(ConfigError) as caught:
        call(server)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("idle", "idle can't be assigned: write Pop3Server(idle=...)"),
        ("messages", "messages can't be assigned: write server.add(...), remove(...) or clear()"),
        ("port", "port can't be assigned: write Pop3Server(port=...)"),
        ("password", "password can't be assigned: write server.set_password(...)"),
        ("sessions", "sessions can't be assigned: it tells what the server has"),
    ],
)
def test_an_option_is_not_assigned_in_vain(name: str, said: str) -> None:
    with pytest.raises(AttributeError) as caught:
        setattr(Pop3Server(), name, 5)
    assert str(caught.value) == said


class Counting(Pop3Server):
    """A server of a user, with a default for an attribute."""

    fetches = 0


def test_other_attributes_are_those_of_the_user() -> None:
    counting = Counting()
    counting.fetches += 1
    assert (counting.fetches, Counting.fetches) == (1, 0)
    server = Pop3Server()
    setattr(server, "mine", SECONDS)  # noqa: B010 - type checkers know which there are
    assert vars(server)["mine"] == SECONDS
