"""Options that can not be: each is one clear sentence, when the server is made."""

import dataclasses
from typing import Any

import pytest

from pop3lab import Limits, Message, Pop3Server
from pop3lab.core.errors import ConfigError
from pop3lab.testing.options import Options

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"quirks": "no-top"}, r"quirks='no-top': write a list, as in quirks=\['no-top'\]"),
    ({"quirks": 3}, "quirks=3: write a list"),
    ({"quirks": [3]}, "quirks: 3 is not a text"),
    ({"auth": "PASS"}, r"auth='PASS': write a list, as in auth=\['PASS'\]"),
    ({"profile": 3}, "profile=3: write the name of one"),
    ({"idle": "1"}, "idle='1': write a number, 0 or more"),
    ({"idle": -1}, "idle=-1: write a number, 0 or more"),
    ({"idle": float("nan")}, "idle=nan: write a number"),
    ({"idle": True}, "idle=True: write a number"),
    ({"login_delay": -1}, "login_delay=-1: write a whole number, 0 or more"),
    ({"login_delay": 1.5}, "login_delay=1.5: write a whole number"),
    ({"timeout": None}, "timeout=None: write a number"),
    ({"timeout": -0.1}, "timeout=-0.1: write a number"),
    ({"seed": "1"}, "seed='1': write a whole number"),
    ({"port": 70_000}, "port=70000: write a whole number, 0 to 65535"),
    ({"port": "pop3"}, "port='pop3': write a whole number"),
    ({"host": "pop.local"}, "'pop.local' is not an address: write 127"),
    ({"host": None}, "host=None is not an address"),
    ({"users": ["ann"]}, r"users=\['ann'\]: write passwords by name"),
    ({"users": {"": "a"}}, "users: '' is not a name"),
    ({"users": {"a\nb": "a"}}, r"users: 'a\\nb' is not a name"),
    ({"users": {7: "a"}}, "users: 7 is not a name"),
    ({"users": {"\udc80": "a"}}, "is not a name"),
    ({"users": {"ann": 7}}, "users: the password of ann is not a text"),
    ({"users": {"ann": "\ud800"}}, "users: the password of ann is not a text"),
    (
        {"tokens": {"some-token": "usr"}},
        "tokens for 'usr', who is not in users=, did you mean 'user'",
    ),
    ({"tokens": {"\ud800": "user"}}, "write users by token"),
    ({"tokens": ["some-token"]}, "write users by token"),
    ({"limits": 3}, r"limits=3: write Limits\(\.\.\.\)"),
    ({"limits": Limits(idle="1")}, "limits: idle='1': write a number"),  # type: ignore[arg-type]
    ({"limits": Limits(bad_before=1.5)}, "limits: bad_before=1.5: write a whole"),  # type: ignore[arg-type]
    ({"limits": Limits(line=-1)}, "limits: line=-1: write a whole number"),
    ({"limits": Limits(line=0)}, "limits: line=0: write a number from 47 to 2147483648"),
    ({"limits": Limits(busy_step=0)}, "limits: busy_step=0: write a number from 0.001 to 60"),
    ({"limits": Limits(idle=0)}, "limits: idle=0: write a number from 0.05 to 1000000000"),
    ({"limits": Limits(busy=float("inf"))}, "limits: busy=inf: write a number from 0 to"),
    ({"limits": Limits(login=0.001)}, "login=0.001: write a number from 0.05 .* or 0 for no limit"),
    ({"idle": 0}, "idle=0: write a number from 0.05"),
    ({"idle": 10**400}, "write a number from 0.05"),
    ({"messages": ["\ud800"]}, "a message has a character that can't be sent"),
    ({"messages": [Message("a", uid="\ud800")]}, "is not a unique-id"),
    ({"messages": [Message("a", uid=1)]}, "1 is not a unique-id"),  # type: ignore[arg-type]
    ({"rules": "no-top"}, r"rules='no-top': write a list, as in rules=\['no-top'\]"),
    ({"rules": 3}, "rules=3: write a list of rules"),
    ({"rules": [3]}, "rules: 3 is neither a rule nor the text of one"),
    ({"rules": ["RETR 2 -> explode"]}, "explode"),
    ({"cert": "a.pem"}, "cert= and key= go together: write both, or neither"),
    ({"cert": "a.pem", "key": "a.pem"}, "cert= without TLS: write tls='implicit' or"),
    ({"client_ca": "a.pem"}, "client_ca= without TLS: write tls='implicit' or"),
    ({"tls": "implicit", "cert": "none.pem", "key": "none.pem"}, "none.pem"),
    ({"tls": "implicit", "client_ca": "none.pem"}, "none.pem"),
    ({"anonymous": ""}, "anonymous='': write a printable text"),
    ({"anonymous": 3}, "anonymous=3: write a printable text"),
    ({"anonymous": "user"}, "ANONYMOUS must not get the maildrop of user"),
    ({"implementation": "a\nb"}, r"implementation='a\\nb': write a printable text"),
    ({"messages": -1}, "messages=-1: must be a whole number"),
]


@pytest.mark.parametrize(("options", "said"), REFUSED)
def test_refused_at_once(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Pop3Server(**options)


@pytest.mark.parametrize("messages", [None, 1.5, True, {"user": None}, [["one"]]])
def test_what_is_no_message(messages: Any) -> None:
    with pytest.raises(TypeError, match=r"messages= is a list of messages|a message is bytes, str"):
        Pop3Server(messages)


def test_numbers_at_their_limits() -> None:
    Pop3Server(idle=0.05, login_delay=0, timeout=0, seed=0, port=65_535, limits=Limits())
    Pop3Server(timeout=float("inf"), idle=1, limits=dataclasses.replace(Limits(), idle=1))
    Pop3Server(users={"ann b": ""}, tokens={"some-token": "ann b"}, auth=iter(["XOAUTH2"]))  # type: ignore[arg-type]


def test_rules_are_parsed_once_for_all_starts() -> None:
    options = Options(rules=["RETR -> reset"], quirks=["rset-one"], profile="gmail", seed=1)
    first, second = options.make_rules(), options.make_rules()
    assert len(first.active) > 2
    assert [id(a.rule) for a in first.active] == [id(a.rule) for a in second.active]
    assert not set(map(id, first.active)) & set(map(id, second.active))
