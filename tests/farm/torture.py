"""Sessions and deliveries on the servers of a farm, while these and the database come to harm.

What may not happen: mail is lost, or back after +OK; half of a QUIT is done; a session whose
maildrop another one has had since is told +OK; a message is not as it was delivered.
"""

import hashlib
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from random import Random
from types import MappingProxyType
from typing import NamedTuple

import psycopg

from tests.farm.node import PATIENCE, FarmClient, Gone, Node, free_port
from tests.forked import POP3LAB, Function
from tests.postgres import Cluster, started
from tests.soak.book import Book

USERS = [f"user{number}" for number in range(6)]
LEASE = 1.0  # seconds
CLIENTS = 6
DELETED = 0.6  # of the messages that a session sees
LONGEST = 1.8  # seconds that a session stays before QUIT, at most, where nodes are stopped
_LIMIT = 3600.0  # seconds, in which there are enough events
_PATIENCE = 0.1  # seconds after a refusal
_LINES = b"It is said that mail is not lost.\n"


class Maildrop:
    """What is known of a user's."""

    def __init__(self) -> None:
        self.book = Book()
        self.logins = 0
        self.delivered: set[str] = set()


class Farm:
    """Two nodes, and what their clients have seen. run: what the nodes run."""

    def __init__(self, target: str, run: Function, seed: int, longest: float) -> None:
        self.target = target
        self.smtp = [free_port() for _ in range(2)]
        used = f"{target}&lease={LEASE}&answer=1"
        self.nodes = [Node(used, USERS, f"--smtp-port={port}", run=run) for port in self.smtp]
        self.maildrops = {user: Maildrop() for user in USERS}
        self.events: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.over = threading.Event()
        self.longest = longest
        self._seed = seed
        self._lock = threading.Lock()

    def random(self, name: str) -> Random:
        return Random(f"{self._seed} {name}")

    def count(self, event: str, number: int = 1) -> None:
        with self._lock:
            self.events[event] += number

    def has_seen(self, least: Mapping[str, int]) -> bool:
        """Whether there have been so many of these events."""
        with self._lock:
            return all(self.events[event] >= number for event, number in least.items())

    # Deliveries

    def deliver(self) -> None:
        """Until it is over, by SMTP."""
        random = self.random("deliver")
        for number in range(1_000_000):
            if self.over.is_set():
                return
            up = [smtp for node, smtp in zip(self.nodes, self.smtp, strict=True) if node.is_up]
            user, name = random.choice(USERS), f"m{number}"
            if up and accepted(random.choice(up), user, text_of(name)):
                self.count("deliveries")
                self.maildrops[user].delivered.add(name)
            else:
                self.count("deliveries unknown")
                time.sleep(_PATIENCE)
            time.sleep(random.random() * 0.02)

    # Sessions

    def visit(self, client: int) -> None:
        """Until it is over."""
        random = self.random(f"client {client}")
        while not self.over.is_set():
            up = [node for node in self.nodes if node.is_up]
            if up:
                self.session(random.choice(up), random.choice(USERS), random)
            time.sleep(random.random() * 0.02)

    def session(self, node: Node, user: str, random: Random) -> None:
        """Look at all, delete some, QUIT, however it goes."""
        try:
            with FarmClient(node.port) as client:
                answer = client.log_in(user)
                if answer.startswith("+OK"):
                    self._in_maildrop(client, self.maildrops[user], random)
                else:
                    assert answer.startswith(("-ERR [IN-USE]", "-ERR [SYS/TEMP]")), answer
                    self.count(answer.partition("]")[0].partition("[")[2])
                    time.sleep(_PATIENCE)
        except Gone:
            self.count("connections lost")

    def _in_maildrop(self, client: FarmClient, maildrop: Maildrop, random: Random) -> None:
        with self._lock:
            maildrop.logins += 1
            mine = maildrop.logins
        listed = self._look(client)
        if listed is None:
            return
        maildrop.book.seen({uid: name for uid, name in listed if name}, whole=all_seen(listed))
        doomed = {n: name for n, (_, name) in enumerate(listed, 1) if name and chosen(random)}
        for number in doomed:
            client.ask(f"DELE {number}")
        self.over.wait(random.random() * self.longest)
        overtaken = maildrop.logins != mine
        deletion = maildrop.book.begins(set(doomed.values()))
        answer = client.ask("QUIT")
        maildrop.book.ended(deletion, answer.encode(), killed=False)
        self._judge(answer, len(doomed), overtaken=overtaken)

    def _judge(self, answer: str, deleted: int, *, overtaken: bool) -> None:
        if answer.startswith("+OK"):
            self.count("quits")
            self.count("deletions", deleted)
            if overtaken and deleted:
                self.wrong.append("+OK to a session whose maildrop another one has had since")
        else:
            assert answer.startswith("-ERR [SYS/TEMP]"), answer
            self.count("fenced" if overtaken else "quits refused")

    def _look(self, client: FarmClient) -> list[tuple[str, str]] | None:
        """Unique-ids and names; a name is empty where RETR was refused."""
        lines = client.listing("UIDL")
        assert lines is not None
        return [(line.split()[1], self._name(client, line.split()[0])) for line in lines]

    def _name(self, client: FarmClient, number: str) -> str:
        lines = client.listing(f"RETR {number}")
        if lines is None:
            return ""
        name = lines[0].removeprefix("Subject: ")
        if "\n".join([*lines, ""]).encode() != text_of(name):
            self.wrong.append(f"not as it was delivered: {name}")
        return name

    def at_last(self) -> None:
        """See what is left, by a node that is well."""
        for user, maildrop in self.maildrops.items():
            left = self._last_look(user)
            maildrop.book.seen(dict(left), whole=True)
            names = {name for _, name in left}
            lost = maildrop.book.lost(maildrop.delivered, names)
            self.wrong += [f"lost: {name}" for name in lost]
            self.wrong += maildrop.book.wrong
            self.count("refused, and yet done", maildrop.book.done)

    def _last_look(self, user: str) -> list[tuple[str, str]]:
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            with FarmClient(self.nodes[0].port) as client:
                if client.log_in(user).startswith("+OK"):
                    listed = self._look(client)
                    if listed is not None and all_seen(listed):
                        return listed
            time.sleep(0.1)
        raise AssertionError("the farm does not come back")


