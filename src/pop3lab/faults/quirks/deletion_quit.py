"""What servers do at QUIT, short of the RFC."""

import math
from collections.abc import Callable, Iterator

from pop3lab.core.actions import Action, Close, Pause
from pop3lab.core.exchange import Exchange, Login, State
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.seams import Does
from pop3lab.faults.bending.turns import Obey, Turn, Turns
from pop3lab.faults.peculiarity import Layer, Peculiarity, Shared
from pop3lab.faults.quirks.deletion import ENDS, HOW, keep_all
from pop3lab.faults.values import COUNT, SECONDS, TEXT, YES_NO, Parameter, choice


def _after_login(turn: Turn) -> Script:
    """QUIT taken this way in TRANSACTION; before login there is nothing to commit."""

    def take(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        after = session.state is State.TRANSACTION
        return turn(session, exchange, obey) if after else obey(session, exchange)

    return Turns({"QUIT": take})


# quit-err, quit-ok-but-failed


def _err(shared: Shared, removes: str, text: str) -> Script:
    return _after_login(_saying(False, text, _KEEPS[removes]))


def _failed(shared: Shared, text: str) -> Script:
    return _after_login(_saying(True, text, keep_all))


def _saying(positive: bool, text: str, keep: Callable[[Standing], None]) -> Turn:
    def turn(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        keep(session)
        reply = obey(session, exchange)
        if isinstance(reply, Login):
            return reply
        return reply._replace(ok=positive, text=text)

    return turn


def _keep_half(session: Standing) -> None:
    """Of what is marked, the second half stays, and one at least."""
    marked = session.messages.marked_uids
    kept = set(marked[len(marked) // 2 :])
    for number, entry in enumerate(session.maildrop.snapshot.entries, 1):
        if entry.uid in kept:
            session.messages.unmark(number)


_KEEPS: dict[str, Callable[[Standing], None]] = {
    "none": keep_all,
    "some": _keep_half,
    "all": lambda session: None,
}

# quit-no-reply, quit-eof, quit-slow, quit-unknown-commit


def _no_reply(shared: Shared, commits: str) -> Script:
    return _ends(Pause(math.inf), commits)


def _eof(shared: Shared, commits: str) -> Script:
    return _ends(Close(), commits)


def _unknown(shared: Shared, commits: str, how: str) -> Script:
    return _ends(ENDS[how], commits)


def _ends(then: Action, commits: str) -> Script:
    """No reply to QUIT, obeyed or not."""

    def turn(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        if commits == "yes":
            obey(session, exchange)
        return Reply(None, then=then)

    return Turns({"QUIT": turn})


def _slow(shared: Shared, seconds: float) -> Script:
    def late(session: Standing, exchange: Exchange, actions: Iterator[Action]) -> Iterator[Action]:
        yield Pause(seconds)
        yield from actions

    return Does(late, "QUIT")


# rollback-on-drop


def _rollback(shared: Shared, deletes: int, how: str) -> Script:
    if deletes:
        return _AfterDeletes(deletes, ENDS[how])
    return _after_login(lambda session, exchange, obey: Reply(None, then=ENDS[how]))


class _AfterDeletes(InSession):
    """Ends the connection behind the reply to the n-th DELE."""

    replies = frozenset({"DELE"})

    def __init__(self, left: int, then: Action) -> None:
        self._left = left
        self._then = then

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        self._left -= bool(reply.ok)
        return reply if self._left else reply._replace(then=self._then)


_COMMITS = Parameter("commits", YES_NO, "whether what was deleted is gone", "yes")

ROWS = (
    Peculiarity(
        "quit-err",
        "QUIT is answered -ERR: some or none of the deleted messages were removed",
        "RFC 1939 section 6; Dovecot on a storage error (A)",
        _err,
        (
            Parameter("removes", choice(*_KEEPS), "how many of them are gone", "some"),
            Parameter("text", TEXT, "what -ERR says", "some deleted messages not removed"),
        ),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="poplib raises; what was not removed is fetched again",
    ),
    Peculiarity(
        "quit-ok-but-failed",
        "QUIT is answered +OK, and nothing was deleted",
        "GreenMail QuitCommand.java (A)",
        _failed,
        (Parameter("text", TEXT, "what +OK says", "Signing off, but message deletion failed"),),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="the same messages are fetched again",
        takes=(
            "deletion at QUIT",
            "deletion from the store",
        ),
    ),
    Peculiarity(
        "quit-no-reply",
        "QUIT is obeyed in silence, and the connection stays open",
        "servers that wait for the client to close; mailpit#311 (B, cause unclear)",
        _no_reply,
        (_COMMITS,),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="clients without a timeout wait for ever; Thunderbird waits 3 seconds (A)",
    ),
    Peculiarity(
        "quit-eof",
        "QUIT is obeyed, and the connection closed without a reply",
        "Stalwart, whose last reply was not flushed (stalwart#567, B)",
        _eof,
        (_COMMITS,),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="poplib raises `-ERR EOF`",
    ),
    Peculiarity(
        "quit-slow",
        "the reply to QUIT comes so many seconds after the messages are gone",
        "servers that expunge many messages (D)",
        _slow,
        (Parameter("seconds", SECONDS, "how long it takes", 60.0),),
        category="deletion",
        bugs="clients give up and fetch all again",
        layer=Layer.LAST,
    ),
    Peculiarity(
        "quit-unknown-commit",
        "the connection is lost between QUIT and its reply",
        "the network, at the worst moment (D)",
        _unknown,
        (_COMMITS, HOW),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="mail lost, or fetched twice",
    ),
    Peculiarity(
        "rollback-on-drop",
        "the connection is lost after DELE and before QUIT is obeyed: nothing is deleted",
        "every correct server (RFC 1939 section 6); MS KB 141343 (C)",
        _rollback,
        (
            Parameter("deletes", COUNT, "behind how many DELE; 0: when QUIT comes", 0),
            HOW,
        ),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="Outlook 2002 fetched the whole batch again and again",
        takes=(
            "deletion at QUIT",
            "deletion from the store",
            "good end",
        ),
    ),
)
