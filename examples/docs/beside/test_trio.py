import trio

from pop3lab import Pop3Server


async def quit_at_once(server):
    async with await trio.open_tcp_stream(*server.address) as stream:
        greeting = await stream.receive_some()
        await stream.send_all(b"QUIT\r\n")
        await stream.receive_some()
    return greeting


def test_trio():
    async def client():
        async with Pop3Server() as server:
            assert (await quit_at_once(server)).startswith(b"+OK")
            assert (await server.wait_session_async()).end_reason == "quit"
            await server.reset_async()
            await server.assert_no_connections_async(for_=0.01)

    trio.run(client)
