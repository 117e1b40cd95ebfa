"""Nonstandard behaviour of DELE, RSET and QUIT."""

import math
from collections.abc import Callable, Iterator
from hashlib import md5
from typing import Annotated, Literal

from pop3lab.behaviours.retrieval import ENDINGS, Ending
from pop3lab.core.actions import Action, Close, Pause
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply, err, listing
from pop3lab.core.request import Authenticated, Request, State
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.effects.commands import AlwaysReply, CallNext, CommandOverride, CommandOverrides
from pop3lab.effects.hooks import ActionHook
from pop3lab.effects.listings import Item, ItemHook
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import Count, Seconds

quirk = BehaviourDecorator("quirk", category="deletion")

_DELE = "what DELE does"
_QUIT_REPLY = "the reply to QUIT"
_DELETION = ("deletion at QUIT", "deletion from the store")

_How = Annotated[Ending, "how the connection ends: FIN or RST"]
_ErrText = Annotated[str, "text of the -ERR reply"]
_Commits = Annotated[bool, "whether deleted messages are removed"]


def _keep_all(session: SessionState) -> None:
    """Unmarks all deleted messages."""
    if session.state is State.TRANSACTION:
        session.messages.unmark_all()


def _keep_half(session: SessionState) -> None:
    """Unmarks the second half of the deleted messages, and at least one."""
    marked = session.messages.marked_uids
    kept = set(marked[len(marked) // 2 :])
    for number, entry in enumerate(session.maildrop.snapshot.entries, 1):
        if entry.uid in kept:
            session.messages.unmark(number)


def _keep_none(session: SessionState) -> None:
    """Leaves all deleted messages marked."""


@quirk(
    "accepts DELE and QUIT but deletes nothing; the next session lists the messages again",
    source="Gmail's setting to keep a copy (C); Dovecot's delete_type; fetchmail's pop3.c (A)",
    bugs="clients download or delete the same messages again and again",
    takes=_DELETION,
    needs=("DELE", "deletion at QUIT"),
)
def dele_ignored() -> Hooks:
    def ignored(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        _keep_all(session)
        return call_next(session, request)

    return CommandOverrides({"QUIT": ignored})


@quirk(
    "omits deleted messages from STAT, LIST and UIDL, or counts them until QUIT",
    source="RFC 1939 section 5 leaves it out; confusion in MailKit#1650, #1547 (B)",
    bugs="message numbers are off by one after DELE",
    counted="nothing with deleted=hidden, which follows the RFC",
    needs=("DELE",),
)
def counts_after_dele(
    deleted: Annotated[
        Literal["hidden", "counted"], "hidden as the RFC requires, or counted until QUIT"
    ] = "hidden",
) -> Hooks:
    if deleted == "hidden":
        return CommandOverrides({})
    return CommandOverrides(
        {
            "STAT": _stat,
            "LIST": _with_all(lambda session: session.maildrop.snapshot.sizes),
            "UIDL": _with_all(lambda session: session.maildrop.snapshot.uids),
        }
    )


def _stat(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
    reply = call_next(session, request)
    if isinstance(reply, Authenticated) or not reply.ok:
        return reply
    snapshot = session.maildrop.snapshot
    return reply._replace(text=f"{len(snapshot.entries)} {snapshot.octets}")


def _with_all(lines: Callable[[SessionState], MessageText]) -> CommandOverride:
    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        reply = call_next(session, request)
        if isinstance(reply, Authenticated) or not reply.ok or reply.body is None:
            return reply
        return listing(reply.text, lines(session))

    return override


@quirk(
    "rejects DELE and does not mark the message",
    source="read-only maildrops; messages that are deleted already (D)",
    bugs="clients do not fetch the other messages",
    aspect=_DELE,
)
def dele_err(text: _ErrText = "the maildrop is read-only") -> Hooks:
    return CommandOverrides({"DELE": AlwaysReply(err(text))})


@quirk(
    "ends the connection at DELE and deletes nothing",
    source="Gmail after large messages (MailKit#82, B)",
    bugs="clients fetch the same messages again",
    aspect=_DELE,
)
def dele_drop(how: _How = "reset") -> Hooks:
    return CommandOverrides({"DELE": AlwaysReply(Reply(None, then=ENDINGS[how]))})


class _RenewedIds(PerSessionHooks):
    """Changes the unique-ids of all messages after each RSET of a session."""

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


@quirk(
    "rejects RSET, or obeys it and changes all unique-ids",
    source="the catalogue of clients' RSETs: fetchmail's NEWS (C), Net::POP3's destructor (A)",
    bugs="clients undo deletions that the user wanted",
    aspect="what RSET does",
)
def rset_side_effects(
    form: Annotated[
        Literal["err", "uids"], "whether RSET is rejected or changes the unique-ids"
    ] = "err",
    text: _ErrText = "RSET failed",
) -> Hooks:
    if form == "err":
        return CommandOverrides({"RSET": AlwaysReply(err(text))})
    return _RenewedIds()


# Nonstandard behaviour of QUIT.


def _after_login(override: CommandOverride) -> Hooks:
    """Overrides QUIT in TRANSACTION; before login there is nothing to commit."""

    def take(session: SessionState, request: Request, call_next: CallNext) -> Reply | Authenticated:
        after = session.state is State.TRANSACTION
        return override(session, request, call_next) if after else call_next(session, request)

    return CommandOverrides({"QUIT": take})


def _answered(positive: bool, text: str, keep: Callable[[SessionState], None]) -> Hooks:
    """Obeys QUIT for the messages that are not kept, and sends this status line."""

    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        keep(session)
        reply = call_next(session, request)
        if isinstance(reply, Authenticated):
            return reply
        return reply._replace(ok=positive, text=text)

    return _after_login(override)


def _unanswered(then: Action, commits: bool) -> Hooks:
    """Does not reply to QUIT. commits: obey it."""

    def override(
        session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if commits:
            call_next(session, request)
        return Reply(None, then=then)

    return CommandOverrides({"QUIT": override})


_Removes = Literal["none", "some", "all"]
_KEEPS: dict[_Removes, Callable[[SessionState], None]] = {
    "none": _keep_all,
    "some": _keep_half,
    "all": _keep_none,
}


@quirk(
    "answers QUIT with -ERR and removes some, none or all of the deleted messages",
    source="RFC 1939 section 6; Dovecot on a storage error (A)",
    bugs="poplib raises an error; clients fetch the remaining messages again",
    aspect=_QUIT_REPLY,
)
def quit_err(
    removes: Annotated[_Removes, "deleted messages to remove"] = "some",
    text: _ErrText = "some deleted messages not removed",
) -> Hooks:
    return _answered(False, text, _KEEPS[removes])


@quirk(
    "answers QUIT with +OK but deletes nothing",
    source="GreenMail QuitCommand.java (A)",
    bugs="clients fetch the same messages again",
    aspect=_QUIT_REPLY,
    takes=_DELETION,
)
def quit_ok_but_failed(
    text: Annotated[str, "text of the +OK reply"] = "Signing off, but message deletion failed",
) -> Hooks:
    return _answered(True, text, _keep_all)


@quirk(
    "sends no reply to QUIT and keeps the connection open",
    source="servers that wait for the client to close; mailpit#311 (B, cause unclear)",
    bugs="clients without a timeout wait forever; Thunderbird waits 3 seconds (A)",
    aspect=_QUIT_REPLY,
)
def quit_no_reply(commits: _Commits = True) -> Hooks:
    return _unanswered(Pause(math.inf), commits)


@quirk(
    "closes the connection at QUIT without a reply",
    source="Stalwart, whose last reply was not flushed (stalwart#567, B)",
    bugs="poplib raises `-ERR EOF`",
    aspect=_QUIT_REPLY,
)
def quit_eof(commits: _Commits = True) -> Hooks:
    return _unanswered(Close(), commits)


@quirk(
    "removes the deleted messages at QUIT but delays the reply",
    source="servers that expunge many messages (D)",
    bugs="clients give up and fetch everything again",
    layer=Layer.LAST,
)
def quit_slow(seconds: Annotated[Seconds, "delay before the reply"] = 60.0) -> Hooks:
    def late(
        session: SessionState, request: Request, actions: Iterator[Action]
    ) -> Iterator[Action]:
        yield Pause(seconds)
        yield from actions

    return ActionHook(late, "QUIT")


@quirk(
    "ends the connection between QUIT and its reply",
    source="the network, at the worst moment (D)",
    bugs="clients lose mail or fetch it twice",
    aspect=_QUIT_REPLY,
)
def quit_unknown_commit(commits: _Commits = True, how: _How = "reset") -> Hooks:
    return _unanswered(ENDINGS[how], commits)


class _AfterDeletes(PerSessionHooks):
    """Ends the connection after the reply to the n-th DELE."""

    replies = frozenset({"DELE"})

    def __init__(self, left: int, then: Action) -> None:
        self._left = left
        self._then = then

    def reply(self, request: Request, reply: Reply) -> Reply:
        self._left -= bool(reply.ok)
        return reply if self._left else reply._replace(then=self._then)


@quirk(
    "ends the connection after DELE, before QUIT takes effect, and deletes nothing",
    source="every correct server (RFC 1939 section 6); MS KB 141343 (C)",
    bugs="Outlook 2002 fetches the whole batch again and again",
    aspect=_QUIT_REPLY,
    takes=(*_DELETION, "orderly close"),
)
def rollback_on_drop(
    deletes: Annotated[
        Count, "number of DELE commands before the connection ends; 0: it ends at QUIT"
    ] = 0,
    how: _How = "reset",
) -> Hooks:
    then = ENDINGS[how]
    if deletes:
        return _AfterDeletes(deletes, then)
    return _after_login(lambda session, request, call_next: Reply(None, then=then))
