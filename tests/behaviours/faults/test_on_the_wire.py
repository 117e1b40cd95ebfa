"""What arrives: packets, TLS records, and how a connection ends, on real sockets."""

import asyncio
from socket import SO_ERROR, SOL_SOCKET

import pytest

from tests.behaviours.faults.raw import Raw, Running, Tlsed, in_loop, running
from tests.dialogue import memory
from tests.wording import NOTHING_DONE, PASSWORD_NEXT, UNKNOWN, as_sent

WHOLE = b"+OK 33 octets\r\n..Subject: two\r\n\r\n..\r\n...dots\r\nend\r\n.\r\n"


async def retrieved(ran: Running) -> list[bytes]:
    """The pieces in which message 2 comes, as they come."""
    with Raw(ran.port) as client:
        await client.log_in()
        await client.send(b"RETR 2\r\n")
        await client.until(b"\n.\r\n")
        return client.pieces


async def retrieved_by_tls(ran: Running) -> list[bytes]:
    """The records in which it comes."""
    with Raw(ran.port) as raw:
        client = Tlsed(raw)
        await client.handshake()
        await client.log_in()
        await client.send(b"RETR 2\r\n")
        return await client.until(b"\n.\r\n")


SLICED = {
    "slice gap=0.015": [WHOLE[:-4], b"\n", b".", b"\r", b"\n"],
    "slice terminator-2 gap=0.015": [WHOLE[:-3], b".\r\n"],
    "slice 1,14,15 gap=0.015": [b"+", b"OK 33 octets\r", b"\n", WHOLE[15:]],
    "slice dots gap=0.015": [WHOLE[:16], WHOLE[16:34], WHOLE[34:38], WHOLE[38:]],
    "dribble 16 gap=0.015": [WHOLE[:16], WHOLE[16:32], WHOLE[32:48], WHOLE[48:]],
    "throttle 800": [WHOLE[:40], WHOLE[40:]],
}


@pytest.mark.parametrize(("what", "wanted"), SLICED.items())
@in_loop
async def test_pieces_come_each_as_a_segment(what: str, wanted: list[bytes]) -> None:
    async with running(f"RETR 2 -> {what}") as ran:
        assert await retrieved(ran) == wanted


@pytest.mark.parametrize(("what", "wanted"), SLICED.items())
@in_loop
async def test_under_tls_pieces_come_each_as_a_record(what: str, wanted: list[bytes]) -> None:
    async with running(f"RETR 2 -> {what}", tls="implicit") as ran:
        assert await retrieved_by_tls(ran) == wanted


@in_loop
async def test_without_faults_a_reply_is_one_segment_or_record() -> None:
    async with running() as ran:
        assert await retrieved(ran) == [WHOLE]
    async with running(tls="implicit") as ran:
        assert await retrieved_by_tls(ran) == [WHOLE]


@pytest.mark.parametrize(("gap", "wanted"), [("0", 1), ("15ms", 2)])
@in_loop
async def test_an_unasked_line_is_in_the_same_segment_or_another(gap: str, wanted: int) -> None:
    async with running(f"NOOP -> unasked-line gap={gap}") as ran:
        with Raw(ran.port) as client:
            await client.log_in()
            await client.send(b"NOOP\r\n")
            await client.until(b"-ERR unasked\r\n")
            assert len(client.pieces) == wanted


# How it ends


async def cut(ran: Running) -> Raw:
    """A client for which message 2 was cut after 20 octets."""
    client = Raw(ran.port)
    await client.log_in()
    await client.send(b"RETR 2\r\n")
    assert await client.until(WHOLE[:20]) == WHOLE[:20]
    return client


@in_loop
async def test_close_is_fin() -> None:
    async with running("RETR 2 -> cut-after 20") as ran:
        with await cut(ran) as client:
            assert await client.piece() == b""


@in_loop
async def test_reset_is_rst() -> None:
    async with running("RETR 2 -> cut-after 20 then reset") as ran:
        with await cut(ran) as client, pytest.raises(ConnectionResetError):
            await client.piece()


@in_loop
async def test_half_close_is_fin_and_the_server_goes_on_reading() -> None:
    async with running("RETR 2 -> cut-after 20 then half-close") as ran:
        with await cut(ran) as client:
            assert await client.piece() == b""
            for _ in range(2):  # to a socket that is closed the first would bring RST
                await client.send(b"NOOP\r\n")
                await asyncio.sleep(0.01)
            assert client.socket.getsockopt(SOL_SOCKET, SO_ERROR) == 0
        assert await ran.ended() == "closed"


