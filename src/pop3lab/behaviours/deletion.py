"""What servers do with DELE and RSET, short of the RFC."""

import math
from collections.abc import Callable, Iterator
from hashlib import md5

from pop3lab.core.actions import Action, Close, Pause, Reset
from pop3lab.core.hooks import Script
from pop3lab.core.reply import Reply, err, listing
from pop3lab.core.request import Exchange, Login, State
from pop3lab.core.state import Standing
from pop3lab.core.text import Text
from pop3lab.effects.commands import Always, Obey, Turn, Turns
from pop3lab.effects.hooks import Does
from pop3lab.effects.listings import Item, Items
from pop3lab.effects.maildrop_views import InSession
from pop3lab.rules.behaviour import Layer, Peculiarity, Shared
from pop3lab.rules.values import COUNT, SECONDS, TEXT, YES_NO, Parameter, choice

ENDS: dict[str, Action] = {"close": Close(), "reset": Reset()}
HOW = Parameter("how", choice(*ENDS), "how the connection ends: FIN or RST", "reset")

# dele-ignored


def keep_all(session: Standing) -> None:
    """Nothing that is marked goes."""
    if session.state is State.TRANSACTION:
        session.messages.unmark_all()


def _ignored(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    keep_all(session)
    return obey(session, exchange)


# counts-after-dele


def _counts(shared: Shared, deleted: str) -> Script:
    return Turns({"STAT": _stat, "LIST": _list, "UIDL": _uidl} if deleted == "counted" else {})


def _stat(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    reply = obey(session, exchange)
    if isinstance(reply, Login) or not reply.ok:
        return reply
    snapshot = session.maildrop.snapshot
    return reply._replace(text=f"{len(snapshot.entries)} {snapshot.octets}")


def _list(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    return _with_all(obey(session, exchange), lambda: session.maildrop.snapshot.sizes)


def _uidl(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    return _with_all(obey(session, exchange), lambda: session.maildrop.snapshot.uids)


def _with_all(reply: Reply | Login, lines: Callable[[], Text]) -> Reply | Login:
    if isinstance(reply, Login) or not reply.ok or reply.body is None:
        return reply
    return listing(reply.text, lines())


# dele-err, dele-drop


def _err(shared: Shared, text: str) -> Script:
    return Turns({"DELE": Always(err(text))})


def _drop(shared: Shared, how: str) -> Script:
    return Turns({"DELE": Always(Reply(None, then=ENDS[how]))})


# rset-side-effects


def _rset(shared: Shared, form: str, text: str) -> Script:
    if form == "err":
        return Turns({"RSET": Always(err(text))})
    return _Renewing()


class _Renewing(InSession):
    """After each RSET of a session, its messages have other unique-ids."""

    replies = frozenset({"RSET", "UIDL"})
    _resets = 0

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        if exchange.verb == "RSET":
            self._resets += bool(reply.ok)
            return reply
        return Items(self._renewed).reply(exchange, reply) if self._resets else reply

    def _renewed(self, item: Item, _: int) -> Item:
        known = b"%d %b" % (self._resets, item.value)
        return item._replace(value=md5(known, usedforsecurity=False).hexdigest().encode())


def _turns(verb: str, turn: Turn) -> Callable[[Shared], Script]:
    return lambda shared: Turns({verb: turn})


_DELETION_ROWS = (
    Peculiarity(
        "dele-ignored",
        "DELE and QUIT are answered +OK, and the messages are there again in the next session",
        "Gmail's setting to keep a copy (C); Dovecot's delete_type; fetchmail's pop3.c (A)",
        _turns("QUIT", _ignored),
        category="deletion",
        bugs="the same messages downloaded, or deleted, again and again",
        takes=(
            "deletion at QUIT",
            "deletion from the store",
        ),
        needs=(
            "DELE",
            "deletion at QUIT",
        ),
    ),
    Peculiarity(
        "counts-after-dele",
        "STAT, LIST and UIDL leave out what is marked as deleted, or count it all the same",
        "RFC 1939 section 5 leaves it out; confusion in MailKit#1650, #1547 (B)",
        _counts,
        (
            Parameter(
                "deleted",
                choice("hidden", "counted"),
                "hidden as the RFC says, or counted until QUIT",
                "hidden",
            ),
        ),
        category="deletion",
        bugs="numbers off by one after DELE",
        counted="nothing with deleted=hidden, which is as the RFC has it",
        needs=("DELE",),
    ),
    Peculiarity(
        "dele-err",
        "DELE is refused, and the message is not marked",
        "read-only maildrops; messages that are deleted already (D)",
        _err,
        (Parameter("text", TEXT, "what -ERR says", "the maildrop is read-only"),),
        category="deletion",
        aspect="what DELE does",
        bugs="the other messages are not fetched",
    ),
    Peculiarity(
        "dele-drop",
        "the connection is lost when DELE comes, and nothing is deleted",
        "Gmail after large messages (MailKit#82, B)",
        _drop,
        (HOW,),
        category="deletion",
        aspect="what DELE does",
        bugs="what was fetched is fetched again",
    ),
    Peculiarity(
        "rset-side-effects",
        "RSET is refused, or takes the marks away and gives all messages other unique-ids",
        "the catalogue of clients' RSETs: fetchmail's NEWS (C), Net::POP3's destructor (A)",
        _rset,
        (
            Parameter("form", choice("err", "uids"), "refused, or with other unique-ids", "err"),
            Parameter("text", TEXT, "what -ERR says", "RSET failed"),
        ),
        category="deletion",
        bugs="deletions that the user wanted are undone",
        aspect="what RSET does",
    ),
)


# What servers do at QUIT, short of the RFC.


def _after_login(turn: Turn) -> Script:
    """QUIT taken this way in TRANSACTION; before login there is nothing to commit."""

    def take(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        after = session.state is State.TRANSACTION
        return turn(session, exchange, obey) if after else obey(session, exchange)

    return Turns({"QUIT": take})


# quit-err, quit-ok-but-failed


def _deletion_quit_err(shared: Shared, removes: str, text: str) -> Script:
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

_DELETION_QUIT_ROWS = (
    Peculiarity(
        "quit-err",
        "QUIT is answered -ERR: some or none of the deleted messages were removed",
        "RFC 1939 section 6; Dovecot on a storage error (A)",
        _deletion_quit_err,
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

ROWS = (*_DELETION_ROWS, *_DELETION_QUIT_ROWS)
