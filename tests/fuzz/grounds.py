"""The session that is fuzzed: everything is on, and every limit is near."""

from base64 import b64encode
from collections.abc import Iterable

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.behaviours.profiles.mail_box import mail_box
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import EventSink
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Store
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.rules.behaviour import ServerContext
from pop3lab.rules.hook_chain import HookChain
from tests.dialogue import TIMESTAMP
from tests.fuzz.shelf import Shelf

CHALLENGE = "<1896.697170952@postoffice.reston.mci.net>"
PASSWORDS = {"ann": "Xyzzy-42-plugh", "bob": "tanstaaf"}
PLAIN = b64encode(b"\0ann\0" + PASSWORDS["ann"].encode()).decode()
ACCOUNTS = Authenticator(PASSWORDS, LoginOptions(anonymous="guest", secret=b"s" * 32))

MESSAGES = (
    b"Subject: one\r\n\r\nhello\r\n",
    b".Subject: two\r\n\r\n.\r\n..dots\r\nend",
    b"",
    b"Subject: head only\r\n",
    b"Subject: no line end, no body",
    "Subject: Grüße\r\n\r\nüber\r\n".encode(),
    b"Subject: lines\r\n\r\n" + b"a line\r\n" * 30,
)

NEAR = Limits(line=64, response=320, busy=0.02, busy_step=0.02)
OFFER = ServerCapabilities(implementation="fuzzed", tls=True, utf8=True)
NO_TLS = ServerCapabilities(implementation="fuzzed", utf8=True)
PROFILES: tuple[tuple[str, ...], ...] = (
    (),
    ("minimal",),
    ("apoponly",),
    ("autodelete",),
    ("noextra",),
    ("minimal", "autodelete", "noextra"),
    ("apoponly", "autodelete", "noextra"),
)


class Stops:
    """Counts how often the server was told to stop."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def profile(words: Iterable[str], stops: Stops) -> HookChain:
    """The script of the seed's server with these keywords."""
    server = ServerContext(stops)
    return HookChain([rule.effect.hooks(server) for rule in mail_box(words)])


def shelved() -> Shelf:
    """The messages for everybody."""
    shelf = Shelf()
    for name in (*PASSWORDS, "guest"):
        for message in MESSAGES:
            shelf.add(name, message)
    return shelf


def fuzzed(
    store: Store | None = None,
    *,
    hooks: Hooks = NO_HOOKS,
    limits: Limits = NEAR,
    capabilities: ServerCapabilities = OFFER,
    sink: EventSink | None = None,
) -> Session:
    """A session, greeted."""
    session = Session(
        7,
        ACCOUNTS,
        shelved() if store is None else store,
        timestamp=TIMESTAMP,
        peer="192.0.2.1:1100",
        limits=limits,
        capabilities=capabilities,
        channel=Channel(challenge=CHALLENGE),
        hooks=hooks,
        sink=sink,
    )
    assert list(session.greeting())
    return session
