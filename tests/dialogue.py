"""Sessions without sockets, and dialogues with them in the form of observe/transcript.py.

The client's lines of a dialogue are sent, and all that comes back must be there as written: each
line of the server, each note of an action. A line or note that ends in `...` may go on in any way.
"""

import os
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Protocol

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.actions import Action, OffloadNext, Part, Send, SendFile, Verify
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import EventSink
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Store, Users
from pop3lab.core.session import Session
from pop3lab.observe.expectations import compare_lines
from pop3lab.observe.transcript import TranscriptLine, action_note, parse
from pop3lab.stores.memory import MemoryStore

TIMESTAMP = "<1896.697170952@dbc.mtview.ca.us>"  # of the example in RFC 1939 section 7
ACCOUNTS = Authenticator({"ann": "secret", "mrose": "tanstaaf"})

ONE = b"Subject: one\r\n\r\nhello\r\n"  # 23 octets
TWO = b".Subject: two\r\n\r\n.\r\n..dots\r\nend"  # 33 octets as sent


class Client(Protocol):
    """What octets of a client are fed to: a session, or what stands in for one."""

    def feed(self, data: bytes, early: bool) -> tuple[bytes, Iterable[Action] | None]:
        """Octets to be sent now, then actions."""


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
    answers = done(fed(entered, b"USER ann\r\nPASS secret\r\n"))
    assert b"-ERR" not in sent(answers), sent(answers)
    return entered


def fed(client: Client, octets: bytes, early: bool = False) -> Iterator[Action]:
    """All that follows on these octets, as actions; nothing before the first is pulled."""
    said, actions = client.feed(octets, early)
    if said:
        yield Send(said, Part.HEAD)
    if actions is not None:
        yield from actions


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
    return b"".join(map(_octets, actions))


def _octets(action: Action) -> bytes:
    if isinstance(action, SendFile):
        return os.pread(action.file.fileno(), action.octets, 0)
    return action.data if isinstance(action, Send) else b""


def play(played: Session, dialogue: str, *, greet: bool = False, verifies: bool = True) -> None:
    """Send the client's lines, and compare all that comes back with the rest of the dialogue.

    verifies: unless too many others wait for that.
    """
    performed = verifying if verifies else iter
    wanted = parse(dialogue)
    came = list(_lines(performed(played.greeting()))) if greet else []
    for line in wanted:
        if line.who == "client":
            came += [line, *_lines(performed(fed(played, line.octets)))]
    if difference := compare_lines(wanted, came):
        raise AssertionError(difference)
    assert _cut(came) == _cut(wanted), "a line ends in CRLF unless it is written as S|"


def _cut(lines: Iterable[TranscriptLine]) -> int:
    """How many lines of the server have no line end, which `...` would not tell."""
    return sum(line.who == "server" and not line.octets.endswith(b"\r\n") for line in lines)


# What a session asks of its runner alone, and no transcript shows.
_UNSHOWN: dict[type, str] = {Verify: "verify", OffloadNext: "offload"}
_LINE = re.compile(rb".*?\r\n|.+", re.DOTALL)


def _lines(actions: Iterable[Action]) -> Iterator[TranscriptLine]:
    for sends, group in groupby(actions, lambda action: isinstance(action, Send | SendFile)):
        if sends:
            yield from (TranscriptLine(0, 0, "server", line) for line in _LINE.findall(sent(group)))
            continue
        for action in group:
            note = _UNSHOWN.get(type(action)) or action_note(action)
            yield TranscriptLine(0, 0, "", note.encode())
