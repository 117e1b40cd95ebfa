"""A server where it can't be: in another process, in a loop that is not asyncio's."""

import pickle

import pytest

from pop3lab import Pop3Server


def test_who_gives_it_to_another_process_is_told_what_to_give() -> None:
    with Pop3Server() as server, pytest.raises(TypeError, match=r"give others server.host and"):
        pickle.dumps(server)


def test_without_any_event_loop_a_wait_says_which_method_to_use() -> None:
    server = Pop3Server()

    async def wait() -> None:
        async with server:  # in its thread
            await server.wait_session_async(timeout=0)

    with pytest.raises(RuntimeError, match="neither asyncio nor trio runs: use the method"):
        wait().send(None)
    assert server.sessions == []
