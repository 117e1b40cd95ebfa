"""Ways to log in, and how often."""

from base64 import b64encode

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.conformance import history as past
from pop3lab.conformance.history import ClientHistory
from pop3lab.conformance.login_attempts import LoginAttempt
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.errors import StoreFailed, TooEarly
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply, listing
from pop3lab.core.request import Request
from pop3lab.core.sasl import Channel, Mechanism, SaslGenerator
from pop3lab.core.session import Session
from pop3lab.core.text import MessageText
from pop3lab.stores.memory import MemoryStore
from tests.dialogue import fed, memory

from .watched import Watched

CLEAR_TLS, CLEAR_SASL = "password-in-clear-though-tls", "password-in-clear-though-sasl"


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


PLAIN = b64("\0ann\0secret")
WRONG = b64("\0ann\0wrong")


def ids(watched: Watched, *lines: str, secure: bool = False) -> list[str]:
    """What these lines of a new session break, each sent after the answer to the one before."""
    before = len(watched.found)
    session = watched.secure() if secure else watched.session()
    if not secure:
        list(session.greeting())
    ask(session, *lines)
    session.session_ended("stopped")
    return [name for name, _ in watched.found[before:]]


def ask(session: Session, *lines: str) -> None:
    for line in lines:
        list(fed(session, f"{line}\r\n".encode()))


@pytest.mark.parametrize(
    "lines",
    [
        ("USER ann", "PASS secret"),
        (f"AUTH PLAIN {PLAIN}",),
        ("AUTH PLAIN", PLAIN),
        ("AUTH LOGIN", b64("ann"), b64("secret")),
        (f"AUTH LOGIN {b64('ann')}", b64("secret")),
    ],
)
def test_a_password_in_clear(lines: tuple[str, ...]) -> None:
    tls, sasl = Watched(capabilities=ServerCapabilities(tls=True)), Watched()
    assert ids(tls, "CAPA", *lines) == [CLEAR_TLS]
    assert ids(sasl, "CAPA", *lines) == [CLEAR_SASL]
    assert ids(tls, *lines) == ids(sasl, *lines) == []  # it did not know
    assert ids(tls, "CAPA", *lines, secure=True) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("USER ann",),
        ("APOP ann 0123456789abcdef0123456789abcdef",),
        ("AUTH PLAIN", "*"),
        ("AUTH LOGIN", b64("ann"), "*"),
        ("AUTH CRAM-MD5", b64("ann 0123456789abcdef0123456789abcdef")),
        (f"AUTH SCRAM-SHA-256 {b64('n,,n=ann,r=abc')}", "*"),
    ],
)
def test_no_password_in_clear(lines: tuple[str, ...]) -> None:
    assert ids(Watched(capabilities=ServerCapabilities(tls=True)), "CAPA", *lines) == []


def test_a_token_in_clear() -> None:
    token = b64("user=ann\1auth=Bearer token\1\1")
    assert ids(Watched(), f"AUTH XOAUTH2 {token}") == ["token-in-clear"]
    assert ids(Watched(), f"AUTH XOAUTH2 {token}", secure=True) == []
    assert ids(Watched(), "AUTH XOAUTH2") == []


def test_a_mechanism_that_was_not_offered() -> None:
    assert ids(Watched(), "CAPA", "AUTH GSSAPI") == ["mechanism-not-offered"]
    assert ids(Watched(), "AUTH GSSAPI") == []  # there was no list
    assert ids(Watched(), "CAPA", "auth cram-md5", "*") == []


def test_an_initial_response_that_nobody_asked_for() -> None:
    proof = b64("ann 0123456789abcdef0123456789abcdef")
    assert ids(Watched(), f"AUTH CRAM-MD5 {proof}") == ["unasked-initial-response"]
    assert ids(Watched(), "AUTH CRAM-MD5", proof) == []


class NoStamp(Hooks):
    """A greeting without a timestamp."""

    def reply(self, request: Request, reply: Reply) -> Reply:
        return Reply(True, "hello") if request.verb == "(greeting)" else reply


def test_apop_without_a_timestamp() -> None:
    line = "APOP ann 0123456789abcdef0123456789abcdef"
    assert ids(Watched(hooks=NoStamp()), line) == ["apop-without-timestamp"]
    assert ids(Watched(), line) == []


# Again


class InUse(MemoryStore):
    """Somebody has the maildrop, or it is broken for good."""

    code = "IN-USE"

    def open(self, user: str) -> Maildrop:
        failure = StoreFailed("not now")
        failure.code = self.code
        raise failure


