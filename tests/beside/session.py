"""Runs of pytest, each a process of its own, beside what developers have."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples" / "docs" / "beside"
SECONDS = 120

# What most tests do with a server.
USUAL = """
import asyncio
import poplib
import time

import pytest

from pop3lab import Pop3Server


def client_of(server):
    if server.url.startswith("pop3s:"):
        context = server.client_context()
        client = poplib.POP3_SSL(*server.address, timeout=10, context=context)
    else:
        client = poplib.POP3(*server.address, timeout=10)
    client.user(server.user)
    client.pass_(server.password)
    return client


def fetch(server):
    client = client_of(server)
    texts = [client.retr(number)[1] for number in range(1, client.stat()[0] + 1)]
    client.quit()
    return texts


@pytest.mark.pop3(messages=["one"])
def test_in_clear(pop3_server):
    assert fetch(pop3_server) == [[b"one"]]
    assert pop3_server.wait_session().end_reason == "quit"


@pytest.mark.pop3(messages=["one"], tls="implicit")
def test_under_tls(pop3_server):
    assert fetch(pop3_server) == [[b"one"]]


@pytest.mark.pop3(messages=["one"])
def test_a_delay(pop3_server):
    pop3_server.when("STAT", nth=1).do("delay 0.1")
    assert fetch(pop3_server) == [[b"one"]]


@pytest.mark.pop3(idle=0.2)
def test_an_idle_client(pop3_server):
    client = client_of(pop3_server)
    assert pop3_server.wait_session().end_reason == "timeout"
    client.close()


def test_outages(make_pop3_server):
    server = make_pop3_server(["one"])
    server.refuse()
    with pytest.raises(ConnectionRefusedError):
        client_of(server)
    server.resume()
    server.pause()
    server.resume()
    server.reset()
    assert fetch(server) == [[b"one"]]
"""

FAILS = (
    USUAL
    + """

@pytest.mark.pop3(messages=["one"])
def test_it(pop3_server):
    fetch(pop3_server)
    assert pop3_server.wait_session().user == "ann"
"""
)

TRANSCRIPT = "C: RETR 1"


class Run:
    """A run that has ended. said: all of it. outcomes: how many of each."""

    def __init__(self, ended: "subprocess.CompletedProcess[str]") -> None:
        self.code = ended.returncode
        self.said = ended.stdout + ended.stderr
        last = ended.stdout.rstrip().rpartition("\n")[2].strip("= ").partition(" in ")[0]
        words = [part.split() for part in last.split(", ") if part[:1].isdigit()]
        self.outcomes = {kind.removesuffix("s"): int(count) for count, kind, *_ in words}

    def check(self, **outcomes: int) -> None:
        """Exactly these."""
        kept = {kind: n for kind, n in self.outcomes.items() if kind != "warning"}
        assert kept == outcomes, self.said


def run(
    within: Path, tests: str, *options: str, python: tuple[str, ...] = (), **environment: str
) -> Run:
    """Run the tests. python: options of the interpreter."""
    (within / "test_it.py").write_text(tests, encoding="utf-8")
    (within / "pytest.ini").write_text("[pytest]\n", encoding="ascii")
    off = [f"no:{name}" for name in ("cacheprovider", "asyncio", "anyio", "randomly")]
    quiet = [word for name in off for word in ("-p", name) if name not in options]
    ended = subprocess.run(
        [sys.executable, *python, "-m", "pytest", *quiet, *options],
        cwd=within,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{within}", **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Run(ended)
