"""Whether a server under test takes mail by SMTP: without, nothing of that is imported."""

from __future__ import annotations  # the manual shows the names of types

from typing import Protocol

from pop3lab.core.errors import ConfigError
from pop3lab.testing.accounts import CurrentOptions
from pop3lab.testing.lifecycle import ServerLifecycle

MAX_PORT = 65_535


class MailSwitch(Protocol):
    """What a server does with mail."""

    @property
    def port(self) -> int:
        """The port that takes it."""

    @property
    def url(self) -> str:
        """The URL of that port."""

    def open(self) -> None:
        """Take mail until close(). Raises OSError."""

    def close(self) -> None:
        """Reset all connections."""


class NoMailDoor:
    """The door of a server that takes no mail."""

    @property
    def port(self) -> int:
        """Raises ConfigError."""
        raise ConfigError("this server takes no mail: write Pop3Server(smtp=True)")

    @property
    def url(self) -> str:
        """Raises ConfigError."""
        raise ConfigError("this server takes no mail: write Pop3Server(smtp=True)")

    def open(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def mail_door(
    wanted: bool | int,
    service: ServerLifecycle,
    options: CurrentOptions,
    host: str,
    catch_all: str | None,
) -> MailSwitch:
    """Return the door. wanted: True for a free port, or the port.

    Raises ConfigError if a library is missing, or catch_all is no user.
    """
    if not isinstance(wanted, int) or not 0 <= wanted <= MAX_PORT:
        raise ConfigError(f"smtp={wanted!r}: write True, or a port from 0 to {MAX_PORT}")
    now = options.now
    if catch_all is not None and not (now.any_user or catch_all in now.users):
        raise ConfigError(f"catch_all={catch_all!r}, who is not in users=")
    if catch_all is not None and wanted is False:
        raise ConfigError("catch_all= is for mail in: write smtp=True, too")
    if wanted is False:
        return NoMailDoor()
    from pop3lab.testing.mail_door import MailDoor  # rarely needed

    return MailDoor(service, options, host, 0 if wanted is True else wanted, catch_all)


class SmtpAddress:
    """A server that may take mail by SMTP."""

    def __init__(self, mail: MailSwitch) -> None:
        self._smtp = mail

    @property
    def smtp_port(self) -> int:
        """The port that takes mail by SMTP, with smtp=True."""
        return self._smtp.port

    @property
    def smtp_url(self) -> str:
        """The URL for curl, with the scheme smtp, or smtps with implicit TLS."""
        return self._smtp.url
