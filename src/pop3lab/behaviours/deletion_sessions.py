"""Deletions that take effect in later sessions, in the store, or not at all."""

from abc import ABC, abstractmethod
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.command import CommandSpec
from pop3lab.core.errors import StoreFailed
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request, State
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import CallNext, with_overrides
from pop3lab.effects.logins import SaslOutcome, wrap_sasl
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.effects.maildrop_views import ListedMessage, ViewMaildrop, listed_messages
from pop3lab.rules.behaviour import ServerContext
from pop3lab.rules.declaration import BehaviourDecorator
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import Count, Seconds

quirk = BehaviourDecorator("quirk", category="deletion")

# User names with a prefix that selects the messages to list.

_OAUTH = (b"user=", b"n,a=")


def without_prefix(prefix: bytes, response: bytes) -> bytes:
    """Return an initial SASL response without the prefix of its names.

    PLAIN sends names before the last NUL, OAuth after a key, other mechanisms at the start.
    """
    *names, rest = response.split(b"\0", 2)
    if len(names) == 2:
        return b"\0".join([*(name.removeprefix(prefix) for name in names), rest])
    for key in _OAUTH:
        if response.startswith(key):
            return key + response.removeprefix(key).removeprefix(prefix)
    return response.removeprefix(prefix)


def _decoded(prefix: bytes, encoded: bytes) -> tuple[bytes, bool]:
    """The same for a base64 response, and whether it had the prefix."""
    try:
        response = b64decode(encoded, validate=True)
    except Base64Error:
        return encoded, False
    changed = without_prefix(prefix, response)
    return (b64encode(changed), True) if changed != response else (encoded, False)


class _Prefix:
    """An optional prefix of the user name. there: the last login used it."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.there = False

    def name(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        """Override USER and APOP: remove the prefix from the name."""
        rest = request.rest or ""
        self.there = rest.startswith(self._word)
        return call_next(session, request._replace(rest=rest.removeprefix(self._word) or None))

    def response(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        """Override AUTH: remove the prefix from the names in the initial response."""
        word = self._word.encode()
        mechanism, space, initial = (request.rest or "").partition(" ")
        if space:
            taken, self.there = _decoded(word, initial.encode("ascii", "replace"))
            return call_next(session, request._replace(rest=f"{mechanism} {taken.decode()}"))
        answer = call_next(session, request)
        waiting = True

        def step(line: bytes, inner: Callable[[bytes], SaslOutcome]) -> SaslOutcome:
            nonlocal waiting
            if waiting:
                line, self.there = _decoded(word, line)
            waiting = False
            return inner(line)

        wrap_sasl(session, step)
        return answer


class _Memory(ABC):
    """The server's memory of a user's messages, by their true unique-ids."""

    def shown(self, messages: Sequence[ListedMessage]) -> Sequence[ListedMessage]:
        """Return the messages that a new session lists."""
        return messages

    @abstractmethod
    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        """Return the messages to remove after a client deleted and fully read these."""


class _Remembering(PerSessionHooks):
    """Keeps a memory for each user. RSET discards the session's list of fully read messages."""

    replies = frozenset({"RSET"})
    sends = frozenset({"RETR", "TOP"})
    _reading = ""

    def __init__(self, make: Callable[[], _Memory]) -> None:
        self._make = make
        self._users: dict[str, _Memory] = {}

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        if self.user not in self._users:
            self._users[self.user] = self._make()
        memory = self._users[self.user]
        self._read: set[str] = set()
        there = {entry.uid for entry in maildrop.snapshot.entries}

        def deletes(uids: Collection[str]) -> Collection[str]:
            return there.intersection(memory.quit(uids, self._read))

        true = CloseHook(maildrop, reads=self._reads, deletes=deletes)
        return ViewMaildrop(true, self._shown(memory, listed_messages(maildrop)))

    def _shown(self, memory: _Memory, messages: Sequence[ListedMessage]) -> Sequence[ListedMessage]:
        return memory.shown(messages)

    def _reads(self, uid: str) -> None:
        self._reading = uid

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        uid, self._reading = self._reading, ""
        for action in actions:
            yield action
            whole = isinstance(action, Send) and action.part is Part.END
            if uid and whole and request.verb == "RETR":
                self._read.add(uid)

    def reply(self, request: Request, reply: Reply) -> Reply:
        if reply.ok:
            self._read.clear()
        return reply


class _Hidden(_Memory):
    """Remembers messages that stay in the store but are no longer listed."""

    def __init__(self) -> None:
        self._hidden: set[str] = set()

    def shown(self, messages: Sequence[ListedMessage]) -> Sequence[ListedMessage]:
        return [message for message in messages if message.uid not in self._hidden]


class _HidesDeleted(_Hidden):
    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        self._hidden.update(deleted)
        return ()


