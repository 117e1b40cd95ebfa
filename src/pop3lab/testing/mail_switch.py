"""Whether a server under test takes mail by SMTP: without, nothing of that is imported."""

from __future__ import annotations  # the manual shows the names of types

from typing import TYPE_CHECKING

from pop3lab.core.errors import ConfigError
from pop3lab.testing.accounts import CurrentOptions
from pop3lab.testing.lifecycle import ServerLifecycle

if TYPE_CHECKING:
    from pop3lab.testing.mail_door import MailDoor


class MailSwitch:
    """A server that may take mail by SMTP."""

    def __init__(
        self,
        service: ServerLifecycle,
        options: CurrentOptions,
        *,
        wanted: bool,
        host: str,
        catch_all: str | None,
    ) -> None:
        """Raises ConfigError if a library is missing, or catch_all is no user."""
        self._mail_in: MailDoor | None = None
        if not isinstance(wanted, bool):
            raise ConfigError(f"smtp={wanted!r}: write True or False")
        now = options.now
        if catch_all is not None and not (now.any_user or catch_all in now.users):
            raise ConfigError(f"catch_all={catch_all!r}, who is not in users=")
        if catch_all is not None and not wanted:
            raise ConfigError("catch_all= is for mail in: write smtp=True, too")
        if wanted:
            from pop3lab.testing.mail_door import MailDoor  # rarely needed

            self._mail_in = MailDoor(service, options, host, catch_all)

    def _open_mail(self) -> None:
        if self._mail_in:
            self._mail_in.open()

    def _close_mail(self) -> None:
        if self._mail_in:
            self._mail_in.close()

    @property
    def smtp_port(self) -> int:
        """The port that takes mail by SMTP, with smtp=True."""
        if not self._mail_in:
            raise ConfigError("this server takes no mail: write Pop3Server(smtp=True)")
        return self._mail_in.port

    @property
    def smtp_url(self) -> str:
        """The URL for curl, with the scheme smtp, or smtps with implicit TLS."""
        port = self.smtp_port
        assert self._mail_in
        return f"{self._mail_in.scheme}://{self._mail_in.place}:{port}"
