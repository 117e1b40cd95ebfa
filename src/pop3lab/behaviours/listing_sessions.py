"""Maildrops that differ from one session to the next, or change within a session."""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Literal, overload

from pop3lab.behaviours.retrieval import before
from pop3lab.core.actions import Close
from pop3lab.core.command import INFORMING, LISTINGS, TEXTS, CommandSpec
from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.hooks import Hooks
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
    MessageSelector,
    ViewHook,
    ViewMaildrop,
)
from pop3lab.rules.behaviour import Layer
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import Count, Numbers

quirk = BehaviourDecorator("quirk", category="listing")


@quirk(
    "shows an empty maildrop in some of a user's sessions",
    source="an outage behind the server (D)",
    bugs="Thunderbird forgets its messages and downloads all again; K-9 deletes its copies",
)
def stat_zero_transient(
    sessions: Annotated[Numbers, "the user's sessions with an empty maildrop"] = (2,),
) -> Hooks:
    return ViewHook(lambda visit: [] if visit.nth in sessions else visit.messages)


@quirk(
    "shows an empty maildrop: the dot is the first line of LIST and UIDL",
    source="all servers; Dovecot (A)",
    bugs="curl waited for a dot between two CRLF",
    layer=Layer.FIRST,
)
def list_empty() -> Hooks:
    return ViewHook(lambda visit: [])


_OF_A_MESSAGE = (*LISTINGS, *TEXTS, "DELE")


class _Gaps(PerSessionHooks):
    """Hides messages; those after them keep their numbers."""

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
        """Return the message, unless it was marked as deleted before the rule took effect."""
        try:
            return self.session.messages.entry(number)
        except NoSuchMessage:
            return None


@quirk(
    "skips message numbers as if those messages did not exist",
    source="K-9 issue 2252 (A); Dovecot leaves out what is deleted (A)",
    bugs="takes the position of a line for the message number and deletes another message",
    layer=Layer.BOOK,
)
def list_gaps(
    numbers: Annotated[Numbers, "skipped message numbers, as of the user's first session"] = (2,),
) -> Hooks:
    return _Gaps(numbers)


@quirk(
    "shows only part of the maildrop in each session",
    source="Gmail, some 250 to 300 (node-pop3#2, B); mailfront, WildDuck (C)",
    bugs="forgets, or deletes, the messages that are not listed",
)
def list_window(
    count: Annotated[Count, "maximum number of messages"] = 265,
    which: Annotated[Literal["oldest", "newest"], "the first or the last messages"] = "oldest",
) -> Hooks:
    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        messages = visit.messages
        return messages[:count] if which == "oldest" else messages[max(0, len(messages) - count) :]

    return ViewHook(view)


# A maildrop with a huge number of messages, which takes almost no memory.

_UID = "pop3lab-made-up-"


class _Huge(PerSessionHooks):
    """Adds synthetic messages after the real ones. entries: the total number at first."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._deleted: dict[str, set[int]] = {}

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        deleted = self._deleted.setdefault(self.user, set())
        made = range(1, self._entries - len(maildrop.snapshot.entries) + 1)
        left = array("L", (one for one in made if one not in deleted))
        return _HugeMaildrop(maildrop, left, deleted)


class _Entries(Sequence[Entry]):
    """The real entries, then the synthetic ones, each made on access."""

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


@quirk(
    "pads the maildrop with a huge number of small messages",
    source="curl's test 993 (A); NeoMutt stops at 500,000 (A)",
    bugs="jakartaee/mail-api#26 ran out of memory",
    takes=("empty maildrop",),
)
def list_huge(entries: Annotated[Count, "total number of messages"] = 100_000) -> Hooks:
    return _Huge(entries)


class _Growing(Snapshot):
    """Holds some messages at first, then all."""

    def __init__(self, some: Sequence[Entry], all_: Sequence[Entry]) -> None:
        super().__init__(some)
        self._all = all_

    def grow(self) -> None:
        self.entries = self._all
        for known in ("octets", "sizes", "uids"):
            self.__dict__.pop(known, None)


class _Grows(LoginCounter):
    """Adds messages in a user's first session after a command, perhaps before the others."""

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


@quirk(
    "adds messages during the session, which may renumber the others",
    source="fetchmail knows such servers (pop3.c:941 and :806, A)",
    bugs="deletes another message",
)
def maildrop_grows(
    after: Annotated[
        Literal["UIDL", "LIST", "STAT"], "the command after which messages arrive"
    ] = "UIDL",
    count: Annotated[Count, "number of messages that arrive late"] = 1,
    at: Annotated[Literal["start", "end"], "whether the first or the last arrive late"] = "start",
) -> Hooks:
    return _Grows(after, count, at)


@quirk(
    "removes a message between two sessions, which renumbers the messages after it",
    source="all servers",
    bugs="Windows Mobile fetched by the number it remembered (C); Splunk TA-dmarc#36 (B)",
)
def maildrop_shifts_between_sessions(
    number: Annotated[Count, "number of the message"] = 1,
    session: Annotated[Count, "the user's first session without the message"] = 2,
) -> Hooks:
    chosen = MessageSelector(number)

    def view(visit: LoginContext) -> Sequence[ListedMessage]:
        gone = chosen.uids(visit.user, [one.uid for one in visit.messages])
        return [one for one in visit.messages if visit.nth < session or one.uid not in gone]

    return ViewHook(view)


class _Expunged(ViewHook):
    """Refuses access to a message, as if another client removed it right after login."""

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


@quirk(
    "lists a message but refuses RETR, TOP and DELE as if another client had deleted it",
    source="Dovecot, which drops the connection at the second (A); Courier (A)",
    bugs="alaveteli#5697: the messages after it were not downloaded (B)",
)
def expunged_mid_session(
    number: Annotated[Count, "number of the message, independent of the rule's condition"] = 1,
    text: Annotated[str, "text of the refusal"] = "Message expunged.",
    drop: Annotated[Count, "the refusal that also closes the connection; 0 for none"] = 0,
) -> Hooks:
    return _Expunged(number, text, drop)