def all_seen(listed: list[tuple[str, str]]) -> bool:
    return all(name for _, name in listed)


def accepted(port: int, user: str, text: bytes) -> bool:
    """Whether a message has been acknowledged; if not, it may be there or not."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as smtp:
            smtp.sendmail("joe@host", [user], text.decode())
    except (OSError, smtplib.SMTPException):
        return False
    return True


def chosen(random: Random) -> bool:
    return random.random() < DELETED


def text_of(name: str) -> bytes:
    """The message of this name: its length differs, and it can't be another's."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"Subject: {name}\n\n{digest}\n".encode() + _LINES * (int(digest[:2], 16) // 4)


# What comes to harm, and for how long: each returns when all is well again.

Harm = Callable[[Farm, Cluster, Random], None]


def kill_a_node(farm: Farm, database: Cluster, random: Random) -> None:
    node = random.choice(farm.nodes)
    node.kill()
    time.sleep(random.random() * 0.3)
    node.start()


def stop_a_node(farm: Farm, database: Cluster, random: Random) -> None:
    """Past its leases; clients go to the other one meanwhile."""
    node = random.choice(farm.nodes)
    node.pause()
    time.sleep(LEASE * 1.5)
    node.resume()
    time.sleep(0.5)


def cut_connections(farm: Farm, database: Cluster, random: Random) -> None:
    with psycopg.connect(database.target("postgres"), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'mail%'"
        )
    time.sleep(random.random() * 0.5)


def kill_the_database(farm: Farm, database: Cluster, random: Random) -> None:
    database.kill()
    time.sleep(random.random() * 0.3)
    database.start()
    time.sleep(1)


def freeze_the_database(farm: Farm, database: Cluster, random: Random) -> None:
    with database.frozen():
        time.sleep(LEASE * 1.5)
    time.sleep(1)


class Report(NamedTuple):
    """What came of it."""

    wrong: list[str]
    events: Counter[str]


def torture(
    database: Cluster,
    harms: list[Harm],
    rounds: int,
    *,
    least: Mapping[str, int] = MappingProxyType({}),
    run: Function = POP3LAB,
    seed: int = 1,
    longest: float = 0.05,
) -> Report:
    """All harms one after the other, so many times, and until there have been enough events."""
    target = database.new()
    with started(target) as store:
        for user in USERS:
            store.add_maildrop(user)
    with ExitStack() as until_the_end:
        farm = Farm(target, run, seed, longest)
        for node in farm.nodes:
            until_the_end.enter_context(node)
        with ThreadPoolExecutor(CLIENTS + 1) as threads:
            work = [threads.submit(farm.deliver)]
            work += [threads.submit(farm.visit, client) for client in range(CLIENTS)]
            with at_its_end(farm):
                random, ends = farm.random("harm"), time.monotonic() + _LIMIT
                for done, harm in enumerate(cycle(harms)):
                    if done >= rounds * len(harms) and farm.has_seen(least):
                        break
                    assert time.monotonic() < ends, farm.events
                    harm(farm, database, random)
                    farm.count(harm.__name__)
                    time.sleep(random.random() * 0.3)
            for each in work:
                each.result()
        farm.at_last()
    print(dict(farm.events), farm.wrong[:5])
    return Report(farm.wrong, farm.events)


@contextmanager
def at_its_end(farm: Farm) -> Iterator[None]:
    try:
        yield
    finally:
        farm.over.set()