@pytest.mark.parametrize(("notify", "wanted"), [("yes", (21, b"")), ("no", (0, b""))])
@in_loop
async def test_half_close_under_tls_is_told_in_tls_if_it_is_to_be(
    notify: str, wanted: tuple[int, bytes]
) -> None:
    rule = f"NOOP -> half-close at=end notify={notify}"
    async with running(rule, tls="implicit") as ran:
        with Raw(ran.port) as raw:
            client = Tlsed(raw)
            await client.handshake()
            await client.log_in()
            await client.send(b"NOOP\r\n")
            assert await client.until(b"\r\n") == [as_sent(NOTHING_DONE)]
            assert await client.record() == wanted
            assert await client.record() == (0, b"")
            for _ in range(2):  # to a socket that is closed the first would bring RST
                await client.send(b"NOOP\r\n")
                await asyncio.sleep(0.01)
            assert raw.socket.getsockopt(SOL_SOCKET, SO_ERROR) == 0
        assert await ran.ended() == "closed"


@in_loop
async def test_stall_is_silence_until_the_client_closes() -> None:
    async with running("RETR 2 -> cut-after 20 then stall") as ran:
        with await cut(ran) as client:
            assert await client.is_silent()
        assert await ran.ended() == "closed"


@pytest.mark.parametrize(
    ("then", "wanted"),
    [
        ("close", [(21, b""), (0, b"")]),
        ("abrupt-close", [(0, b"")]),
        ("half-close", [(0, b"")]),
        ("reset", ["reset"]),
    ],
)
@in_loop
async def test_under_tls_with_and_without_close_notify(then: str, wanted: list[object]) -> None:
    async with running(f"RETR 2 -> cut-after 20 then {then}", tls="implicit") as ran:
        with Raw(ran.port) as raw:
            client = Tlsed(raw)
            await client.handshake()
            await client.log_in()
            await client.send(b"RETR 2\r\n")
            assert await client.until(WHOLE[:20]) == [WHOLE[:20]]
            came: list[object] = []
            try:
                while not came or came[-1] != (0, b""):
                    came.append(await client.record())
            except ConnectionResetError:
                came.append("reset")
            assert came == wanted


LARGE = b"0123456789abcde\r\n" * 40_000  # more than the kernel takes where it is told to


@pytest.mark.parametrize("then", ["close", "abrupt-close", "half-close"])
@pytest.mark.parametrize("tls", ["", "implicit"])
@in_loop
async def test_fin_comes_behind_all_that_is_outstanding(tls: str, then: str) -> None:
    rules = (f"RETR 1 -> cut-after 600000 then {then}", "RETR -> dribble 50000 gap=0")
    async with running(*rules, store=memory(LARGE), tls=tls, kernel=32_768) as ran:
        with Raw(ran.port) as raw:
            client = Tlsed(raw) if tls else raw
            if isinstance(client, Tlsed):
                await client.handshake()
            await client.log_in()
            await client.send(b"RETR 1\r\n")
            for _ in range(200):  # turns in which the server gets ahead
                await asyncio.sleep(0)
            came = 0
            while some := await client.some():
                came += len(some)
            assert came == 600_000


# At the accept


@in_loop
async def test_refuse_is_rst_before_any_octet() -> None:
    async with running("refuse") as ran:
        with Raw(ran.port) as client, pytest.raises(ConnectionResetError):
            await client.piece()
        assert ran.hits == [1]


@pytest.mark.parametrize("tls", ["", "implicit"])
@in_loop
async def test_blackhole_is_silence(tls: str) -> None:
    async with running("blackhole", tls=tls) as ran:
        with Raw(ran.port) as client:
            await client.send(b"\x16\x03\x01\x00\x05hello")
            assert await client.is_silent()
        assert await ran.ended() == "closed"


@in_loop
async def test_close_at_connect_is_fin_before_any_octet() -> None:
    async with running("CONNECT -> close") as ran:
        with Raw(ran.port) as client:
            assert await client.piece() == b""


# TLS that does not begin


