"""What can be asked of a running server, whichever way it was started."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pop3lab.core.errors import ConfigError
from pop3lab.core.maildrop import Entry
from pop3lab.observe.counters import Counters
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.session_recorder import SessionRecorder
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules


class ServiceAddress(NamedTuple):
    """Where clients connect. tls: "none", "starttls" or "implicit"."""

    host: str
    port: int
    tls: str


class ServerDescription(NamedTuple):
    """What the server is, for whoever wants to connect.

    user: the first one. password: that of the user, if everybody knows it. users: all that are
    known by name. target: where the messages are; empty for memory.
    """

    endpoints: Sequence[ServiceAddress]
    user: str
    password: str | None
    users: Sequence[str]
    profile: str | None
    target: str


class NoSuchUid(ConfigError):
    """No message of the user has this unique-id."""

    def __init__(self, user: str, uid: str) -> None:
        super().__init__(f"{user} has no message with the unique-id {uid!r}")


class ServerControl(Protocol):
    """A running server.

    Any thread may use it but that of the loop that serves; methods wait until they are done. They
    raise ConfigError for what can't be done, with a sentence that says what to do.
    """

    @property
    def about(self) -> ServerDescription:
        """What the server is."""

    @property
    def sessions(self) -> SessionRecorder:
        """The records of the sessions."""

    @property
    def events(self) -> EventQueue:
        """The queue of events, which a reader drains."""

    @property
    def counters(self) -> Counters:
        """Counts of what sessions have done."""

    @property
    def rules(self) -> Rules:
        """The rules in force."""

    def add_rule(self, text: str) -> ActiveRule:
        """Add a rule."""

    def remove_rule(self, active: ActiveRule) -> None:
        """Take a rule out of force; again, it does nothing."""

    def replace_rules(self, texts: Sequence[str]) -> None:
        """Have these rules only, or no change if one of them is wrong."""

    def cut(self, session: int, *, reset: bool) -> bool:
        """End the connection of a session; return whether it was open."""

    def add_user(self, name: str, password: str) -> None:
        """Add a user, with an empty maildrop."""

    def set_password(self, name: str, password: str) -> None:
        """Change the password of a user."""

    def remove_user(self, name: str) -> None:
        """Refuse later logins of a user; the messages stay."""

    def add_token(self, token: str, user: str) -> None:
        """Add a token for OAuth, or renew one that has expired.

        user: the owner; behind it, with commas, others whose maildrops it opens.
        """

    def expire_token(self, token: str) -> None:
        """Let a token expire."""

    def messages(self, user: str) -> Sequence[Entry]:
        """The messages of a user. These four raise MaildropBusy and StoreFailed, too."""

    def read_message(self, user: str, uid: str) -> bytes:
        """The octets of a message, not stuffed. Raises NoSuchUid."""

    def add_message(self, user: str, octets: bytes) -> str:
        """Add a message as the last; return what it is called, mostly its unique-id."""

    def remove_messages(self, user: str, uid: str | None) -> Sequence[str]:
        """Remove a message, or all; return their unique-ids. Raises NoSuchUid."""

    @property
    def state(self) -> str:
        """What clients meet: "serving", "paused" or "refusing"."""

    def pause(self) -> None:
        """Accept clients, and be silent until resume(). Open sessions go on."""

    def refuse(self) -> None:
        """Refuse clients until resume(). Open sessions go on."""

    def resume(self) -> None:
        """Serve again."""

    def reset(self) -> None:
        """Begin anew, as far as the server can: with the rules of the start, and counters at 0."""

    def quit(self) -> None:
        """Stop the server."""
