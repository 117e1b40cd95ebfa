"""The test server of Perl's Mail::Box, keyword by keyword."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Self

from pop3lab.behaviours.mail_box_commands import (
    Exit,
    add_break,
    refuse_user,
    rset_one,
    top_whole,
    user_then_pass,
)
from pop3lab.core.actions import Action, OffloadNext, Part, Send
from pop3lab.core.command import COMMANDS, TEXTS, CommandSpec
from pop3lab.core.errors import MessageGone
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Entry, ListedBeforeLogin, Maildrop, TextOrChunks
from pop3lab.core.reply import CRLF_DOT, DOT, End, Reply, err, ok
from pop3lab.core.request import Authenticated, ParsedLine, Request, parse_line
from pop3lab.core.state import SessionState
from pop3lab.effects.bodies import MessageEnd
from pop3lab.effects.commands import (
    EACH,
    CallNext,
    TableChange,
    TableHook,
    only_commands,
    with_overrides,
    without_commands,
)
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.effects.maildrop_views import ListedMessage, ViewMaildrop
from pop3lab.rules.behaviour import Behaviour, Layer, ServerContext
from pop3lab.rules.session_hooks import LateEffect, PerSessionHooks

# Lines that are cut at white space, as Perl's split cuts them (test server of Mail::Box).

_SPACE = re.compile(rb"[ \t\n\r\f\v]+")  # what \s is in Perl, of octets
_NAMES = (b"USER", b"PASS")  # all that stands behind the white space is the argument

# How many words are looked at; of other commands all are.
_MOST = dict.fromkeys((b"STAT", b"NOOP", b"QUIT", b"BREAK", b"EXIT"), 0)
_MOST |= dict.fromkeys((b"LIST", b"UIDL", b"RETR", b"DELE", b"RSET"), 1)
_MOST |= dict.fromkeys((b"TOP", b"APOP"), 2)

_ANY_NAME = replace(COMMANDS["USER"], rest=True)


class WhiteSpace(LateEffect):
    """Cuts lines at white space, and looks at no more words than a command takes."""

    shows = True
    _changed: Request | None = None

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        changed = _read(octets.removesuffix(b"\r"))._replace(octets=read.octets)
        if changed == read:
            return read
        self._changed = changed.request
        return changed

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return with_overrides(table, {"USER": self._user, EACH: self._each})

    def _each(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        if request is self._changed and not self.claim():
            return err("unknown command")
        return call_next(session, request)

    def _user(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        """Any name is taken, none as well, after which PASS comes too early."""
        if self._changed is not request and self._is_refused(request) and not self.claim():
            return call_next(session, request)
        if request.rest is None:
            return self._each(session, request, lambda session, request: ok("now the password"))
        return self._each(session, request, _ANY_NAME.run)

    def _is_refused(self, request: Request) -> bool:
        """Whether this name is not one word, which is all that the book takes."""
        return len(request.arguments) != 1


def _read(line: bytes) -> ParsedLine:
    verb, *rest = _SPACE.split(line, 1)
    argument = b"".join(rest)
    if verb.upper() not in _NAMES:
        words = _SPACE.split(argument) if argument else []
        argument = b" ".join(words[: _MOST.get(verb.upper(), len(words))]).rstrip(b" ")
    as_it_is, spaced = (
        parse_line((verb + b" " + each if each else verb) + b"\r")
        for each in (argument, _SPACE.sub(b" ", argument))
    )
    return spaced._replace(request=as_it_is.request)  # white space in a name is no flaw


# Maildrops as they were when the session was greeted (test server of Mail::Box).


class _Ends:
    """Counts the sessions that are over."""

    def __init__(self) -> None:
        self._open: list[SessionState] = []
        self._over = 0

    def begin(self, session: SessionState) -> int:
        """Another session begins; how many are over by now."""
        over = self.count()
        self._open.append(session)
        return over

    def count(self) -> int:
        """How many are over by now."""
        still = [session for session in self._open if not session.over]
        self._over += len(self._open) - len(still)
        self._open[:] = still
        return self._over


class _ListAtGreeting(PerSessionHooks):
    """Numbers the messages that were there at the greeting, unless a session has ended since.

    Where the store can't be looked at before a login, or not then, they are those of the login.
    """

    _over = 0
    _listed: Callable[[str], Sequence[Entry]] | None = None

    def __init__(self) -> None:
        self._ends = _Ends()

    def for_session(self, session: SessionState) -> Self:
        begun = super().for_session(session)
        begun._over = self._ends.begin(session)
        return begun

    def prepare(self) -> Iterator[Action]:
        """The list, however long that takes."""
        store = self.session.store
        if isinstance(store, ListedBeforeLogin):
            yield OffloadNext()
            self._listed = store.look()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        if self._listed is None or self._ends.count() != self._over:
            return maildrop
        listed = self._listed(self.user)
        there = {entry.uid: entry for entry in maildrop.snapshot.entries}
        if [*there] == [entry.uid for entry in listed]:
            return maildrop
        return ViewMaildrop(maildrop, [_shown(entry, there.get(entry.uid)) for entry in listed])


def _shown(entry: Entry, there: Entry | None) -> ListedMessage:
    return ListedMessage(there, there.uid) if there else ListedMessage(entry, alter=_is_gone)


def _is_gone(octets: TextOrChunks) -> TextOrChunks:
    raise MessageGone("the message is gone")


_MAIL_BOX = "test server of Perl's Mail::Box"


def _table(change: TableChange) -> Callable[[ServerContext], Hooks]:
    return lambda server: TableHook(change)


def _message_end(end: End) -> Callable[[ServerContext], Hooks]:
    return lambda server: MessageEnd(end)


_RFC1939 = (
    "USER",
    "PASS",
    "APOP",
    "STAT",
    "LIST",
    "UIDL",
    "RETR",
    "TOP",
    "DELE",
    "RSET",
    "NOOP",
    "QUIT",
)


class _Autodelete(Hooks):
    """A message that was sent whole is deleted at QUIT, as if DELE had been sent for it."""

    replies = ()
    sends = frozenset(TEXTS)

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._reading = ""

    def for_session(self, session: SessionState) -> Hooks:
        return _Autodelete()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return CloseHook(maildrop, reads=self._reads, deletes=self._sent.union)

    def _reads(self, uid: str) -> None:
        self._reading = uid

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        uid, self._reading = self._reading, ""
        whole = request.verb == "RETR" or len(request.arguments) == 1
        for action in actions:
            yield action
            if uid and whole and isinstance(action, Send) and action.part is Part.END:
                self._sent.add(uid)


ROWS = (
    Behaviour(
        "rfc1939-commands",
        "the commands of RFC 1939 and no others: CAPA, AUTH, STLS ... are unknown",
        _MAIL_BOX,
        _table(only_commands(*_RFC1939)),
        category="mail-box",
        layer=Layer.FIRST,
    ),
    Behaviour(
        "minimal-commands",
        "no APOP, TOP and UIDL, which RFC 1939 leaves to the server",
        _MAIL_BOX,
        _table(without_commands("APOP", "TOP", "UIDL")),
        category="mail-box",
        layer=Layer.FIRST,
        takes=("timestamp",),
    ),
    Behaviour(
        "apop-only",
        "USER is refused; only APOP logs in",
        _MAIL_BOX,
        _table(refuse_user),
        against=("minimal-commands",),
        category="mail-box",
        aspect="the answer to USER",
    ),
    Behaviour(
        "perl-split",
        "lines are cut at white space: tabs, blanks at the end and words too many are let pass;"
        " of USER and PASS all that follows is the argument",
        _MAIL_BOX,
        lambda server: WhiteSpace(),
        category="mail-box",
        layer=Layer.FIRST,
    ),
    Behaviour(
        "list-at-greeting",
        "the messages are those of the greeting, or of the login if a session ended in between",
        _MAIL_BOX,
        lambda server: _ListAtGreeting(),
        category="mail-box",
        layer=Layer.FIRST,
    ),
    Behaviour(
        "user-then-pass",
        "a second USER in a row is a failed login: refused, and the first is forgotten",
        _MAIL_BOX,
        _table(user_then_pass),
        category="mail-box",
        aspect="the answer to USER",
    ),
    Behaviour(
        "rset-one",
        "RSET with a number takes the mark from that message only",
        _MAIL_BOX,
        _table(rset_one),
        category="mail-box",
        aspect="what RSET does",
    ),
    Behaviour(
        "top-whole",
        "TOP without a count sends the whole message",
        _MAIL_BOX,
        _table(top_whole),
        category="mail-box",
        layer=Layer.FIRST,
    ),
    Behaviour(
        "break-command",
        "BREAK, in any state, closes the connection without a reply; nothing is deleted",
        _MAIL_BOX,
        _table(add_break),
        category="mail-box",
    ),
    Behaviour(
        "exit-command",
        "EXIT gets no reply; the next QUIT, in this session or a later one, shuts the server down",
        _MAIL_BOX,
        Exit,
        category="mail-box",
    ),
    Behaviour(
        "extra-crlf",
        "a CRLF more stands before the dot that ends a message",
        _MAIL_BOX,
        _message_end(End(CRLF_DOT, CRLF_DOT, CRLF_DOT)),
        aspect="how a message ends",
        category="mail-box",
    ),
    Behaviour(
        "crlf-for-empty",
        "an empty message is sent as one empty line",
        _MAIL_BOX,
        _message_end(End(DOT, CRLF_DOT, CRLF_DOT)),
        aspect="how a message ends",
        category="mail-box",
        needs=("empty message",),
    ),
    Behaviour(
        "autodelete",
        "a message sent whole, by RETR or by TOP without a count, is deleted at QUIT",
        _MAIL_BOX,
        lambda server: _Autodelete(),
        category="mail-box",
        needs=(
            "dot behind RETR",
            "good end",
        ),
        aspect="what becomes of a message that was sent",
    ),
)