async def stls(client: Raw) -> None:
    await client.until(b"\r\n")
    await client.send(b"STLS\r\n")
    await client.until(b"begin TLS negotiation\r\n")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@in_loop
async def test_an_alert_answers_the_handshake(tls: str) -> None:
    async with running("tls-alert", tls=tls) as ran:
        with Raw(ran.port) as client:
            if tls == "starttls":
                await stls(client)
            assert await client.is_silent()
            await client.send(b"\x16\x03\x01\x00\x05hello")
            assert await client.piece() == b"\x15\x03\x03\x00\x02\x02\x28"
            assert await client.piece() == b""


@in_loop
async def test_a_client_that_leaves_instead_is_not_waited_for() -> None:
    async with running("tls-alert", tls="implicit") as ran:
        Raw(ran.port).socket.close()
        assert await ran.ended() == "closed"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@in_loop
async def test_a_real_client_reads_the_alert(tls: str) -> None:
    async with running("tls-alert protocol_version", tls=tls) as ran:
        with Raw(ran.port) as client:
            if tls == "starttls":
                await stls(client)
            with pytest.raises(Exception, match=r"(?i)alert protocol version"):
                await Tlsed(client).handshake()


@in_loop
async def test_plain_text_instead_of_a_handshake() -> None:
    async with running("tls-plain-text", tls="implicit") as ran:
        with Raw(ran.port) as client:
            assert (await client.until(b"\r\n")).startswith(b"+OK ")
    async with running("tls-plain-text", tls="starttls") as ran:
        with Raw(ran.port) as client:
            await stls(client)
            await client.send(b"\x16\x03\x01\x00\x05hello")
            assert await client.piece() == as_sent(UNKNOWN)
            await client.send(b"USER ann\r\n")
            assert await client.piece() == as_sent(PASSWORD_NEXT)


@in_loop
async def test_silence_instead_of_a_handshake() -> None:
    async with running("tls-silence", tls="starttls") as ran:
        with Raw(ran.port) as client:
            await stls(client)
            await client.send(b"\x16\x03\x01\x00\x05hello")
            assert await client.is_silent()


@pytest.mark.parametrize(("gap", "segments"), [("0", 1), ("15ms", 2)])
@in_loop
async def test_lines_injected_behind_stls_and_then_tls(gap: str, segments: int) -> None:
    async with running(f"stls-inject gap={gap}", tls="starttls") as ran:
        with Raw(ran.port) as client:
            await client.until(b"\r\n")
            client.pieces.clear()
            await client.send(b"STLS\r\n")
            await client.until(b"+OK injected\r\n")
            assert len(client.pieces) == segments
            secured = Tlsed(client)
            await secured.handshake()
            await secured.send(b"CAPA\r\n")
            assert (await secured.until(b"\n.\r\n"))[0].startswith(b"+OK capabilities")


@pytest.mark.parametrize("rule", ["STLS -> delay 15ms", "STLS -> delay 15ms at=end"])
@in_loop
async def test_a_pause_before_tls_takes_nothing_from_it(rule: str) -> None:
    async with running(rule, tls="starttls") as ran:
        with Raw(ran.port) as client:
            await stls(client)
            await Tlsed(client).handshake()
    async with running("CONNECT -> delay 15ms", tls="implicit") as ran:
        with Raw(ran.port) as client:
            await Tlsed(client).handshake()


# QUIT


@pytest.mark.parametrize(("commit", "left"), [("before", 1), ("after", 1), ("never", 2)])
@pytest.mark.parametrize("tls", ["", "implicit"])
@in_loop
async def test_drop_instead_of_the_answer_to_quit(tls: str, commit: str, left: int) -> None:
    async with running(f"drop-at-quit commit={commit}", tls=tls) as ran:
        with Raw(ran.port) as raw:
            client = Tlsed(raw) if tls else raw
            if isinstance(client, Tlsed):
                await client.handshake()
            await client.log_in()
            await client.send(b"DELE 1\r\n")
            await client.until(b"\r\n")
            await client.send(b"QUIT\r\n")
            kind = await (client.record() if isinstance(client, Tlsed) else client.piece())
            assert kind in (b"", (0, b""), (21, b""))
        assert await ran.ended() == "dropped"  # whatever was done, QUIT has not been answered
        maildrop = ran.store.open("ann")
        assert len(maildrop.snapshot.entries) == left
        maildrop.close()
