"""What each known server lists is what its rows say, and nothing is refused for want of UTF8."""

import re
from base64 import b64encode
from collections.abc import Iterable

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.core.actions import StartTLS
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from tests.behaviours.profiles.profiled import ACCOUNTS, TOKEN, Profiled
from tests.dialogue import done, fed, memory, sent

WITHOUT_CAPA = {"exchange5x", "popa3d", "mail-box"}
ASK_FOR_UTF8 = {"courier", "stalwart"}
OURS = {"by-the-book"}

HEADER = "Subject: gr\u00fc\u00df\r\n\r\nhallo\r\n".encode()
NO_UTF8 = HEADER.replace("\u00fc\u00df".encode(), b"\xfc\xff\xdf\xff")  # as long, for any client

every_profile = pytest.mark.parametrize("name", sorted(PROFILES))
every_known_server = pytest.mark.parametrize("name", sorted(PROFILES.keys() - OURS))
whatever_is_offered = pytest.mark.parametrize("utf8", [False, True], ids=["off", "on"])


def rows(name: str, state: str) -> list[str] | None:
    """The list that the profile's rows give for this state, if they give one."""
    found: list[str] | None = None
    hidden: set[str] = set()
    for rule in PROFILES[name].rules:
        effect = parse_rule(rule.rule).effect
        if rule.in_force and effect.behaviour.name == "capa-lines":
            where = effect.values["state"]
            found = list(effect.values["lines"]) if where in ("any", state) else found
        if rule.in_force and effect.behaviour.name == "capa-understates":
            hidden |= set(effect.values["words"])
    return found and [line for line in found if line.split()[0] not in hidden]


def expected(name: str, state: str, channel: Channel) -> list[str] | None:
    """The same with what stands for something of this server filled in."""
    mechanisms = " ".join(["SASL", *(one.name for one in ACCOUNTS.mechanisms(channel))])
    stls = ["STLS"] if state == "before" else []
    meant = {"{stls}": stls, "{sasl}": [mechanisms]}
    lines = rows(name, state)
    return lines and [each for line in lines for each in meant.get(line, [line])]


def opened(name: str, message: bytes = HEADER, *, utf8: bool = False, tls: bool = False) -> Session:
    server = Profiled(name)
    server.store = memory(message)
    server.capabilities = ServerCapabilities(tls=True, utf8=utf8)
    session = server.session()
    done(session.greeting())
    if tls:
        actions = done(fed(session, b"STLS\r\n"))
        assert any(isinstance(action, StartTLS) for action in actions)
        session.tls_established(Channel(secure=True, version="TLSv1.3"))
    return session


def said(session: Session, *lines: str) -> bytes:
    return b"".join(sent(done(fed(session, f"{line}\r\n".encode()))) for line in lines)


def listed(session: Session) -> list[str] | None:
    status, *lines = said(session, "CAPA").decode().split("\r\n")
    return lines[: lines.index(".")] if status.startswith("+OK") else None


def log_in(session: Session) -> None:
    if b"+OK" in said(session, "USER ann", "PASS secret").splitlines()[-1]:
        return
    token = f"user=ann\1auth=Bearer {TOKEN}\1\1".encode()
    assert said(session, "AUTH XOAUTH2").startswith(b"+")
    assert said(session, b64encode(token).decode()).startswith(b"+OK")


def words(lines: Iterable[str]) -> set[str]:
    return {line.split()[0] for line in lines}


@every_profile
def test_the_list_is_its_own(name: str) -> None:
    lists = [rows(name, state) for state in ("before", "tls", "after")]
    assert any(lists) is (name not in WITHOUT_CAPA | OURS)
    assert any("UTF8" in words(found or ()) for found in lists) is (name in ASK_FOR_UTF8)


@whatever_is_offered
@every_known_server
def test_what_is_listed_is_what_its_rows_say(name: str, utf8: bool) -> None:
    session = opened(name, utf8=utf8)
    assert listed(session) == expected(name, "before", session.channel)
    log_in(session)
    after = None if name == "o2pl" else expected(name, "after", session.channel)  # which closes
    assert listed(session) == after


@pytest.mark.parametrize("name", sorted(n for n in PROFILES if "{stls}" in (rows(n, "tls") or ())))
def test_what_is_listed_under_tls_is_what_its_rows_say(name: str) -> None:
    session = opened(name, tls=True)
    assert listed(session) == expected(name, "tls", session.channel)


@pytest.mark.parametrize("asked", [False, True], ids=["not-asked", "asked"])
@pytest.mark.parametrize(
    ("name", "utf8"),
    [(name, False) for name in sorted(PROFILES.keys() - ASK_FOR_UTF8)]
    + [(name, True) for name in sorted(PROFILES.keys() - ASK_FOR_UTF8 - OURS)],
)
def test_p094_headers_in_utf8_pass_where_utf8_is_not_listed(
    name: str, utf8: bool, asked: bool
) -> None:
    got = []
    for message in (HEADER, NO_UTF8):
        session = opened(name, message, utf8=utf8)
        assert "UTF8" not in words(listed(session) or () if asked else ())
        log_in(session)
        got.append(said(session, "RETR 1", "TOP 1 0"))
    assert len(re.findall(rb"Subject: gr\xc3\xbc\xc3\x9f\r\n", got[0])) == 2
    assert got[0].replace("\u00fc\u00df".encode(), b"\xfc\xff\xdf\xff") == got[1]


@pytest.mark.parametrize(
    ("name", "instead"),
    [("courier", b"a message that needs UTF8\r\n"), ("stalwart", b"-ERR [UTF8]")],
)
def test_p252_what_lists_utf8_waits_for_it(name: str, instead: bytes) -> None:
    session = opened(name)
    assert "UTF8" in words(listed(session) or ())
    log_in(session)
    assert instead in said(session, "RETR 1")
    session = opened(name)
    assert said(session, "UTF8").startswith(b"+OK")
    log_in(session)
    assert said(session, "RETR 1").endswith(b"\r\n" + HEADER + b".\r\n")
