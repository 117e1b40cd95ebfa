"""TLS on either side of a connection, for whoever waits for it."""

import asyncio
from asyncio import Future, Protocol, Transport

from pop3lab.transport.tls_engine import TlsEngine
from pop3lab.transport.tls_transport import TlsTransport


async def secure(transport: Transport, protocol: Protocol, engine: TlsEngine) -> TlsTransport:
    """The transport under TLS; what comes then is the protocol's, and may come before this is back.

    Raises OSError. The transport is then the protocol's as before, and has the alert, if there is
    one: it is to be closed.
    """
    secured = TlsTransport(transport, protocol, engine)
    done: Future[None] = asyncio.get_running_loop().create_future()

    def shaken(error: OSError | None, early: bytes) -> None:
        if done.done():
            return  # nobody waits any more
        if error:
            done.set_exception(error)
            return
        protocol.resume_writing()  # whoever shakes hands has read all that was before
        if early:
            protocol.data_received(early)
        done.set_result(None)

    secured.do_handshake(b"", shaken)
    await done
    return secured
