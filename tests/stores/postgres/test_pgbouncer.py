"""A store through pgbouncer in transaction mode: statements of one thread meet any connection."""

import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from pop3lab.core.delivery import Envelope
from pop3lab.core.errors import MaildropBusy
from pop3lab.stores.postgres.store import PostgresStore
from tests.postgres import cluster, started
from tests.serve.process import eventually

pytestmark = pytest.mark.slow

CONNECTIONS = 3  # of pgbouncer to the database
SETTINGS = """
[databases]
* = host={behind} user=pop3lab
[pgbouncer]
unix_socket_dir = {folder}
listen_port = 5432
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
"""


@pytest.fixture
def target(tmp_path: Path) -> Iterator[str]:
    """The address of a database through pgbouncer."""
    behind = cluster().new()
    folder = Path(behind.partition("?host=")[2]) / "pgbouncer"
    folder.mkdir(exist_ok=True)
    os.chown(folder, cluster().user, -1)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        SETTINGS.format(behind=folder.parent, folder=folder, connections=CONNECTIONS)
    )
    words = ["/usr/sbin/pgbouncer", str(settings)]
    target = behind.replace(str(folder.parent), str(folder))
    with subprocess.Popen(words, user=cluster().user, stderr=subprocess.DEVNULL) as pgbouncer:
        try:
            eventually((folder / ".s.PGSQL.5432").exists, 10)
            yield target
        finally:
            pgbouncer.terminate()


def session(store: PostgresStore, user: str) -> int:
    """Log in, read all, delete the first; the number of messages that there were."""
    for _ in range(500):
        try:
            maildrop = store.open(user)
            break
        except MaildropBusy:
            time.sleep(0.01)
    entries = maildrop.snapshot.entries
    for entry in entries:
        assert b"".join(maildrop.read(entry.uid)) == b"Subject: x\r\n\r\n"
    maildrop.delete([entry.uid for entry in entries[:1]])
    maildrop.close()
    return len(entries)


def test_two_servers_with_more_threads_than_there_are_connections(target: str) -> None:
    users = [f"user{number}" for number in range(8)]
    with started(target) as one, started(target) as two, ThreadPoolExecutor(16) as threads:
        for user in users:
            one.add_maildrop(user)
        list(
            threads.map(lambda user: one.deliver(user, [b"Subject: x\n\n"], Envelope()), users * 3)
        )
        stores = [one, two] * 12
        seen = list(threads.map(session, stores, users * 3))
        assert sorted(seen) == [1] * 8 + [2] * 8 + [3] * 8
        with psycopg.connect(target, autocommit=True, prepare_threshold=None) as connection:
            rows = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
            assert rows.fetchall()[0][0] <= CONNECTIONS
