"""The server that takes mail, in the event loop of the POP3 server."""

import asyncio
from asyncio.sslproto import SSLProtocol
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

        def accepted() -> asyncio.BaseProtocol:
            connection = kind(office, loop, secure=secure)
            return _under_tls(connection, office.parts) if secure else connection

        listener.setblocking(False)
        self._servers.append(await loop.create_server(accepted, sock=listener))

    async def stop(self) -> None:
        """Reset all connections; return when what is being stored is stored."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._office.connections):
            connection.abort()
        await asyncio.sleep(0)
        await self._office.close()


def _under_tls(connection: asyncio.BaseProtocol, parts: MailParts) -> SSLProtocol:
    """Begin with TLS, with the certificate of now: it may have been renewed since the start."""
    tls = parts.tls()
    assert tls
    return SSLProtocol(
        asyncio.get_running_loop(),
        connection,
        tls.context,
        None,  # type: ignore[arg-type]  # nobody waits for the handshake
        server_side=True,
        ssl_handshake_timeout=parts.limits.handshake,  # type: ignore[arg-type]
    )
