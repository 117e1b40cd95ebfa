import threading

import pytest
from fetcher import fetch

from pop3lab import WaitTimeout


class Poller(threading.Thread):
    """Fetches mail again and again, until it is stopped."""

    def __init__(self, server):
        super().__init__()
        self.server = server
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(0.01):
            fetch(self.server.url, "user", "password", delete=True)


@pytest.fixture
def poller(pop3_server):
    thread = Poller(pop3_server)
    thread.start()
    yield thread
    thread.stopped.set()
    thread.join()


def test_what_arrives_is_fetched_and_deleted(pop3_server, poller):
    uid = pop3_server.add("Subject: hello")
    pop3_server.wait(retrieved=[uid], deleted=[uid])


# Sessions


def test_the_next_session_finds_the_message(pop3_server, poller):
    pop3_server.wait_session()
    pop3_server.add("Subject: hello", uid="A-1")
    pop3_server.wait(deleted=["A-1"], commands={"RETR": 1}, timeout=2)


# Timeouts


def test_what_is_said_when_nothing_comes(pop3_server):
    fetch(pop3_server.url, "user", "password")
    with pytest.raises(WaitTimeout) as error:
        pop3_server.wait(retrieved=3, timeout=0.05)
    assert str(error.value) == "after 0.05 s, 0 of 3 retrieved; session 1 closed (quit)"


# That nobody comes


def test_nobody_polls_any_more(pop3_server):
    fetch(pop3_server.url, "user", "password")
    pop3_server.wait_session()
    pop3_server.assert_no_connections(for_=0.05)
