"""What a server offers besides RFC 1939."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Offer:
    """What CAPA may announce (RFC 2449), and how the server speaks of itself.

    tls: STLS can be carried out. utf8: UTF8 is announced, messages with UTF-8 in their headers
    are for clients that say it, and names and passwords may be UTF-8 (RFC 6856). expire: days that
    messages are kept, None for ever. login_delay: seconds between two logins of a user. strangers:
    first words of other protocols, at which the connection is closed at once.
    """

    name: str = "pop3lab"
    implementation: str = ""
    tls: bool = False
    utf8: bool = False
    expire: int | None = None
    login_delay: int = 0
    languages: dict[str, str] = field(default_factory=lambda: {"en": "English"})
    strangers: frozenset[str] = frozenset()