@quirk(
    "stops listing deleted messages but keeps them in the store",
    source="WildDuck (#937), Zimbra, Gmail (B)",
    takes=("deletion from the store",),
    needs=("DELE", "deletion at QUIT"),
)
def dele_to_trash() -> Hooks:
    return _Remembering(_HidesDeleted)


class _HidesRead(_Hidden):
    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        self._hidden.update(read)
        return deleted


class _DeletesRead(_Memory):
    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        return {*deleted, *read}


class _RetrDeletes(_Remembering):
    """Hides or deletes retrieved messages; lists them again for a user name with the prefix."""

    _prefix: _Prefix

    def __init__(self, hides: bool, recent: str) -> None:
        super().__init__(_HidesRead if hides else _DeletesRead)
        self._recent = recent

    def for_session(self, session: SessionState) -> Self:
        begun = super().for_session(session)
        begun._prefix = _Prefix(self._recent)
        return begun

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        if not self._recent:
            return table
        name, response = self._name, self._response
        return with_overrides(table, {"USER": name, "APOP": name, "AUTH": response})

    def _name(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        return self._prefix.name(session, request, call_next)

    def _response(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        return self._prefix.response(session, request, call_next)

    def _shown(self, memory: _Memory, messages: Sequence[ListedMessage]) -> Sequence[ListedMessage]:
        return messages if self._prefix.there else super()._shown(memory, messages)


@quirk(
    "hides or deletes retrieved messages after QUIT; RSET spares them",
    source="Gmail hides (jakartaee#739, B); Mercury/NLM deletes (fetchmail pop3.c, A); qpopper (C)",
    bugs="clients lose mail that they cannot store after RETR",
    needs=("dot after RETR", "orderly close"),
    aspect="what happens to retrieved messages",
)
def retr_implies_delete(
    how: Annotated[
        Literal["hide", "delete"], "whether later sessions hide the messages or QUIT deletes them"
    ] = "hide",
    recent: Annotated[
        str, "user name prefix, such as recent: for Gmail, that lists hidden messages again"
    ] = "",
) -> Hooks:
    return _RetrDeletes(how == "hide", recent)


class _CommitOnDrop(PerSessionHooks):
    """Deletes the marked messages of a session that ends without QUIT."""

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return CloseHook(maildrop, closes=self._commit)

    def _commit(self) -> None:
        session = self.session
        if session.state is not State.TRANSACTION:
            return
        try:
            session.maildrop.delete(session.messages.marked_uids)
        except StoreFailed as failure:
            session.emit_store_error(failure)


@quirk(
    "removes deleted messages even if the connection is lost before QUIT",
    source="Dovecot once (NEWS, A); tpop3d, since Outlook closes right behind QUIT (CHANGES, A)",
    bugs="clients lose mail that they delete before storing it",
    needs=("DELE",),
)
def commit_on_drop() -> Hooks:
    return _CommitOnDrop()


class _Delayed(_Memory):
    """Remembers when deleted messages are due for removal."""

    def __init__(self, server: ServerContext, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._due: dict[str, float] = {}
        self._over: set[str] = set()

    def shown(self, messages: Sequence[ListedMessage]) -> Sequence[ListedMessage]:
        now = self._server.clock()
        self._over = {uid for uid, due in self._due.items() if due <= now}
        return [message for message in messages if message.uid not in self._over]

    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        for uid in deleted:
            self._due.setdefault(uid, self._server.clock() + self._seconds)
        return self._over


@quirk(
    "lists deleted messages again in sessions that begin soon after QUIT",
    source="Berkeley popper restores its queue (fetchmail FAQ D2, NEWS 5.0.2, C)",
    bugs="clients fetch deleted messages again",
    needs=("DELE", "deletion at QUIT", "deletion from the store"),
)
def delayed_commit(
    server: ServerContext,
    seconds: Annotated[Seconds, "delay between QUIT and the removal"] = 600.0,
) -> Hooks:
    return _Remembering(lambda: _Delayed(server, seconds))


class _Expiring(_Memory):
    """Remembers how many sessions have listed each message."""

    def __init__(self, sessions: int) -> None:
        self._sessions = sessions
        self._listed: Counter[str] = Counter()

    def shown(self, messages: Sequence[ListedMessage]) -> Sequence[ListedMessage]:
        shown = [one for one in messages if self._listed[one.uid] < self._sessions]
        self._listed.update(one.uid for one in shown)
        return shown

    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        expired = (uid for uid, times in self._listed.items() if times >= self._sessions)
        return {*deleted, *expired}


@quirk(
    "deletes messages after listing them in a number of sessions",
    source="EXPIRE of RFC 2449; Zimbra's `EXPIRE 31 USER` (A)",
    bugs="clients lose mail that they leave on the server",
)
def expire(sessions: Annotated[Count, "number of sessions that list a message"] = 1) -> Hooks:
    return _Remembering(lambda: _Expiring(sessions))
