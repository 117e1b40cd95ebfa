"""The server that takes mail, in the event loop of the POP3 server."""

import asyncio
from socket import socket

from pop3lab.core.optional_import import import_optional
from pop3lab.smtp.post_office import MailParts, PostOffice


class MailServer:
    """Takes mail on any number of sockets, until stop()."""

    def __init__(self, parts: MailParts) -> None:
        """Raises ConfigError if the store takes no mail, or aiosmtpd is missing."""
        import_optional("aiosmtpd.lmtp", "SMTP and LMTP", "smtp")
        self._office = PostOffice(parts)
        self._servers: list[asyncio.Server] = []

    async def listen(self, listener: socket, *, secure: bool = False, lmtp: bool = False) -> None:
        """Accept clients in the running loop. secure: they begin with TLS. lmtp: they speak it."""
        from pop3lab.smtp.connection import LmtpConnection, SmtpConnection  # needs aiosmtpd

        loop, office = asyncio.get_running_loop(), self._office
        kind = LmtpConnection if lmtp else SmtpConnection
        tls = office.parts.tls() if secure else None
        listener.setblocking(False)
        self._servers.append(
            await loop.create_server(
                lambda: kind(office, loop, secure=secure),
                sock=listener,
                ssl=tls.context if tls else None,
            )
        )

    async def stop(self) -> None:
        """Reset all connections; return when what is being stored is stored."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._office.connections):
            connection.abort()
        await asyncio.sleep(0)
        await self._office.close()
