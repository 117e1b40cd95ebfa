"""What servers leave behind in a process: nothing."""

import gc
import os
import poplib
import subprocess
import sys
import threading
import unittest
from collections.abc import Iterator

import pytest

from pop3lab import Pop3Server
from pop3lab.testing.event_loop import keep_alive
from tests.testing.clients import SECONDS, connected, fetch


def remains() -> tuple[int, int, int]:
    """Descriptors, threads, and objects in hundreds."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")), threading.active_count(), len(gc.get_objects()) // 100


def use(number: int) -> None:
    """One server: some are never asked anything, some are left in the middle."""
    with Pop3Server(["one"], tls="implicit" if number % 20 == 0 else None) as server:
        if number % 4 == 0:
            client = connected(server)
            client.user("user")
            client.pass_("password")
            client.retr(1)
            if number % 8:
                client.quit()
        if number % 4 == 1:
            server.refuse()
            server.resume()
        if number % 4 == 2:
            server.reset()
    if number % 8 == 0:
        client.close()


@pytest.fixture(params=["a thread each", "one thread"])
def _threads(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "one thread":
        with keep_alive():
            yield
    else:
        yield


@pytest.mark.usefixtures("_threads")
def test_a_thousand_servers_leave_nothing_behind() -> None:
    for number in range(40):
        use(number)
    before = remains()
    for number in range(1000):
        use(number)
    after = remains()
    assert after[:2] == before[:2]
    assert after[2] <= before[2] + 5


def test_the_thread_is_there_only_while_servers_are() -> None:
    before = threading.active_count()
    with Pop3Server():
        assert [thread.name for thread in threading.enumerate()].count("pop3lab") == 1
    assert threading.active_count() == before


@pytest.mark.parametrize("end", ["pass", "raise SystemExit", "os.kill(os.getpid(), 15)"])
def test_a_process_that_forgets_its_server_ends_all_the_same(end: str) -> None:
    program = (
        "import os, pop3lab; server = pop3lab.Pop3Server(tls='implicit').start();"
        f"print(server.ca_file, flush=True); {end}"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.stderr == ""
    if "kill" not in end:
        assert not os.path.exists(run.stdout.strip())


def test_a_forked_process_leaves_the_certificate_where_it_is() -> None:
    program = (
        "import os, pop3lab; server = pop3lab.Pop3Server(tls='implicit').start();"
        "child = os.fork(); child and os.waitpid(child, 0);"
        "child and print(os.path.exists(server.ca_file))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert (run.stdout, run.stderr) == ("True\n", "")


def test_a_forked_process_has_no_server_but_may_have_its_own() -> None:
    with Pop3Server(["one"], tls="implicit") as server:
        child = os.fork()
        if not child:
            try:
                os._exit(0 if _forked(server) else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert fetch(server) == [b"one\r\n"]
        assert os.path.exists(server.ca_file)


def _forked(server: Pop3Server) -> bool:
    for ask in (server.wait_session, server.refuse, lambda: server.when("any").do("autodelete")):
        with pytest.raises(RuntimeError, match="in the process that has started it"):
            ask()
    with Pop3Server(["two"]) as own:
        right = fetch(own) == [b"two\r\n"]
        server.stop()
        return right and fetch(own) == [b"two\r\n"]


class Case(unittest.TestCase):
    """As a test of unittest has it."""

    def setUp(self) -> None:
        self.server = self.enterContext(Pop3Server(["one"]))
        self.addCleanup(self.server.verify)

    def test_it(self) -> None:
        client = poplib.POP3(*self.server.address)
        client.quit()
        self.assertEqual(self.server.wait_session().end_reason, "quit")  # noqa: PT009
