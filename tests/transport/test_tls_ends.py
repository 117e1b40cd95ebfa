"""How TLS ends, or does not come about: the octets at the socket, wherever the client's are cut."""

import asyncio
import ssl
import warnings
from socket import SO_ERROR, SOL_SOCKET

import pytest

from pop3lab.core.events import LineReceived, SessionEnded, TlsFailed
from pop3lab.transport import connection as ending
from tests.behaviours.faults.raw import Raw, Running, Tlsed, in_loop, running
from tests.dialogue import ONE, memory
from tests.wording import BYE, ONLY_TLS, as_sent

LARGE = b"0123456789abcdef\r\n" * 200_000


@pytest.fixture(autouse=True)
def _no_end_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """FIN is said; it does not come since the client was given up."""
    monkeypatch.setattr(ending, "_LINGER", 999.0)


def hello(most: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> bytes:
    """What a client says that knows no newer version."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = most
    out = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    return out.read()


OLD = hello(ssl.TLSVersion.TLSv1)
OLDER = bytes([0x80, 0x2E, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10]) + bytes([0, 0, 0x2F] * 7) + bytes(16)
PROTOCOL_VERSION = b"\x15\x03\x01\x00\x02\x02\x46"
FAILED = "the handshake failed: "
REFUSED = {
    "old": (OLD, PROTOCOL_VERSION, "unsupported protocol"),
    "as SSL 2 had it": (OLDER, PROTOCOL_VERSION, "unsupported protocol"),
    "no hello": (b"\x17\x03\x03\0\x02ab", b"\x15\x03\x03\0\x02\x02\x0a", "unexpected message"),
    "too short": (b"\x16\x03\x01\0\x05\1\0\0\1\xff", b"\x15\x03\x03\0\2\2\x32", "length too short"),
    "too long": (b"\x16\x03\x01\xff\xff", b"\x15\x03\x03\0\2\2\x16", "packet length too long"),
    "no record": (b"\x16GET / HTTP/1.0\r\n\r\n", b"", "wrong version number"),
}


async def behind_stls(client: Raw) -> None:
    await client.until(b"\r\n")
    await client.send(b"STLS\r\n")
    await client.until(b"begin TLS negotiation\r\n")


async def said_to(port: int, octets: bytes, cut: int, stls: bool) -> bytes:
    """All that comes before FIN; the client itself does not end, and can say more then."""
    with Raw(port) as client:
        if stls:
            await behind_stls(client)
        await client.send(octets[:cut])
        if octets[cut:]:
            await until_quiet(client)
            await client.send(octets[cut:])
        said = b""
        while piece := await client.piece():
            said += piece
        for _ in range(2):  # to a socket that is closed the first would bring RST
            await client.send(b"still there\r\n")
            await asyncio.sleep(0.005)
        assert client.socket.getsockopt(SOL_SOCKET, SO_ERROR) == 0
        return said


async def until_quiet(client: Raw) -> None:
    """What was sent has been read, and nothing was said to it."""
    assert await client.is_silent(0.005)


def reasons(ran: Running) -> list[str]:
    return [event.reason for event in ran.events if isinstance(event, TlsFailed)]


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("kind", REFUSED)
@in_loop
async def test_a_hello_that_is_refused_gets_openssls_alert_then_fin(
    kind: str, tls: str, lines: bool
) -> None:
    octets, alert, reason = REFUSED[kind]
    async with running(tls=tls) as ran:
        ran.wants_lines = lines
        assert await said_to(ran.port, octets, len(octets), tls == "starttls") == alert
        assert reasons(ran) == [FAILED + reason]
        assert await ran.ended() == "tls_failed"


@pytest.mark.parametrize("kind", ["old", "as SSL 2 had it", "too short"])
@in_loop
async def test_so_does_one_that_is_cut_anywhere(kind: str) -> None:
    octets, alert, reason = REFUSED[kind]
    cuts = sorted({*range(1, min(12, len(octets))), *range(12, len(octets), 17), len(octets) - 1})
    async with running(tls="implicit") as ran:
        for cut in cuts:
            assert await said_to(ran.port, octets, cut, stls=False) == alert, cut
        assert reasons(ran) == [FAILED + reason] * len(cuts)


@in_loop
async def test_a_client_without_a_cipher_of_ours_is_told_so() -> None:
    octets = hello(ssl.TLSVersion.TLSv1_2, "RC4:NULL:AES128-SHA:@SECLEVEL=0")
    async with running(tls="implicit") as ran:
        alert = b"\x15\x03\x03\0\x02\x02\x28"
        assert await said_to(ran.port, octets, len(octets), stls=False) == alert
        assert reasons(ran) == [FAILED + "no shared cipher"]


CLEAR = {
    b"GET / HTTP/1.1\r\nHost: mail\r\n\r\n": "an HTTP request on the TLS port",
    b"CAPA\r\n": "a POP3 command in clear",
    b"user ann\r\npass secret\r\n": "a POP3 command in clear",
    b"EHLO there\r\n": "an SMTP command on the TLS port",
    b"\0\1\2": "octets on the TLS port that are not TLS",
}


@pytest.mark.parametrize("octets", CLEAR)
@in_loop
async def test_what_is_no_tls_gets_fin_at_once_and_is_named_at_every_cut(octets: bytes) -> None:
    async with running(tls="implicit") as ran:
        end = octets.find(b"\n") + 1 or 1  # where it is known
        for cut in range(1, end + 1):
            assert await said_to(ran.port, octets[:end], cut, stls=False) == b""
        assert reasons(ran) == [CLEAR[octets]] * end
        assert not [event for event in ran.events if isinstance(event, LineReceived)]
        assert {event.end_reason for event in ran.events if isinstance(event, SessionEnded)} == {
            "tls_failed"
        }


@pytest.mark.parametrize("end", [b"", b"CA", b"GET /index"])
@in_loop
async def test_what_a_client_left_unfinished_is_named_too(end: bytes) -> None:
    names = {b"": [], b"CA": ["text in clear on the TLS port"]}
    async with running(tls="implicit") as ran:
        with Raw(ran.port) as client:
            await client.send(end)
            client.socket.shutdown(1)
            assert await client.piece() == b""
        assert await ran.ended() == "tls_failed"
        assert reasons(ran) == names.get(end, ["an HTTP request on the TLS port"])
        while ran.server._service.connections:  # not for longer than the client is there
            await asyncio.sleep(0)


@in_loop
async def test_p186_behind_stls_the_first_octet_in_clear_is_refused_once() -> None:
    async with running(tls="starttls") as ran:
        with Raw(ran.port) as client:
            await behind_stls(client)
            await client.send(b"U")
            assert await client.until(b"\r\n") == as_sent(ONLY_TLS)
            assert await client.piece() == b""
        assert reasons(ran) == []


@pytest.mark.parametrize(
    ("rule", "most", "alert"),
    [
        ("tls-sni-required alert", ssl.TLSVersion.TLSv1_3, b"\x28"),
        ("tls-version-mismatch 1.0", ssl.TLSVersion.TLSv1_3, b"\x46"),
        ("tls-version-mismatch 1.3", ssl.TLSVersion.TLSv1_2, b"\x46"),
    ],
)
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@in_loop
async def test_variants_that_refuse_close_at_once_behind_their_alert(
    rule: str, most: ssl.TLSVersion, alert: bytes, tls: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = most
    out = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out).do_handshake()  # with no name
    async with running(rule, tls=tls) as ran:
        octets = out.read()
        said = await said_to(ran.port, octets, len(octets), tls == "starttls")
        assert said[:2] + said[3:] == b"\x15\x03\x00\x02\x02" + alert
        assert await ran.ended() == "tls_failed"


@pytest.mark.parametrize("lines", [True, False])
@in_loop
async def test_p192_behind_quit_come_close_notify_and_fin_though_the_client_stays(
    lines: bool,
) -> None:
    async with running(tls="implicit") as ran:
        ran.wants_lines = lines
        with Raw(ran.port) as raw:
            client = Tlsed(raw)
            await client.handshake()
            await client.until(b"\r\n")
            await client.send(b"QUIT\r\n")
            assert await client.until(b"\r\n") == [as_sent(BYE)]
            assert await client.record() == (21, b"")
            assert await client.record() == (0, b"")
            await client.send(b"NOOP\r\n" * 1000)  # is dropped, and resets nothing
            assert await raw.piece() == b""


@in_loop
async def test_a_forged_record_gets_an_alert_then_fin_and_what_came_before_is_obeyed() -> None:
    async with running(tls="implicit") as ran:
        with Raw(ran.port) as raw:
            client = Tlsed(raw)
            await client.handshake()
            await client.log_in()
            good, forged = client.sealed(b"DELE 1\r\n"), client.sealed(b"DELE 2\r\n")
            await raw.send(good + forged[:-1] + bytes([forged[-1] ^ 1]))
            with pytest.raises(ssl.SSLError, match="alert bad record mac"):
                await client.record()
            assert await client.record() == (0, b"")
        assert await ran.ended() == "tls_broken"
        lines = [event.line for event in ran.events if isinstance(event, LineReceived)]
        assert lines[-1] == b"DELE 1\r"
        (reason,) = reasons(ran)
        assert reason.startswith("what came is broken: ")
        assert len(ran.store.look()("ann")) == 2


@in_loop
async def test_p026_commands_before_the_clients_end_are_answered_under_tls() -> None:
    for notify in (True, False):
        async with running(store=memory(ONE, LARGE), tls="implicit", kernel=32_768) as ran:
            with Raw(ran.port) as raw:
                client = Tlsed(raw)
                await client.handshake()
                await client.log_in()
                last = client.sealed(b"RETR 2\r\nSTAT\r\nNOO")
                await raw.send(last + (client.closing() if notify else b""))
                raw.socket.shutdown(1)
                said = b"".join(await client.until(b"+OK 2 3600023\r\n"))
                assert LARGE in said
                assert await client.record() == (21, b"")
                assert await client.record() == (0, b"")
            assert await ran.ended() == "closed"


@pytest.mark.parametrize("notified", [True, False])
@in_loop
async def test_a_client_that_says_nothing_more_is_gone(notified: bool) -> None:
    async with running(tls="implicit") as ran:
        with Raw(ran.port) as raw:
            client = Tlsed(raw)
            await client.handshake()
            await client.log_in()
            if notified:
                await raw.send(client.closing())
            else:
                raw.socket.shutdown(1)
            assert await client.record() == (21, b"")
            assert await client.record() == (0, b"")
        assert await ran.ended() == "closed"
