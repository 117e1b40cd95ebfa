"""What comes in clear where there should be TLS only: the octets on the wire."""

import pytest

from pop3lab.core.events import LineReceived
from pop3lab.transport.tls_records import record_end
from tests.behaviours.attacks.test_tls import CAPA
from tests.behaviours.faults.raw import Raw, Tlsed, in_loop, running
from tests.wording import BYE, LOG_IN_FIRST, NOTHING_DONE, as_sent


@in_loop
async def test_octets_in_clear_stand_between_two_records_of_the_handshake() -> None:
    rule = "stls-inject-split at=within"
    async with running(rule, tls="starttls") as ran:
        with Raw(ran.port) as raw:
            await raw.until(b"\r\n")
            await raw.send(b"STLS\r\n")
            await raw.until(b"begin TLS negotiation\r\n")
            client = Tlsed(raw)
            await raw.send(client.hello())
            flight = await raw.until(b"\x0e\0\0\0")  # ServerHelloDone
            first = record_end(flight)
            assert flight[:1] + flight[5:6] == b"\x16\x02"  # the ServerHello, alone
            assert flight[first : first + len(CAPA)] == CAPA
            rest = flight[first + len(CAPA) :]
            while rest:
                assert rest[:3] == b"\x16\x03\x03"
                rest = rest[record_end(rest) :]


@in_loop
async def test_a_client_that_skips_them_gets_on_and_lacks_a_reply() -> None:
    rule = 'stls-inject-split octets="+OK x\\r\\n" at=within'
    async with running(rule, tls="starttls") as ran:
        with Raw(ran.port) as raw:
            await raw.until(b"\r\n")
            await raw.send(b"STLS\r\n")
            await raw.until(b"begin TLS negotiation\r\n")
            client = Tlsed(raw)
            await client.handshake(skips=b"+OK x\r\n")
            await client.send(b"CAPA\r\nNOOP\r\n")
            assert await client.until(b"\r\n") == [as_sent(LOG_IN_FIRST)]


async def in_clear(client: Tlsed) -> bytes:
    """A line behind the last record."""
    said = client.rest()
    return said if said.endswith(b"\r\n") else said + await client.raw.until(b"\r\n")


NOTED = [b"USER ann\r", b"PASS secret\r", b"NOOP\r", b"STAT\r", b"QUIT\r"]


@pytest.mark.parametrize("cut", range(1, 29))
@in_loop
async def test_behind_close_notify_the_session_goes_on_in_clear(cut: int) -> None:
    """cut: where what the client says then is cut; it begins under TLS and goes on in clear."""
    async with running("NOOP -> tls-renego-cleartext", tls="implicit") as ran:
        with Raw(ran.port) as raw:
            client = Tlsed(raw)
            await client.handshake()
            await client.log_in()
            await client.send(b"NOOP\r\n")
            assert await client.record() == (21, b"")
            assert await in_clear(client) == as_sent(NOTHING_DONE)
            said = client.sealed(b"STAT\r\n") + b"QUIT\r\n"
            await raw.send(said[:cut])
            assert await raw.is_silent(0.002) or cut > len(said) - 6
            await raw.send(said[cut:])
            assert await raw.until(b"bye\r\n") == b"+OK 2 56\r\n" + as_sent(BYE)
            assert await raw.piece() == b""
        assert [event.line for event in ran.events if isinstance(event, LineReceived)] == NOTED


@in_loop
async def test_a_client_that_takes_it_for_the_end_may_leave() -> None:
    async with running("NOOP -> tls-renego-cleartext", tls="implicit") as ran:
        with Raw(ran.port) as raw:
            client = Tlsed(raw)
            await client.handshake()
            await client.log_in()
            await client.send(b"NOOP\r\n")
            assert await client.record() == (21, b"")
            await raw.send(client.closing())
            assert await in_clear(client) == as_sent(NOTHING_DONE)
            assert await raw.piece() == b""
        assert await ran.ended() == "closed"
