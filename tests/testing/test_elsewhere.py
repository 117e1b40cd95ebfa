"""A server where it can't be: in another process, in a loop that is not asyncio's."""

import pickle

import pytest

from pop3lab import Pop3Server


def test_who_gives_it_to_another_process_is_told_what_to_give() -> None:
    with Pop3Server() as server, pytest.raises(TypeError, match=r"give others server.host and"):
        pickle.dumps(server)


def test_async_with_outside_of_asyncio_is_told_to_use_with() -> None:
    entering = Pop3Server().__aenter__()  # as trio does
    with pytest.raises(RuntimeError, match="needs asyncio; elsewhere, as in trio, use `with`"):
        entering.send(None)
