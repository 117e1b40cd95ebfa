"""Deletions that a client sees over several sessions, and that the store makes or does not."""

from abc import ABC, abstractmethod
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Self

from pop3lab.core.actions import Action, Part, Send
from pop3lab.core.command import CommandSpec
from pop3lab.core.errors import StoreFailed
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.reply import Reply
from pop3lab.core.request import Authenticated, Request, State
from pop3lab.core.state import SessionState
from pop3lab.effects.commands import CallNext, with_overrides
from pop3lab.effects.logins import SaslOutcome, wrap_sasl
from pop3lab.effects.maildrop_close import CloseHook
from pop3lab.effects.maildrop_views import ListedMessage, ViewMaildrop, listed_messages
from pop3lab.rules.behaviour import Behaviour, ServerContext
from pop3lab.rules.session_hooks import PerSessionHooks
from pop3lab.rules.values import COUNT, SECONDS, TEXT, Parameter, choice

# Users who put a word before their names, which says what they want to see.

_OAUTH = (b"user=", b"n,a=")


def without_prefix(prefix: bytes, response: bytes) -> bytes:
    """A first response of SASL without the word before its names.

    PLAIN has them before the last NUL, OAuth behind a key, other mechanisms in front.
    """
    *names, rest = response.split(b"\0", 2)
    if len(names) == 2:
        return b"\0".join([*(name.removeprefix(prefix) for name in names), rest])
    for key in _OAUTH:
        if response.startswith(key):
            return key + response.removeprefix(key).removeprefix(prefix)
    return response.removeprefix(prefix)


def _decoded(prefix: bytes, encoded: bytes) -> tuple[bytes, bool]:
    """The same for one in base64, and whether the word was there."""
    try:
        response = b64decode(encoded, validate=True)
    except Base64Error:
        return encoded, False
    changed = without_prefix(prefix, response)
    return (b64encode(changed), True) if changed != response else (encoded, False)


class _Prefix:
    """A word that may stand before the name of a user who logs in. there: it did, the last time."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.there = False

    def name(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        """A turn of USER or APOP: the name is taken without the word."""
        rest = request.rest or ""
        self.there = rest.startswith(self._word)
        return call_next(session, request._replace(rest=rest.removeprefix(self._word) or None))

    def response(
        self, session: SessionState, request: Request, call_next: CallNext
    ) -> Reply | Authenticated:
        """A turn of AUTH: so are the names in the first response."""
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
    """What a server remembers of one user; told by true unique-ids."""

    def shown(self, messages: Sequence[ListedMessage]) -> Sequence[ListedMessage]:
        """Those that a session sees, as it begins."""
        return messages

    @abstractmethod
    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        """What really goes, of a client that deleted these and read those in full."""


class _Visits(PerSessionHooks):
    """Remembers something of each user. What a session has read in full counts until RSET."""

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
    """Of messages that are in the store and no longer shown."""

    def __init__(self) -> None:
        self._hidden: set[str] = set()

    def shown(self, messages: Sequence[ListedMessage]) -> Sequence[ListedMessage]:
        return [message for message in messages if message.uid not in self._hidden]


class _Trash(_Hidden):
    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        self._hidden.update(deleted)
        return ()


class _Popped(_Hidden):
    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        self._hidden.update(read)
        return deleted


class _Popping(_Visits):
    """Gives them back to a user who puts a word before the name."""

    _prefix: _Prefix

    def __init__(self, how: str, recent: str) -> None:
        super().__init__(_Popped if how == "hide" else _ReadIsGone)
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


class _ReadIsGone(_Memory):
    def quit(self, deleted: Collection[str], read: Collection[str]) -> Collection[str]:
        return {*deleted, *read}


class _Delayed(_Memory):
    """Of messages that will be gone, and when."""

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


class _Expiring(_Memory):
    """Of messages, and in how many sessions each was listed."""

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


# commit-on-drop


class _CommitOnDrop(PerSessionHooks):
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


ROWS = (
    Behaviour(
        "dele-to-trash",
        "what is deleted is not listed any more, and is still in the store",
        "WildDuck (#937), Zimbra, Gmail (B)",
        lambda server: _Visits(_Trash),
        category="deletion",
        takes=("deletion from the store",),
        needs=(
            "DELE",
            "deletion at QUIT",
        ),
    ),
    Behaviour(
        "retr-implies-delete",
        "after RETR and QUIT a message is hidden, or deleted; RSET spares it",
        "Gmail hides (jakartaee#739, B); Mercury/NLM deletes (fetchmail pop3.c, A); qpopper (C)",
        lambda server, how, recent: _Popping(how, recent),
        (
            Parameter(
                "how", choice("hide", "delete"), "hidden in later sessions, or deleted", "hide"
            ),
            Parameter(
                "recent",
                TEXT,
                "who logs in with this before the name, recent: for Gmail, sees what is hidden",
                "",
            ),
        ),
        category="deletion",
        bugs="mail is lost when it can't be stored after RETR",
        needs=(
            "dot behind RETR",
            "good end",
        ),
        aspect="what becomes of a message that was sent",
    ),
    Behaviour(
        "commit-on-drop",
        "what is marked as deleted goes although the connection was lost before QUIT",
        "Dovecot once (NEWS, A); tpop3d, since Outlook closes right behind QUIT (CHANGES, A)",
        lambda server: _CommitOnDrop(),
        category="deletion",
        bugs="mail that was deleted before it was stored is lost",
        needs=("DELE",),
    ),
    Behaviour(
        "delayed-commit",
        "what was deleted is still there in sessions that begin within so many seconds",
        "Berkeley popper restores its queue (fetchmail FAQ D2, NEWS 5.0.2, C)",
        lambda server, seconds: _Visits(lambda: _Delayed(server, seconds)),
        (Parameter("seconds", SECONDS, "from QUIT until they are gone", 600.0),),
        category="deletion",
        bugs="what was deleted is fetched again",
        needs=(
            "DELE",
            "deletion at QUIT",
            "deletion from the store",
        ),
    ),
    Behaviour(
        "expire",
        "a message is listed in so many sessions, then it is deleted",
        "EXPIRE of RFC 2449; Zimbra's `EXPIRE 31 USER` (A)",
        lambda server, sessions: _Visits(lambda: _Expiring(sessions)),
        (Parameter("sessions", COUNT, "in which it is listed", 1),),
        category="deletion",
        bugs="mail left on the server is lost",
    ),
)
