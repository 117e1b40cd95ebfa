"""Mail in for `pop3lab serve` and `pop3lab DIR`, by SMTP and LMTP."""

from collections.abc import Iterator
from contextlib import contextmanager

from pop3lab.cli.process_accounts import ProcessAccounts
from pop3lab.config.options import Settings
from pop3lab.core.errors import ConfigError
from pop3lab.core.events import EventSink
from pop3lab.core.login import LoginThrottle
from pop3lab.core.maildrop import Store
from pop3lab.server import Server
from pop3lab.smtp.mail_server import MailServer
from pop3lab.smtp.post_office import MailParts
from pop3lab.smtp.recipients import Recipients
from pop3lab.transport.socket_activation import Listeners
from pop3lab.transport.unix_socket import listening_at
from pop3lab.transport.workers import listener_sets


class ProcessMail:
    """What takes mail in a process of the command line."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        server: Server,
        accounts: ProcessAccounts,
        *,
        sink: EventSink,
        throttle: LoginThrottle,
    ) -> None:
        """server: has the rules and the certificate. Raises ConfigError."""
        catch_all = settings.catch_all
        if not (settings.any_user or catch_all is None or accounts.has(catch_all)):
            raise ConfigError(f"catch-all {catch_all!r} is no user")
        recipients = Recipients(
            accounts.has,
            lambda: accounts.table.users,
            any_user=settings.any_user,
            catch_all=catch_all,
        )
        made = MailParts(
            store,
            recipients,
            lambda: accounts.users,
            lambda: server.rules,
            lambda: server.tls("") if server.tls else None,
            lambda: sink,
            settings.limits,
            settings.allow_clear_passwords,
            throttle,
        )
        self._server = MailServer(made)

    async def listen(self, listeners: Listeners) -> None:
        """Accept clients in the running loop."""
        for each in listeners.smtp:
            await self._server.listen(each)
        for each in listeners.smtps:
            await self._server.listen(each, secure=True)
        for each in listeners.lmtp:
            await self._server.listen(each, lmtp=True)

    async def stop(self) -> None:
        """Reset all connections; back when what is being stored is stored."""
        await self._server.stop()


def mail_ports(settings: Settings) -> dict[str, int | None]:
    """Return the ports to listen on, by name in Listeners."""
    lmtp = settings.lmtp if isinstance(settings.lmtp, int) else None
    return {"smtp": settings.smtp_port, "smtps": settings.smtp_tls_port, "lmtp": lmtp}


def add_mail_listeners(settings: Settings, listeners: Listeners) -> None:
    """Listen for mail beside inherited sockets. Raises OSError."""
    [made] = listener_sets(settings.hosts, None, None, mail=mail_ports(settings))
    for name in mail_ports(settings):
        getattr(listeners, name).extend(getattr(made, name))


@contextmanager
def mail_socket(settings: Settings, listeners: Listeners) -> Iterator[None]:
    """Listen at the path of a socket meanwhile, if one is given. Raises OSError."""
    if not isinstance(settings.lmtp, str):
        yield
        return
    with listening_at(settings.lmtp) as listener:
        listeners.lmtp.append(listener)
        yield
