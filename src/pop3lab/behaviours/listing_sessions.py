"""Maildrops that show other messages in one session than in the next, or change within one."""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import overload

from pop3lab.behaviours.retrieval import before
from pop3lab.core.actions import Close
from pop3lab.core.command import INFORMING, LISTINGS, TEXTS, CommandSpec
from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.maildrop import Entry, Maildrop, Snapshot, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.core.text import MessageText
from pop3lab.effects.listings import body_lines, parse_item, with_lines
from pop3lab.effects.maildrop_views import (
    ListedMessage,
    LoginContext,
    LoginCounter,
    MaildropView,
    MessageSelector,
    ViewHook,
    ViewMaildrop,
)
from pop3lab.rules.behaviour import Behaviour, Layer
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import COUNT, NUMBERS, TEXT, Parameter, choice

# A maildrop with a great many messages, which take next to no memory.

_UID = "pop3lab-made-up-"


class _Huge(PerSessionHooks):
    """Makes up messages behind the true ones. entries: how many there are in all, at first."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._deleted: dict[str, set[int]] = {}

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        deleted = self._deleted.setdefault(self.user, set())
        made = range(1, self._entries - len(maildrop.snapshot.entries) + 1)
        left = array("L", (one for one in made if one not in deleted))
        return _HugeMaildrop(maildrop, left, deleted)


class _Entries(Sequence[Entry]):
    """The true ones, then those made up, each made when it is asked for."""

    def __init__(self, true: Sequence[Entry], made: Sequence[int]) -> None:
        self._true = true
        self._made = made

    def __len__(self) -> int:
        return len(self._true) + len(self._made)

    @overload
    def __getitem__(self, place: int) -> Entry: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...

    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        true = len(self._true)
        return self._true[place] if place < true else _entry(self._made[place - true])

    def __iter__(self) -> Iterator[Entry]:
        yield from self._true
        yield from map(_entry, self._made)


def _entry(made: int) -> Entry:
    return Entry(f"{_UID}{made}", len(_text(made)))


def _text(made: int) -> bytes:
    return b"Subject: message %d\r\n\r\nMade up.\r\n" % made


class _HugeMaildrop(MaildropWrapper):
    def __init__(self, maildrop: Maildrop, made: Sequence[int], deleted: set[int]) -> None:
        super().__init__(maildrop)
        self._deleted = deleted
        self.snapshot = Snapshot(_Entries(maildrop.snapshot.entries, made))

    def read(self, uid: str) -> TextOrChunks:
        if uid.startswith(_UID):
            return MessageText(_text(int(uid.removeprefix(_UID))))
        return self.inner.read(uid)

    def delete_waits(self, uids: Collection[str]) -> bool:
        return self.inner.delete_waits(self._true(uids))

    def delete(self, uids: Collection[str]) -> None:
        self.inner.delete(self._true(uids))
        made = (uid for uid in uids if uid.startswith(_UID))
        self._deleted.update(int(uid.removeprefix(_UID)) for uid in made)

    def _true(self, uids: Collection[str]) -> list[str]:
        return [uid for uid in uids if not uid.startswith(_UID)]


_OF_A_MESSAGE = (*LISTINGS, *TEXTS, "DELE")


class _Gaps(PerSessionHooks):
    """Messages that are not there, though those behind them keep their numbers."""

    replies = frozenset(INFORMING)

    def __init__(self, numbers: Collection[int]) -> None:
        self._gone = MessageSelector(*numbers)

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        changed = dict(table)
        before(self._refuse, *_OF_A_MESSAGE)(changed)
        return changed

    def _refuse(self, session: SessionState, number: int) -> None:
        if number in self._gone.numbers(session):
            raise NoSuchMessage("no such message")

    def reply(self, request: Request, reply: Reply) -> Reply:
        if not reply.ok:
            return reply
        if request.verb == "STAT":
            return reply._replace(text=" ".join(map(str, self._left())))
        if reply.body is None:
            return reply
        gone = self._gone.numbers(self.session)
        items = ((line, parse_item(line)) for line in body_lines(reply.body))
        left = [line for line, item in items if not (item and int(item.number) in gone)]
        return with_lines(reply._replace(text=f"{len(left)} messages"), reply.body, left)

    def _left(self) -> tuple[int, int]:
        messages = self.session.messages
        gone = [*filter(None, map(self._counted, self._gone.numbers(self.session)))]
        return messages.count - len(gone), messages.octets - sum(one.octets for one in gone)

    def _counted(self, number: int) -> Entry | None:
        """The message, unless it was marked as deleted before the rule came."""
        try:
            return self.session.messages.entry(number)
        except NoSuchMessage:
            return None


def _empty_in(sessions: Collection[int]) -> MaildropView:
    return lambda visit: [] if visit.nth in sessions else visit.messages


def _window(count: int, which: str) -> MaildropView:
    if which == "oldest":
        return lambda visit: visit.messages[:count]
    return lambda visit: visit.messages[-count:] if count else []


def _shifts(number: int, session: int) -> MaildropView:
    """Without this message, from that session on."""
    chosen = MessageSelector(number)

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        gone = chosen.uids(visit.user, [one.uid for one in visit.messages])
        return [one for one in visit.messages if visit.nth < session or one.uid not in gone]

    return view


class _Expunged(ViewHook):
    """A message that another client removes as soon as this one has logged in."""

    def __init__(self, number: int, text: str, drop: int) -> None:
        super().__init__(self._without_those_before)
        self._chosen = MessageSelector(number)
        self._text = text
        self._drop = drop
        self._refused = 0
        self._numbers: set[int] = set()

    def _without_those_before(self, visit: LoginContext) -> Sequence[ListedMessage]:
        gone = self._chosen.uids(visit.user, ())
        return [one for one in visit.messages if one.uid not in gone]

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        seen = super().maildrop(maildrop)
        uids = [entry.uid for entry in seen.snapshot.entries]
        gone = self._chosen.uids(self.user, uids)
        self._numbers = {number for number, uid in enumerate(uids, 1) if uid in gone}
        return seen

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        changed = dict(table)
        before(self._refuse, *TEXTS, "DELE")(changed)
        return changed

    def _refuse(self, session: SessionState, number: int) -> Reply | None:
        if number not in self._numbers:
            return None
        self._refused += 1
        return Reply(False, self._text, then=Close() if self._refused == self._drop else None)


class _Growing(Snapshot):
    """Some messages at first, then all."""

    def __init__(self, some: Sequence[Entry], all_: Sequence[Entry]) -> None:
        super().__init__(some)
        self._all = all_

    def grow(self) -> None:
        self.entries = self._all
        for known in ("octets", "sizes", "uids"):
            self.__dict__.pop(known, None)


class _Grows(LoginCounter):
    """Messages come in a user's first session, behind a command, and may move the others."""

    def __init__(self, after: str, count: int, at: str) -> None:
        super().__init__()
        self.replies = frozenset({after})
        self._count = count
        self._at = at
        self._grown: set[str] = set()
        self._snapshot: _Growing | None = None

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        entries = maildrop.snapshot.entries
        seen = ViewMaildrop(maildrop, [ListedMessage(entry, entry.uid) for entry in entries])
        if self.user not in self._grown:
            late = min(self._count, len(entries))
            some = entries[late:] if self._at == "start" else entries[: len(entries) - late]
            seen.snapshot = self._snapshot = _Growing(some, entries)
        return seen

    def reply(self, request: Request, reply: Reply) -> Reply:
        if self._snapshot and reply.ok and self.user not in self._grown:
            self._grown.add(self.user)
            self._snapshot.grow()
        return reply


