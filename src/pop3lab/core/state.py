"""Where a session stands: what the handlers of commands may see and change."""

from collections.abc import Callable, Iterator, Sequence

from pop3lab.core.command import COMMANDS
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.errors import MessageGone, NoSuchMessage, Refused, StoreFailed
from pop3lab.core.events import ConnectionOpened, Event, EventSink, LoggedIn, StoreError
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.login import NO_THROTTLE, LoginThrottle
from pop3lab.core.maildrop import (
    Entry,
    Maildrop,
    Numbered,
    Snapshot,
    Store,
    Users,
    size_lines,
    uid_lines,
)
from pop3lab.core.maildrop_wrappers import EventingMaildrop, Utf8HeaderFilter
from pop3lab.core.reply import Reply, challenge, ok
from pop3lab.core.request import Authenticated, State
from pop3lab.core.responder import NO_CACHED_REPLIES, Responder, announced, cached_replies
from pop3lab.core.sasl import Channel, Mechanism, SaslStep
from pop3lab.core.text import MessageText

# A session's view of its maildrop.


class SessionMessages:
    """A session's messages: numbers 1..n and deletion marks are resolved here and nowhere else."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._marked: dict[int, Entry] = {}
        self._marked_octets = 0
        self.not_sent: set[int] = set()  # numbers of those that RETR was refused

    def entry(self, number: int) -> Entry:
        """The message of this number. Raises NoSuchMessage, also for one marked as deleted."""
        entry = self._any(number)
        if number in self._marked:
            raise NoSuchMessage(f"message {number} is deleted")
        return entry

    def _any(self, number: int) -> Entry:
        entries = self._snapshot.entries
        if not 1 <= number <= len(entries):
            raise NoSuchMessage(f"no such message, there are {len(entries)}")
        return entries[number - 1]

    @property
    def count(self) -> int:
        """How many are not marked."""
        return len(self._snapshot.entries) - len(self._marked)

    @property
    def octets(self) -> int:
        """The sum of the sizes of those not marked."""
        return self._snapshot.octets - self._marked_octets

    @property
    def summary(self) -> str:
        """Both, in words."""
        return f"{self.count} message{'' if self.count == 1 else 's'} ({self.octets} octets)"

    @property
    def sizes(self) -> MessageText:
        """The lines of LIST."""
        return size_lines(self._live()) if self._marked else self._snapshot.sizes

    @property
    def uids(self) -> MessageText:
        """The lines of UIDL."""
        return uid_lines(self._live()) if self._marked else self._snapshot.uids

    def _live(self) -> Iterator[Numbered]:
        for number, entry in enumerate(self._snapshot.entries, 1):
            if number not in self._marked:
                yield number, entry

    def mark(self, number: int) -> None:
        """Mark as deleted. Raises NoSuchMessage."""
        entry = self._marked[number] = self.entry(number)
        self._marked_octets += entry.octets

    def unmark(self, number: int) -> None:
        """Take the mark from one message, if it has one. Raises NoSuchMessage."""
        entry = self._any(number)
        if self._marked.pop(number, None):
            self._marked_octets -= entry.octets

    def unmark_all(self) -> None:
        """Take all marks away (RFC 1939 section 5, RSET)."""
        self._marked.clear()
        self._marked_octets = 0

    @property
    def marked_uids(self) -> list[str]:
        """The unique-ids of the messages marked as deleted."""
        return [entry.uid for entry in self._marked.values()]


class SessionState:
    """State, maildrop and marks of one session, and what it offers on its channel."""

    __slots__ = (
        "_ended",
        "_logins_refused",
        "_maildrop",
        "_messages",
        "_naming",
        "_ready",
        "_refused",
        "_saying",
        "_script",
        "_told",
        "address",
        "channel",
        "commands",
        "dialogue",
        "early",
        "guard",
        "limits",
        "line",
        "mechanism",
        "more",
        "named",
        "nudge",
        "number",
        "offer",
        "state",
        "store",
        "surrogates",
        "timestamp",
        "turned_away",
        "user",
        "users",
        "utf8",
        "verbs",
        "watched",
    )

    def __init__(
        self,
        number: int,
        users: Users,
        store: Store,
        *,
        timestamp: str = "",
        peer: str = "",
        turned_away: str = "",
        offer: ServerCapabilities = ServerCapabilities(),
        channel: Channel = Channel(),
        limits: Limits = Limits(),
        script: Hooks = NO_HOOKS,
        guard: LoginThrottle = NO_THROTTLE,
        watch: EventSink | None = None,
    ) -> None:
        """timestamp: with its angle brackets, never used before (RFC 1939 section 7, APOP).

        turned_away: why there is to be no session at all.

        peer: the client's address and, behind a last colon, its port.
        """
        self.number = number
        self.users = users
        self.timestamp = timestamp
        self.turned_away = turned_away
        self.offer = offer
        self.channel = channel
        self.verbs = BoundedCounter()
        self.store = store
        self.limits = limits
        self.guard = guard
        self.address = peer.rpartition(":")[0]
        self.nudge: Callable[[], None] = lambda: None  # have wakes asked at once, by any thread
        self.watched = watch is not None and watch.lines
        self.commands = COMMANDS
        self._ended = False
        self._maildrop: Maildrop | None = None
        self._messages: SessionMessages | None = None
        self._told: EventingMaildrop | None = None
        self._begin()
        self._script = script.begin(self)
        self.commands = self._script.commands(COMMANDS)
        self._saying = Responder(number, self._script, watch, self._tells_codes)
        self._saying.tell(ConnectionOpened(number, peer))

    def _begin(self) -> None:
        """As a session begins, and again under TLS: what was said before is forgotten."""
        self.state = State.AUTHORIZATION
        self.user: str | None = None
        self.mechanism = ""  # by which the user logs in
        self.utf8 = False
        self.surrogates = False  # a script gives something else instead of what is withheld
        self.named: str | None = None  # by the command just before this one
        self._naming: str | None = None
        self.line = b""  # the one at hand, as it came, without its LF
        self.early = False  # it came before the answer to the line before it
        self.more = False  # another line has come behind it
        self.dialogue: SaslStep | None = None  # whom the next line is for, if it is a response
        self._refused = self._logins_refused = 0
        self._ready = NO_CACHED_REPLIES

    @property
    def messages(self) -> SessionMessages:
        """The messages by number; only in TRANSACTION."""
        assert self._messages is not None
        return self._messages

    @property
    def maildrop(self) -> Maildrop:
        """The open maildrop; only in TRANSACTION."""
        assert self._maildrop is not None
        return self._maildrop

    def knows(self, verb: str) -> bool:
        """Whether there is such a command here and now."""
        row = self.commands.get(verb)
        return row is not None and row.known(self)

    def _tells_codes(self) -> bool:
        """Whether clients can know of response codes (RFC 2449 section 6.4)."""
        return self.knows("CAPA")

    @property
    def takes_passwords(self) -> bool:
        """Whether USER and PASS work here."""
        return self.channel.clear and self.users.offers_pass and self.knows("USER")

    @property
    def offers_utf8(self) -> bool:
        """Whether UTF8 works here, before login (RFC 6856 section 2)."""
        row = self.commands.get("UTF8")
        return row is not None and row.offered(self)

    @property
    def may_start_tls(self) -> bool:
        """Whether STLS works here (RFC 2595 section 4)."""
        before = self.state is State.AUTHORIZATION and not self.channel.secure
        return before and self.offer.tls and self.knows("STLS")

    def mechanisms(self) -> Sequence[Mechanism]:
        """Those that AUTH takes on this channel."""
        return self.users.mechanisms(self.channel)

    def name_for_pass(self, name: str) -> None:
        """The name that PASS may follow, if it is the very next command."""
        self._naming = name

    def go_on(
        self, dialogue: SaslStep, outcome: bytes | Reply | Authenticated
    ) -> Reply | Authenticated:
        """A step of AUTH: its outcome is a challenge, and the next line a response, or the end."""
        if not isinstance(outcome, bytes):
            return outcome
        self.dialogue = dialogue
        return challenge(outcome)

    def update(self) -> None:
        """Enter UPDATE if there is a maildrop; then release it. Raises StoreFailed."""
        self._saying.quits = True
        if self._maildrop is None:
            return
        self.state = State.UPDATE
        try:
            self._maildrop.delete(self.messages.marked_uids)
        finally:
            self.release()

    def entered(self, user: str, maildrop: Maildrop) -> Reply:
        """Enter TRANSACTION (RFC 1939 section 4)."""
        self.named = None  # what CAPA lists is asked before a client names its user
        if self.offers_utf8 and not self.utf8 and self._announces_utf8():
            maildrop = Utf8HeaderFilter(maildrop, self._withholds)
        self.user = user
        for reason in maildrop.snapshot.left_out:
            self.tell(StoreError(self.number, reason))
        if self.watched:
            self.tell(LoggedIn(self.number, user, self.mechanism, maildrop.snapshot))
            told = EventingMaildrop(maildrop, self.number, self.tell)
            self._maildrop = self._script.maildrop(told)
            told.telling = True  # what a script reads before is not for the client
            self._told = told
        else:
            self._maildrop = self._script.maildrop(maildrop)
        self._messages = SessionMessages(self._maildrop.snapshot)
        self.state = State.TRANSACTION
        self._refused = 0
        if not self.watched:
            self._ready = cached_replies(self.commands, self._script)
        return ok(f"maildrop has {self.messages.summary}")

    @property
    def maildrop_waits(self) -> bool:
        """Whether what the script makes of a maildrop may take long."""
        return self._script.maildrop_waits

    def _withholds(self) -> bool:
        return not self.surrogates and self._announces_utf8()

    def _announces_utf8(self) -> bool:
        """Whether a client that asks for the capabilities now is told of UTF8.

        One that can't know of it is not refused anything for want of it (RFC 6856 section 2).
        """
        return "UTF8" in announced(self, self._saying)

    def is_gone(self, uid: str) -> bool:
        """Whether the maildrop, which is asked anew, no longer has this message."""
        if self._told:
            self._told.telling = False  # it is not for the client
        try:
            for _ in self.maildrop.read(uid):
                break
        except MessageGone:
            return True
        except (Refused, StoreFailed):
            pass
        finally:
            if self._told:
                self._told.telling = True
        return False

    def tell(self, event: Event) -> None:
        """Tell whoever watches."""
        self._saying.tell(event)

    def tell_failure(self, failure: StoreFailed) -> None:
        """Tell the operator why a store failed."""
        self._saying.tell_failure(failure)

    def refused_login(self) -> int:
        """Count one more; how many it has been."""
        self._logins_refused += 1
        return self._logins_refused

    def release(self) -> None:
        """Let the maildrop go, if there is one."""
        if self._maildrop:
            self._maildrop.close()
            self._maildrop = None
