import sys
from collections.abc import Iterator

import httpx
import pytest

from pop3lab import Pop3Server
from tests.web.described import check_answer

MESSAGES = [b"Subject: one\r\n\r\nfirst\r\n", b"Subject: two\r\n\r\n.dot \x1b[1m\r\n"]


@pytest.fixture(scope="module")
def kept() -> Iterator[Pop3Server]:
    with Pop3Server(messages=MESSAGES, web=True) as server:
        yield server


@pytest.fixture
def server(kept: Pop3Server) -> Pop3Server:
    """A server with a page, as it is after its start."""
    kept.reset()
    return kept


@pytest.fixture(scope="module")
def connected() -> Iterator[httpx.Client]:
    with httpx.Client(verify=False, event_hooks={"response": [check_answer]}) as client:
        yield client


@pytest.fixture
def api(server: Pop3Server, connected: httpx.Client) -> httpx.Client:
    """A client of its API that holds each answer against the description."""
    connected.base_url = httpx.URL(f"{server.web_url}api/v1/")
    return connected


_STARTED: list[str] = []
_PROGRAMS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.spawn", "os.fork")


@pytest.fixture
def started() -> Iterator[list[str]]:
    """What has been started, as long as this is used: a hook stays for ever."""
    if not _STARTED:
        sys.addaudithook(lambda event, _: _STARTED.append(event) if event in _PROGRAMS else None)
    _STARTED[:] = [""]
    yield _STARTED
    assert _STARTED == [""]
