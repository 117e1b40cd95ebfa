"""A farm behind HAProxy: addresses of clients, a node that dies, and a restart of all nodes."""

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pop3lab.core.delivery import Envelope
from tests.farm.node import FarmClient, Gone, Node, free_port
from tests.postgres import cluster, started

HOSTS = ("192.0.2.11", "192.0.2.12")  # in the manual
USERS = [f"user{number}" for number in range(4)]
SETTINGS = Path(__file__).parents[2] / "examples" / "docs" / "haproxy.cfg"


class Balanced:
    """Two nodes behind HAProxy."""

    def __init__(self, target: str, folder: Path, until_the_end: ExitStack) -> None:
        words = ("--proxy-from", "127.0.0.1", "--grace", "10")
        self.nodes = [
            until_the_end.enter_context(
                Node(f"{target}&lease=1", USERS, *words, log=folder / f"log{number}")
            )
            for number in range(2)
        ]
        self.port = free_port()
        settings = folder / "haproxy.cfg"
        text = SETTINGS.read_text().replace("bind :110", f"bind 127.0.0.1:{self.port}")
        for host, node in zip(HOSTS, self.nodes, strict=True):
            text = text.replace(f"{host}:1110", f"127.0.0.1:{node.port}")
        settings.write_text(text)
        self._process = subprocess.Popen(
            ["/usr/sbin/haproxy", "-db", "-f", str(settings)], stderr=subprocess.DEVNULL
        )
        until_the_end.callback(self._end)
        self.wait()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self) -> None:
        """Wait until a client is served."""
        ends = time.monotonic() + 30
        while True:
            try:
                with FarmClient(self.port) as client:
                    client.line()
                    return
            except Gone:
                assert time.monotonic() < ends
                time.sleep(0.05)

    def node_of(self, address: str) -> Node:
        """The node that has had a login from there."""
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            for node in self.nodes:
                if f"peer={address}:" in node.log:
                    return node
            time.sleep(0.05)
        raise AssertionError("no node has had a login from there")


@pytest.fixture
def balanced(tmp_path: Path) -> Iterator[Balanced]:
    target = cluster().new()
    with started(target) as store:
        for user in USERS:
            store.add_maildrop(user)
            store.deliver(user, [b"Subject: one\n\n"], Envelope())
    with ExitStack() as until_the_end:
        yield Balanced(target, tmp_path, until_the_end)


def test_clients_have_their_addresses_and_go_to_the_other_node_when_one_dies(
    balanced: Balanced,
) -> None:
    with FarmClient(balanced.port, source="127.0.0.9") as client:
        assert client.log_in("user0").startswith("+OK")
        node = balanced.node_of("127.0.0.9")
        node.kill()
        with pytest.raises(Gone):
            client.ask("STAT")
    ends = time.monotonic() + 30
    while not session(balanced.port, "user0", source="127.0.0.10").startswith("+OK"):
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert balanced.node_of("127.0.0.10") is not node


def session(port: int, user: str, source: str = "127.0.0.1") -> str:
    """The answer to PASS, and to QUIT if that is no success; "lost" if the connection was."""
    try:
        with FarmClient(port, source) as client:
            entered = client.log_in(user)
            if not entered.startswith("+OK"):
                return entered
            assert client.listing("RETR 1") == ["Subject: one", ""]
            time.sleep(0.02)
            return client.ask("QUIT")
    except Gone:
        return "lost"


def test_no_client_is_cut_off_by_a_restart_of_one_node_after_the_other(
    balanced: Balanced,
) -> None:
    over, answers = threading.Event(), Counter[str]()

    def visit(user: str) -> None:
        while not over.is_set():
            answer = session(balanced.port, user)
            answers["+OK" if answer.startswith("+OK") else answer.partition("]")[0]] += 1

    clients = [threading.Thread(target=visit, args=(user,)) for user in USERS]
    for client in clients:
        client.start()
    try:
        for node in balanced.nodes:
            time.sleep(0.5)
            node.restart()
            time.sleep(1)
    finally:
        over.set()
        for client in clients:
            client.join()
    assert answers.pop("+OK") > 20
    assert set(answers) <= {"-ERR [IN-USE", "-ERR [SYS/TEMP"}, answers
