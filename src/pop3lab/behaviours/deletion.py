"""What servers do with DELE and RSET, short of the RFC."""

import math
from collections.abc import Callable, Iterator
from hashlib import md5

from pop3lab.core.actions import Action, Close, Pause, Reset
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err, listing
from pop3lab.core.request import Authenticated, Request, State
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.effects.commands import AlwaysReply, CallNext, CommandOverride, CommandOverrides
from pop3lab.effects.hooks import ActionHook
from pop3lab.effects.listings import Item, ItemHook
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import COUNT, SECONDS, TEXT, YES_NO, Parameter, choice

ENDS: dict[str, Action] = {"close": Close(), "reset": Reset()}
_HOW = Parameter("how", choice(*ENDS), "how the connection ends: FIN or RST", "reset")

# dele-ignored


def _keep_all(session: SessionState) -> None:
    """Nothing that is marked goes."""
    if session.state is State.TRANSACTION:
        session.messages.unmark_all()


def _ignored(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
    _keep_all(session)
    return call_next(session, request)


# counts-after-dele


def _counts(server: ServerContext, deleted: str) -> Hooks:
    return CommandOverrides(
        {"STAT": _stat, "LIST": _list, "UIDL": _uidl} if deleted == "counted" else {}
    )


def _stat(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
    reply = call_next(session, request)
    if isinstance(reply, Authenticated) or not reply.ok:
        return reply
    snapshot = session.maildrop.snapshot
    return reply._replace(text=f"{len(snapshot.entries)} {snapshot.octets}")


def _list(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
    return _with_all(call_next(session, request), lambda: session.maildrop.snapshot.sizes)


def _uidl(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
    return _with_all(call_next(session, request), lambda: session.maildrop.snapshot.uids)


def _with_all(
    reply: Reply | Authenticated, lines: Callable[[], MessageText]
) -> Reply | Authenticated:
    if isinstance(reply, Authenticated) or not reply.ok or reply.body is None:
        return reply
    return listing(reply.text, lines())


# dele-err, dele-drop


def _err(server: ServerContext, text: str) -> Hooks:
    return CommandOverrides({"DELE": AlwaysReply(err(text))})


def _drop(server: ServerContext, how: str) -> Hooks:
    return CommandOverrides({"DELE": AlwaysReply(Reply(None, then=ENDS[how]))})


# rset-side-effects


def _rset(server: ServerContext, form: str, text: str) -> Hooks:
    if form == "err":
        return CommandOverrides({"RSET": AlwaysReply(err(text))})
    return _Renewing()


class _Renewing(PerSessionHooks):
    """After each RSET of a session, its messages have other unique-ids."""

    replies = frozenset({"RSET", "UIDL"})
    _resets = 0

    def reply(self, request: Request, reply: Reply) -> Reply:
        if request.verb == "RSET":
            self._resets += bool(reply.ok)
            return reply
        return ItemHook(self._renewed).reply(request, reply) if self._resets else reply

    def _renewed(self, item: Item, _: int) -> Item:
        known = b"%d %b" % (self._resets, item.value)
        return item._replace(value=md5(known, usedforsecurity=False).hexdigest().encode())


def _overrides(verb: str, override: CommandOverride) -> Callable[[ServerContext], Hooks]:
    return lambda server: CommandOverrides({verb: override})


_DELETION_ROWS = (
    Behaviour(
        "dele-ignored",
        "DELE and QUIT are answered +OK, and the messages are there again in the next session",
        "Gmail's setting to keep a copy (C); Dovecot's delete_type; fetchmail's pop3.c (A)",
        _overrides("QUIT", _ignored),
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
    Behaviour(
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
    Behaviour(
        "dele-err",
        "DELE is refused, and the message is not marked",
        "read-only maildrops; messages that are deleted already (D)",
        _err,
        (Parameter("text", TEXT, "what -ERR says", "the maildrop is read-only"),),
        category="deletion",
        aspect="what DELE does",
        bugs="the other messages are not fetched",
    ),
    Behaviour(
        "dele-drop",
        "the connection is lost when DELE comes, and nothing is deleted",
        "Gmail after large messages (MailKit#82, B)",
        _drop,
        (_HOW,),
        category="deletion",
        aspect="what DELE does",
        bugs="what was fetched is fetched again",
    ),
    Behaviour(
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


def _after_login(override: CommandOverride) -> Hooks:
    """QUIT taken this way in TRANSACTION; before login there is nothing to commit."""

    def take(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        after = session.state is State.TRANSACTION
        return override(session, request, call_next) if after else call_next(session, request)

    return CommandOverrides({"QUIT": take})


# quit-err, quit-ok-but-failed


def _deletion_quit_err(server: ServerContext, removes: str, text: str) -> Hooks:
    return _after_login(_saying(False, text, _KEEPS[removes]))


def _failed(server: ServerContext, text: str) -> Hooks:
    return _after_login(_saying(True, text, _keep_all))


def _saying(positive: bool, text: str, keep: Callable[[SessionState], None]) -> CommandOverride:
    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        keep(session)
        reply = call_next(session, request)
        if isinstance(reply, Authenticated):
            return reply
        return reply._replace(ok=positive, text=text)

    return override


def _keep_half(session: SessionState) -> None:
    """Of what is marked, the second half stays, and one at least."""
    marked = session.messages.marked_uids
    kept = set(marked[len(marked) // 2 :])
    for number, entry in enumerate(session.maildrop.snapshot.entries, 1):
        if entry.uid in kept:
            session.messages.unmark(number)


_KEEPS: dict[str, Callable[[SessionState], None]] = {
    "none": _keep_all,
    "some": _keep_half,
    "all": lambda session: None,
}

# quit-no-reply, quit-eof, quit-slow, quit-unknown-commit


def _no_reply(server: ServerContext, commits: str) -> Hooks:
    return _ends(Pause(math.inf), commits)


def _eof(server: ServerContext, commits: str) -> Hooks:
    return _ends(Close(), commits)


def _unknown(server: ServerContext, commits: str, how: str) -> Hooks:
    return _ends(ENDS[how], commits)


def _ends(then: Action, commits: str) -> Hooks:
    """No reply to QUIT, obeyed or not."""

    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if commits == "yes":
            call_next(session, request)
        return Reply(None, then=then)

    return CommandOverrides({"QUIT": override})


def _slow(server: ServerContext, seconds: float) -> Hooks:
    def late(
        session: SessionState, request: Request, actions: Iterator[Action]
    ) -> Iterator[Action]:
        yield Pause(seconds)
        yield from actions

    return ActionHook(late, "QUIT")


# rollback-on-drop


def _rollback(server: ServerContext, deletes: int, how: str) -> Hooks:
    if deletes:
        return _AfterDeletes(deletes, ENDS[how])
    return _after_login(lambda session, request, call_next: Reply(None, then=ENDS[how]))


class _AfterDeletes(PerSessionHooks):
    """Ends the connection behind the reply to the n-th DELE."""

    replies = frozenset({"DELE"})

    def __init__(self, left: int, then: Action) -> None:
        self._left = left
        self._then = then

    def reply(self, request: Request, reply: Reply) -> Reply:
        self._left -= bool(reply.ok)
        return reply if self._left else reply._replace(then=self._then)


_COMMITS = Parameter("commits", YES_NO, "whether what was deleted is gone", "yes")

_DELETION_QUIT_ROWS = (
    Behaviour(
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
    Behaviour(
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
    Behaviour(
        "quit-no-reply",
        "QUIT is obeyed in silence, and the connection stays open",
        "servers that wait for the client to close; mailpit#311 (B, cause unclear)",
        _no_reply,
        (_COMMITS,),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="clients without a timeout wait for ever; Thunderbird waits 3 seconds (A)",
    ),
    Behaviour(
        "quit-eof",
        "QUIT is obeyed, and the connection closed without a reply",
        "Stalwart, whose last reply was not flushed (stalwart#567, B)",
        _eof,
        (_COMMITS,),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="poplib raises `-ERR EOF`",
    ),
    Behaviour(
        "quit-slow",
        "the reply to QUIT comes so many seconds after the messages are gone",
        "servers that expunge many messages (D)",
        _slow,
        (Parameter("seconds", SECONDS, "how long it takes", 60.0),),
        category="deletion",
        bugs="clients give up and fetch all again",
        layer=Layer.LAST,
    ),
    Behaviour(
        "quit-unknown-commit",
        "the connection is lost between QUIT and its reply",
        "the network, at the worst moment (D)",
        _unknown,
        (_COMMITS, _HOW),
        category="deletion",
        aspect="what is said to QUIT",
        bugs="mail lost, or fetched twice",
    ),
    Behaviour(
        "rollback-on-drop",
        "the connection is lost after DELE and before QUIT is obeyed: nothing is deleted",
        "every correct server (RFC 1939 section 6); MS KB 141343 (C)",
        _rollback,
        (
            Parameter("deletes", COUNT, "behind how many DELE; 0: when QUIT comes", 0),
            _HOW,
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
