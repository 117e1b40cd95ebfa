"""A whole session with each of the servers, and what becomes of the messages."""

from base64 import b64encode

import pytest

from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from tests.behaviours.profiles.profiled import ACCOUNTS, TOKEN, Profiled
from tests.dialogue import ONE, TWO, done, fed, sent

XOAUTH2 = b64encode(f"user=ann\1auth=Bearer {TOKEN}\1\1".encode()).decode()
KEEPS = {"gmail", "wildduck"}  # what was deleted is in the store all the same
DELETES_READ = {"mercury-nlm"}
NO_CAPA = {"exchange5x", "popa3d", "mail-box"}
NO_UIDL = {"aol-jpop"}


class Client:
    """Says a line, and has the reply. open: whether the server still listens."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.greeting = sent(done(session.greeting()))

    @property
    def open(self) -> bool:
        return not self._session.over

    def __call__(self, line: str) -> bytes:
        return sent(done(fed(self._session, f"{line}\r\n".encode())))

    def logs_in(self) -> None:
        if self("USER ann").startswith(b"+OK") and self("PASS secret").startswith(b"+OK"):
            return
        assert self("AUTH XOAUTH2") in {b"+ \r\n", b"+\r\n"}
        assert self(XOAUTH2).startswith(b"+OK")


def is_list(reply: bytes, lines: int) -> bool:
    return (
        reply.startswith(b"+OK")
        and reply.endswith(b"\r\n.\r\n")
        and lines + 2 == reply.count(b"\r\n")
    )


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_a_whole_session(name: str) -> None:
    server = Profiled(name)
    client = Client(server.session())
    assert client.greeting.startswith(b"+OK")
    assert client.greeting.endswith(b"\r\n")
    assert client("CAPA").startswith(b"-ERR" if name in NO_CAPA else b"+OK")
    client.logs_in()
    assert client("STAT").startswith(b"+OK 2 ")
    assert is_list(client("LIST"), 2)
    assert client("UIDL").startswith(b"-ERR") if name in NO_UIDL else is_list(client("UIDL"), 2)
    assert ONE in client("RETR 1")
    assert TWO.replace(b"\n.", b"\n..")[1:] in client("RETR 2")
    assert server.read == ["1", "2"]
    assert b"hello" not in client("TOP 1 0") or name == "stalwart"
    assert client("NOOP").startswith(b"+OK")
    assert client("DELE 1").startswith(b"+OK")
    assert client("RETR 1").startswith(b"-ERR")
    assert server.deleted == []
    assert client("QUIT").startswith(b"+OK")
    assert not client.open
    gone = [] if name in KEEPS else ["1", "2"] if name in DELETES_READ else ["1"]
    assert sorted(server.deleted) == gone
    assert server.left == [uid for uid in ("1", "2") if uid not in gone]


@pytest.mark.parametrize("name", sorted(set(PROFILES) - NO_UIDL))
def test_unique_ids_are_the_same_in_the_next_session(name: str) -> None:
    server = Profiled(name, *(["login-delay seconds=0"] if name == "hotmail-legacy" else []))
    lists = []
    for _ in range(2):
        client = Client(server.session())
        client.logs_in()
        lists.append(client("UIDL"))
        client("QUIT")
    assert lists[0] == lists[1]
    assert is_list(lists[0], 2)


@pytest.mark.parametrize("name", sorted(set(PROFILES) - NO_CAPA - {"o2pl"}))
def test_what_capa_lists_has_no_field_left_in_it(name: str) -> None:
    client = Client(Profiled(name).session())
    before = client("CAPA")
    client.logs_in()
    after = client("CAPA")
    for listed in before, after:
        lines = listed.split(b"\r\n")[1:-2]
        assert lines
        assert all(line and b"{" not in line for line in lines)
        assert sum(line.startswith(b"SASL") for line in lines) <= 1
    assert b"STLS" not in after


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_auth_takes_no_mechanism_that_capa_does_not_list(name: str) -> None:
    client = Client(Profiled(name).session())
    listed = client("CAPA")
    known = {mechanism.name for mechanism in ACCOUNTS.mechanisms(Channel())} | {"NTLM"}
    names = next((line.split() for line in listed.split(b"\r\n") if line[:4] == b"SASL"), [])
    for mechanism in known.difference(name.decode() for name in names):
        told_without_capa = name == "exchange5x" and mechanism == "NTLM"
        assert client(f"AUTH {mechanism}").startswith(b"+" if told_without_capa else b"-ERR")


def test_dovecot_and_uw_list_their_mechanisms_at_auth() -> None:
    listed = {"dovecot": b"PLAIN", "uw-ipop3d": b"LOGIN\r\nPLAIN"}
    for name, names in listed.items():
        assert Client(Profiled(name).session())("AUTH") == b"+OK\r\n" + names + b"\r\n.\r\n"


def test_the_window_of_gmail_moves_on_to_what_was_never_fetched() -> None:
    server = Profiled("gmail")
    for _ in range(300):
        server.store.add("ann", ONE)
    counts = []
    for _ in range(3):
        client = Client(server.session())
        client.logs_in()
        counts.append(client("LIST").count(b"\r\n") - 2)
        for number in range(1, counts[-1] + 1):
            assert client(f"RETR {number}").startswith(b"+OK")
        client("QUIT")
    assert counts == [265, 302 - 265, 0]


def test_capa_after_login_ends_a_session_of_o2pl() -> None:
    client = Client(Profiled("o2pl").session())
    client.logs_in()
    assert client("CAPA") == b""
    assert not client.open
