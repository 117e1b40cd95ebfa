"""Deliveries while servers and senders are killed, the disk is full, and sessions delete.

Nothing that was acknowledged is lost, and nothing is there twice that was acknowledged at once.
"""

import json
import random
import smtplib
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from pop3lab.stores.factory import create_store
from tests.forked import Forked
from tests.stores.full import disk, mountable

WORDS = (
    "--user",
    "ann:a long word",
    "--port=0",
    "--smtp-port=0",
    "--ready=json",
    "--log-level=off",
)


class Torture:
    """What was sent, and what was told: by number of the message."""

    def __init__(self, target: Path, seed: int) -> None:
        self.target = target
        self.random = random.Random(seed)
        self.acknowledged: set[int] = set()
        self.refused: set[int] = set()  # once or more often, with 4xx or nothing
        self.fetched: Counter[int] = Counter()
        self.number = 0
        self.process: Forked | None = None
        self.port = 0

    def start(self) -> None:
        self.process = Forked(["serve", str(self.target), *WORDS], stderr=subprocess.DEVNULL)
        assert self.process.stdout
        self.port = json.loads(self.process.stdout.readline())["smtp"]

    @property
    def is_dead(self) -> bool:
        assert self.process
        return self.process.poll() is not None

    def kill(self) -> None:
        assert self.process
        self.process.kill()

    def bury(self) -> None:
        """Wait for the end of the server, and close what it had."""
        assert self.process
        with self.process:
            self.process.kill()

    def text(self, number: int) -> bytes:
        return b"Subject: %d\r\n\r\n%s" % (number, b"line\r\n" * (1 + number % 300))

    def send(self, *, again: int | None = None) -> None:
        """Send a new message, or one that was refused."""
        if again is None:
            self.number += 1
        number = again or self.number
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
                client.sendmail("joe@host", "ann", self.text(number))
        except (OSError, smtplib.SMTPException):
            self.refused.add(number)
        else:
            self.acknowledged.add(number)

    def leave_in_the_middle(self) -> None:
        """As a sender that is killed: what it was told, it never knew."""
        self.number += 1
        self.refused.add(self.number)
        with suppress(OSError, smtplib.SMTPException):
            client = smtplib.SMTP("127.0.0.1", self.port, timeout=10)
            client.ehlo()
            client.mail("joe@host")
            client.rcpt("ann")
            client.putcmd("data")
            client.getreply()
            text = self.text(self.number) + b".\r\n"
            assert client.sock
            client.sock.sendall(text[: self.random.randrange(len(text) + 1)])
            client.close()

    def fetch_and_delete(self, part: float) -> None:
        """A session that deletes some, in this process, as another server would."""
        maildrop = create_store(str(self.target)).open("ann")
        gone = []
        for entry in maildrop.snapshot.entries:
            text = b"".join(maildrop.read(entry.uid))
            number = int(text.partition(b"\r\n")[0].removeprefix(b"Subject: "))
            assert text == self.text(number), "a message is not whole"
            if self.random.random() < part:
                gone.append((entry.uid, number))
        maildrop.delete([uid for uid, _ in gone])
        maildrop.close()
        self.fetched.update(number for _, number in gone)

    def act(self) -> None:
        """Do one thing or another."""
        choice = self.random.random()
        if choice < 0.6:
            self.send()
        elif choice < 0.75 and self.refused:
            self.send(again=self.random.choice(sorted(self.refused)))
        elif choice < 0.85:
            self.leave_in_the_middle()
        else:
            self.fetch_and_delete(0.7)

    def check(self) -> None:
        self.fetch_and_delete(1)
        lost = self.acknowledged - set(self.fetched)
        assert not lost, f"acknowledged, and lost: {sorted(lost)}"
        twice = {number for number, times in self.fetched.items() if times > 1}
        assert twice <= self.refused, f"twice: {sorted(twice - self.refused)}"


def made(kind: str, place: Path) -> Path:
    target = place / kind
    if kind == "mbox":
        target.touch()
    else:
        target.mkdir()
    for part in ("new", "cur", "tmp") if kind == "maildir" else ():
        (target / part).mkdir()
    return target


def torture(target: Path, rounds: int, seed: int) -> Torture:
    run = Torture(target, seed)
    for _ in range(rounds):
        run.start()
        for _ in range(run.random.randint(4, 12)):
            run.act()
        killer = threading.Timer(run.random.uniform(0, 0.03), run.kill)
        killer.start()
        while not run.is_dead:
            run.act()
        killer.join()
        run.bury()
    run.check()
    return run


KINDS = pytest.mark.parametrize("kind", ["folder", "maildir", "mbox"])


@KINDS
def test_servers_and_senders_are_killed_and_sessions_delete(tmp_path: Path, kind: str) -> None:
    run = torture(made(kind, tmp_path), 3, 1)
    assert len(run.acknowledged) > 5
    assert run.refused


@KINDS
@pytest.mark.soak
def test_servers_and_senders_are_killed_for_long(tmp_path: Path, kind: str) -> None:
    run = torture(made(kind, tmp_path), 150, int(time.time()))
    assert len(run.acknowledged) > 1000
    assert len(run.refused) > 150
    assert sum(run.fetched.values()) >= len(run.acknowledged)


@KINDS
@pytest.mark.skipif(not mountable(), reason="a small disk can be mounted by root only")
@pytest.mark.soak
def test_a_disk_that_is_full_again_and_again(tmp_path: Path, kind: str) -> None:
    with disk("tmpfs blocks", tmp_path) as place:
        run = Torture(made(kind, place.root), 1)
        run.start()
        for _ in range(20):
            for _ in range(10):
                run.send()
            with place.full():
                for _ in range(3):
                    run.send()
            run.fetch_and_delete(0.7)
        run.bury()
        run.check()
        assert len(run.acknowledged) > 100
        assert len(run.refused) > 20
