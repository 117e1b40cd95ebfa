import asyncio

from pop3lab import Pop3Server


async def first_line(server):
    reader, writer = await asyncio.open_connection(server.host, server.port)
    line = await reader.readline()
    writer.write(b"QUIT\r\n")
    await reader.readline()
    writer.close()
    return line


async def check_greeting():
    async with Pop3Server(messages=["Subject: one"]) as server:
        assert (await first_line(server)).startswith(b"+OK")
        session = await server.wait_session_async()
        assert session.end_reason == "quit"


def test_greeting():
    asyncio.run(check_greeting())
