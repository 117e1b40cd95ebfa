r"""Dialogues as transcripts: what the client sends, and what must come back.

C: line      sent with CRLF                     S: line    must come back, with CRLF
C| octets    sent as they are                   S| octets  must come back as they are
(Close)      an action other than sending

Octets that can't be printed are Python escapes (\r, \n, \x00). A line of the server that ends in
`...` may go on in any way. Indentation and empty lines don't count.
"""

from collections.abc import Iterable, Iterator
from textwrap import dedent

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.actions import Action, Send, Verify
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import EventSink
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Store, Users
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore

TIMESTAMP = "<1896.697170952@dbc.mtview.ca.us>"  # of the example in RFC 1939 section 7
ACCOUNTS = Authenticator({"ann": "secret", "mrose": "tanstaaf"})

ONE = b"Subject: one\r\n\r\nhello\r\n"  # 23 octets
TWO = b".Subject: two\r\n\r\n.\r\n..dots\r\nend"  # 33 octets as sent


def memory(*messages: bytes, user: str = "ann") -> MemoryStore:
    """A store in which the user has these messages."""
    store = MemoryStore()
    for message in messages:
        store.add(user, message)
    return store


def session(
    store: Store | None = None,
    *,
    hooks: Hooks = NO_HOOKS,
    limits: Limits = Limits(),
    capabilities: ServerCapabilities = ServerCapabilities(),
    sink: EventSink | None = None,
    users: Users = ACCOUNTS,
) -> Session:
    """A session of a user `ann`, password `secret`."""
    return Session(
        7,
        users,
        memory(ONE, TWO) if store is None else store,
        timestamp=TIMESTAMP,
        peer="192.0.2.1:1100",
        limits=limits,
        capabilities=capabilities,
        hooks=hooks,
        sink=sink,
    )


def logged_in(store: Store | None = None, **options: object) -> Session:
    """A session that has been greeted and is in TRANSACTION."""
    entered = session(store, **options)  # type: ignore[arg-type]
    done(entered.greeting())
    answers = done(entered.feed(b"USER ann\r\nPASS secret\r\n"))
    assert b"-ERR" not in sent(answers), sent(answers)
    return entered


def done(actions: Iterable[Action]) -> list[Action]:
    """All actions, pulled one by one as a runner does."""
    return list(verifying(actions))


def verifying(actions: Iterable[Action]) -> Iterator[Action]:
    """The same actions; what is to be verified has been when the next one is pulled."""
    for action in actions:
        if isinstance(action, Verify):
            action.proof.run()
        yield action


def sent(actions: Iterable[Action]) -> bytes:
    """The octets of what is sent."""
    return b"".join(action.data for action in actions if isinstance(action, Send))


def play(played: Session, transcript: str, *, greet: bool = False, verifies: bool = True) -> None:
    """Send the client's lines, and compare all that comes back with the server's lines.

    verifies: unless too many others wait for that.
    """
    performed = verifying if verifies else iter
    wanted = [line.strip(" ") for line in dedent(transcript).split("\n") if line.strip()]
    actual: list[str] = []
    if greet:
        actual += _shown(performed(played.greeting()))
    for line in wanted:
        if line.startswith("C"):
            actual.append(line)
            actual += _shown(performed(played.feed(_octets(line))))
    _settle_open_ends(wanted, actual)
    assert actual == wanted


def _octets(line: str) -> bytes:
    text = line[3:].encode("latin-1").decode("unicode_escape").encode("latin-1")
    return text + b"\r\n" if line[1] == ":" else text


def _shown(actions: Iterable[Action]) -> Iterator[str]:
    said = b""
    for action in actions:
        if isinstance(action, Send):
            said += action.data
            continue
        yield from _lines(said)
        said = b""
        yield f"({type(action).__name__})"
    yield from _lines(said)


def _lines(said: bytes) -> Iterator[str]:
    *lines, rest = said.split(b"\r\n")
    for line in lines:
        yield f"S: {_printable(line)}".rstrip(" ")
    if rest:
        yield f"S| {_printable(rest)}"


def _printable(octets: bytes) -> str:
    return octets.decode("latin-1").encode("unicode_escape").decode("ascii")


def _settle_open_ends(wanted: list[str], actual: list[str]) -> None:
    for number, (want, got) in enumerate(zip(wanted, actual, strict=False)):
        if want.endswith("...") and got.startswith(want[:-3]):
            actual[number] = want
