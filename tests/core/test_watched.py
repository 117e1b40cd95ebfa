"""A watched session says the same octets by whichever way, and emits the same events."""

from collections.abc import Collection, Iterator
from itertools import groupby
from random import Random

import pytest

from pop3lab.core.actions import Action, Send
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import Event, LoggedIn, SessionEnded
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Maildrop, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from tests.dialogue import ONE, TWO, done, fed, memory, sent, session

LONG = b"Subject: long\r\n\r\n" + b"x" * 70_000 + b"\r\n"
LINES = (
    *("NOOP", "noop", "NOOP x", "STAT", "LIST", "LIST 1", "LIST 9", "UIDL", "UIDL 2", "CAPA"),
    *("RETR 1", "RETR 2", "RETR 3", "RETR 4", "retr 1", "RETR 9", "RETR", "RETR 1 2", "TOP 1 0"),
    *("TOP 2 1", "TOP 3 1", "DELE 1", "DELE 2", "DELE 1", "RSET", "LAST", "XYZZY", "", "\xe9"),
    *("USER ann", "PASS secret", "AUTH PLAIN", "AUTH", "APOP ann x", "STLS", "UTF8", "LANG"),
)
LOGIN = ["USER ann", "PASS secret"]


class Keeps:
    """Wants to be told of everything."""

    wants_lines = True

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def emit(self, event: Event) -> None:
        match event:
            case LoggedIn():
                self.events.append((*event[:3], *event.snapshot.entries))
            case SessionEnded():
                self.events.append((*event[:3], *event.verbs.items()))
            case _:
                self.events.append((type(event), *event))


class Asked(Hooks):
    """Neutral hooks that are asked about everything, so that nothing is sent without them."""


class _Chunks(MaildropWrapper):
    def read(self, uid: str) -> TextOrChunks:
        return iter([*super().read(uid)])


class Pieces(Hooks):
    """A maildrop whose texts are not in memory."""

    replies: Collection[str] | None = ()
    sends: Collection[str] | None = ()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return _Chunks(maildrop)


class PiecesAsked(Pieces):
    replies = sends = None


def dialogues() -> Iterator[list[str]]:
    random = Random(7)
    for _ in range(150):
        length = random.randint(1, 25)
        begin = LOGIN if random.random() < 0.8 else []
        yield [*begin, *random.choices(LINES, k=length), "QUIT", "NOOP"]


def played(
    lines: list[str], hooks: Hooks, *, pipelined: bool, watched: bool = True
) -> tuple[list[Action], list[tuple[object, ...]]]:
    keeps = Keeps()
    one = session(
        memory(ONE, TWO, LONG, b""),
        hooks=hooks,
        limits=Limits(bad_logins=0),
        capabilities=ServerCapabilities(tls=True, utf8=True),
        sink=keeps if watched else None,
    )
    actions = done(one.greeting())
    octets = [line.encode() + b"\r\n" for line in lines]
    for data in [b"".join(octets)] if pipelined else octets:
        actions += done(fed(one, data))
    one.session_ended("closed")
    one.connection_closed("closed")
    return actions, keeps.events


@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize(("direct", "asked"), [(NO_HOOKS, Asked()), (Pieces(), PiecesAsked())])
def test_both_ways_say_and_tell_the_same(direct: Hooks, asked: Hooks, pipelined: bool) -> None:
    told = 0
    for lines in dialogues():
        one, other = (played(lines, hooks, pipelined=pipelined) for hooks in (direct, asked))
        assert (joined(one[0]), one[1]) == (joined(other[0]), other[1]), lines
        told += len(one[1])
    assert told > 5000


@pytest.mark.parametrize("pipelined", [False, True])
def test_who_is_not_watched_is_told_the_same_octets(pipelined: bool) -> None:
    for lines in dialogues():
        watched, _ = played(lines, NO_HOOKS, pipelined=pipelined)
        alone, _ = played(lines, NO_HOOKS, pipelined=pipelined, watched=False)
        assert sent(watched) == sent(alone), lines
        assert others(watched) == others(alone), lines


def joined(actions: list[Action]) -> list[Action | bytes]:
    """The same, but octets without how they were cut."""
    found: list[Action | bytes] = []
    for sends, group in groupby(actions, lambda action: isinstance(action, Send)):
        some = [*group]
        found += [sent(some)] if sends else some
    return found


def others(actions: list[Action]) -> list[Action]:
    return [action for action in actions if not isinstance(action, Send)]


class Stays(Hooks):
    """The connection stays open behind QUIT."""

    replies = ("QUIT",)
    sends = ()

    def reply(self, request: Request, reply: Reply) -> Reply:
        return reply._replace(then=None)


@pytest.mark.parametrize("watched", [False, True])
def test_a_session_that_goes_on_behind_an_answered_quit_has_quit(watched: bool) -> None:
    keeps = Keeps()
    keeps.wants_lines = watched
    one = session(hooks=Stays(), sink=keeps)
    done(one.greeting())
    assert sent(done(fed(one, b"QUIT\r\n"))).startswith(b"+OK ")
    one.session_ended("closed")
    assert keeps.events[-1][:2] == (7, "quit")