@pytest.mark.parametrize(
    "lines",
    [
        ("USER ann", "PASS secret"),
        (f"AUTH PLAIN {PLAIN}",),
        ("AUTH PLAIN", PLAIN),
        ("AUTH LOGIN", b64("ann"), b64("secret")),
    ],
)
def test_at_once_after_in_use(lines: tuple[str, ...]) -> None:
    watched = Watched(InUse())
    assert ids(watched, *lines) == []
    assert ids(watched, *lines) == ["at-once-after-in-use"]
    watched.now += 0.9
    assert ids(watched, *lines) == ["at-once-after-in-use"]
    watched.now += 1.1
    assert ids(watched, *lines) == []


def test_the_second_response_of_login_is_no_name() -> None:
    watched = Watched(InUse())
    assert ids(watched, "AUTH LOGIN", b64("ann"), b64("secret")) == []
    assert ids(watched, "USER ann", "PASS secret") == ["at-once-after-in-use"]


def test_what_is_not_at_once_after_in_use() -> None:
    watched = Watched(InUse())
    lines = ("USER ann", "PASS secret")
    beside = watched.session()
    list(beside.greeting())
    watched.now += 0.5
    assert ids(watched, *lines) == []
    assert ids(watched, "USER bob", "PASS secret") == []  # another user
    ask(beside, *lines)  # it was there before
    assert watched.found == []
    ask(beside, *lines)
    assert watched.found == [("at-once-after-in-use", "C: PASS ****")]
    elsewhere = watched.session(peer="192.0.2.2:1")
    list(elsewhere.greeting())
    ask(elsewhere, *lines)
    assert len(watched.found) == 1


def test_again_after_sys_perm() -> None:
    store = InUse()
    store.code = "SYS/PERM"
    watched = Watched(store)
    login = ("USER ann", "PASS secret")
    assert ids(watched, *login, "QUIT") == []
    assert ids(watched, *login) == ["again-after-sys-perm"]
    assert ids(watched, "USER bob", "PASS secret") == []
    assert ids(Watched(store), *login, *login) == ["again-after-sys-perm"]
    assert ids(Watched(store), *login, f"AUTH PLAIN {PLAIN}") == ["again-after-sys-perm"]


def test_after_sys_perm_has_been_mended_it_may_come_again() -> None:
    store = InUse()
    store.code = "SYS/PERM"
    watched = Watched(Mended(store))
    login = ("USER ann", "PASS secret")
    assert ids(watched, *login) == []
    assert ids(watched, *login, "QUIT") == ["again-after-sys-perm"]
    assert ids(watched, *login, "QUIT") == []


class Mended(MemoryStore):
    """Opened as another store is the first time, and then as it should be."""

    def __init__(self, first: MemoryStore) -> None:
        super().__init__()
        self._first: MemoryStore | None = first

    def open(self, user: str) -> Maildrop:
        first, self._first = self._first, None
        return first.open(user) if first else super().open(user)


@pytest.mark.parametrize(
    "again", [("USER ann", "PASS wrong"), ("AUTH PLAIN", WRONG)], ids=["PASS", "PLAIN"]
)
def test_again_after_auth_in_another_session(again: tuple[str, ...]) -> None:
    watched = Watched()
    beside = watched.session()
    list(beside.greeting())
    watched.now += 1.0
    assert ids(watched, *again) == []
    assert ids(watched, *again) == ["again-after-auth"]
    ask(beside, *again)  # it was there before
    elsewhere = watched.session(peer="192.0.2.2:1")
    list(elsewhere.greeting())
    ask(elsewhere, *again)
    assert len(watched.found) == 1
    assert ids(watched, "USER mrose", "PASS wrong") == []
    assert ids(watched, "USER ann", "PASS secret", "QUIT") == []
    assert ids(watched, *again) == []  # a login has worked since


def test_refusals_are_remembered_in_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "_MOST_REFUSED", 2)
    monkeypatch.setattr(past, "_MOST_USERS", 2)
    kept = ClientHistory()
    for user in ("ann", "bob", "carl"):
        for secret in (1, 2, 3):
            kept.note_refused("h", LoginAttempt(user, secret), "AUTH", 0.0)
    assert [
        (user, secret)
        for user in ("ann", "bob", "carl")
        for secret in (1, 2, 3)
        if kept.was_refused("h", LoginAttempt(user, secret), "AUTH", 0.0)
    ] == [("bob", 2), ("bob", 3), ("carl", 2), ("carl", 3)]