ROWS = (
    Behaviour(
        "stat-zero-transient",
        "in some of a user's sessions the maildrop is empty, and then it is as before",
        "an outage behind the server (D)",
        lambda server, sessions: ViewHook(_empty_in(sessions)),
        (Parameter("sessions", NUMBERS, "which of the user's sessions", (2,)),),
        category="listing",
        bugs="Thunderbird forgets what it has, and fetches all again; K-9 deletes its copies",
    ),
    Behaviour(
        "list-empty",
        "the maildrop is empty: the dot is the first line of LIST and UIDL",
        "all servers; Dovecot (A)",
        lambda server: ViewHook(lambda visit: []),
        category="listing",
        bugs="curl waited for a dot between two CRLF",
        layer=Layer.FIRST,
    ),
    Behaviour(
        "list-gaps",
        "numbers are missing: those messages are not there",
        "K-9 issue 2252 (A); Dovecot leaves out what is deleted (A)",
        lambda server, numbers: _Gaps(numbers),
        (Parameter("numbers", NUMBERS, "which, in the user's first session", (2,)),),
        category="listing",
        bugs="takes the place of a line for the number, and deletes another message",
        layer=Layer.BOOK,
    ),
    Behaviour(
        "list-window",
        "a session sees only so many messages of all",
        "Gmail, some 250 to 300 (node-pop3#2, B); mailfront, WildDuck (C)",
        lambda server, count, which: ViewHook(_window(count, which)),
        (
            Parameter("count", COUNT, "how many messages", 265),
            Parameter("which", choice("oldest", "newest"), "the first or the last", "oldest"),
        ),
        category="listing",
        bugs="forgets, or deletes, what is not listed",
    ),
    Behaviour(
        "list-huge",
        "the maildrop has a great many messages, small ones behind those that there are",
        "curl's test 993 (A); NeoMutt stops at 500,000 (A)",
        lambda server, entries: _Huge(entries),
        (Parameter("entries", COUNT, "how many messages in all", 100_000),),
        category="listing",
        bugs="jakartaee/mail-api#26 ran out of memory",
        takes=("empty maildrop",),
    ),
    Behaviour(
        "maildrop-grows",
        "messages come within the session, and the others may move",
        "fetchmail knows such servers (pop3.c:941 and :806, A)",
        lambda server, after, count, at: _Grows(after, count, at),
        (
            Parameter("after", choice("UIDL", "LIST", "STAT"), "behind which command", "UIDL"),
            Parameter("count", COUNT, "how many of the messages come late", 1),
            Parameter("at", choice("start", "end"), "which: the first or the last", "start"),
        ),
        category="listing",
        bugs="deletes another message",
    ),
    Behaviour(
        "maildrop-shifts-between-sessions",
        "from a session on a message is no longer there, and those behind it have moved",
        "all servers",
        lambda server, number, session: ViewHook(_shifts(number, session)),
        (
            Parameter("number", COUNT, "which message", 1),
            Parameter("session", COUNT, "in which of the user's sessions it is gone", 2),
        ),
        category="listing",
        bugs="Windows Mobile fetched by the number it remembered (C); Splunk TA-dmarc#36 (B)",
    ),
    Behaviour(
        "expunged-mid-session",
        "a message is listed, but RETR, TOP and DELE find that another client has removed it",
        "Dovecot, which drops the connection at the second (A); Courier (A)",
        lambda server, number, text, drop: _Expunged(number, text, drop),
        (
            Parameter("number", COUNT, "which message; a condition does not choose it", 1),
            Parameter("text", TEXT, "the text of the refusal", "Message expunged."),
            Parameter("drop", COUNT, "the refusal at which the server closes, 0 for none", 0),
        ),
        category="listing",
        bugs="alaveteli#5697: the messages behind it were not fetched (B)",
    ),
)