def test_again_after_auth() -> None:
    wrong, right = ("USER ann", "PASS wrong"), ("USER ann", "PASS secret")
    assert ids(Watched(), *wrong, *wrong) == ["again-after-auth"]
    assert ids(Watched(), f"AUTH PLAIN {WRONG}", "AUTH PLAIN", WRONG) == ["again-after-auth"]
    assert ids(Watched(), *wrong, *right) == []
    assert ids(Watched(), *wrong, f"AUTH PLAIN {WRONG}", *right) == ["again-after-auth"]


def test_a_proof_that_is_another_each_time() -> None:
    proof = ("AUTH CRAM-MD5", b64("ann 0123456789abcdef0123456789abcdef"))
    assert ids(Watched(), *proof, *proof) == []


class Capa(Hooks):
    """Lists what it is told, or says more than one thing."""

    replies = ("CAPA",)

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def reply(self, request: Request, reply: Reply) -> Reply:
        return self._reply


def test_an_answer_out_of_step_is_no_reason_to_wait() -> None:
    login = ("USER ann", "PASS secret")
    watched = Watched(InUse(), hooks=Capa(Reply(True, "one\r\n+OK two")))
    assert ids(watched, "CAPA", *login) == ids(watched, *login) == []


@pytest.mark.parametrize(("words", "again"), [(b"60", ["login-within-delay"]), (b"60 USER", [])])
def test_the_delay_of_this_user(words: bytes, again: list[str]) -> None:
    capa = Capa(listing("", MessageText(b"LOGIN-DELAY " + words + b"\r\n")))
    watched = Watched(memory(), hooks=capa)
    login = ("USER ann", "PASS secret")
    assert ids(watched, *login, "CAPA", "QUIT") == []
    assert ids(watched, *login, "QUIT") == again


@pytest.mark.parametrize(
    "lines",
    [
        ("USER ann", "PASS secret"),
        (f"AUTH PLAIN {PLAIN}",),
        ("AUTH LOGIN", b64("ann"), b64("secret")),
    ],
)
def test_within_login_delay(lines: tuple[str, ...]) -> None:
    watched = Watched(memory(), capabilities=ServerCapabilities(login_delay=60))
    assert ids(watched, *lines, "CAPA", "QUIT") == []
    watched.now += 59
    assert "login-within-delay" in ids(watched, "CAPA", *lines, "QUIT")
    watched.now += 61
    assert "login-within-delay" not in ids(watched, "CAPA", *lines, "QUIT")
    assert "login-within-delay" in ids(watched, *lines, "QUIT")


def test_a_delay_that_nobody_was_told() -> None:
    watched = Watched(memory(), capabilities=ServerCapabilities(login_delay=60))
    assert ids(watched, "USER ann", "PASS secret", "QUIT") == []
    assert ids(watched, "USER ann", "PASS secret", "QUIT") == []


class Names(Authenticator):
    """Takes part in names that mechanisms show."""

    def mechanisms(self, channel: Channel) -> list[Mechanism]:
        return [Mechanism(name, True, _busy) for name in MECHANISMS]


def _busy() -> SaslGenerator:
    yield b""
    raise TooEarly("again later")


MECHANISMS = {
    "SCRAM-SHA-256": "n,,n=ann,r=fyko",
    "SCRAM-SHA-1-PLUS": "p=tls-unique,,n=ann,r=fyko",
    "XOAUTH2": "user=ann\1auth=Bearer t\1\1",
    "OAUTHBEARER": "n,a=ann,\1host=h\1auth=Bearer t\1\1",
    "PLAIN": "ann\0ann\0secret",
    "LOGIN": "ann",
    "CRAM-MD5": "ann 0123456789abcdef0123456789abcdef",
}


@pytest.mark.parametrize("name", MECHANISMS)
@pytest.mark.parametrize("initial", [True, False])
def test_each_mechanism_that_names_its_user(name: str, initial: bool) -> None:
    watched = Watched(users=Names({}))
    response = b64(MECHANISMS[name])
    lines = (f"AUTH {name} {response}",) if initial else (f"AUTH {name}", response)
    ids(watched, *lines, secure=True)
    assert "login-within-delay" in ids(watched, *lines, secure=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [("SCRAM-SHA-256", "n,,r=x"), ("XOAUTH2", "ann"), ("PLAIN", "ann"), ("X", "x")],
)
def test_a_response_that_names_nobody(name: str, text: str) -> None:
    watched = Watched(users=Names({}))
    lines = (f"AUTH {name}", b64(text))
    assert ids(watched, *lines, secure=True) == ids(watched, *lines, secure=True) == []
