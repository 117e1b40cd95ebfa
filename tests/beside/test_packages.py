"""Beside other packages, which `make soak` installs."""

from pathlib import Path

import pytest

from tests.beside.session import EXAMPLES, FAILS, TRANSCRIPT, USUAL, run

pytestmark = pytest.mark.soak


def example(name: str, within: Path, *options: str, **counts: int) -> None:
    """A file that the manual shows."""
    text = (EXAMPLES / f"test_{name}.py").read_text(encoding="utf-8")
    run(within, text, *options).check(**(counts or {"passed": 1}))


def test_randomly(tmp_path: Path) -> None:
    run(tmp_path, USUAL, "-p", "randomly").check(passed=5)


def test_coverage(tmp_path: Path) -> None:
    run(tmp_path, USUAL, "--cov=test_it").check(passed=5)


# Timeouts and repetitions

HANGS = """
@pytest.mark.pop3(messages=["one"])
def test_it(pop3_server):
    client = client_of(pop3_server)
    client.retr(1)
    time.sleep(60)
"""


def test_timeout_by_signal(tmp_path: Path) -> None:
    ended = run(tmp_path, USUAL + HANGS, "--timeout=3", "--timeout-method=signal")
    ended.check(failed=1, passed=5)
    assert TRANSCRIPT in ended.said


def test_timeout_by_thread_ends_the_process(tmp_path: Path) -> None:
    ended = run(tmp_path, USUAL + HANGS, "--timeout=3", "--timeout-method=thread")
    assert ended.code == 1
    assert not ended.outcomes
    assert TRANSCRIPT not in ended.said


def test_rerunfailures(tmp_path: Path) -> None:
    ended = run(tmp_path, FAILS, "--reruns=2")
    ended.check(failed=1, passed=5, rerun=2)
    assert ended.said.count(TRANSCRIPT) == 1


# Time


def test_freezegun(tmp_path: Path) -> None:
    example("freezegun", tmp_path, passed=2)


FROZEN = """
from freezegun import freeze_time

with freeze_time("2020-01-01"):  # all of pop3lab is imported while time stands still
    exec(compile({usual!r}, "usual", "exec"))


@pytest.fixture(autouse=True)
def frozen():
    with freeze_time("2020-01-01"):
        yield
"""


def test_freezegun_around_everything(tmp_path: Path) -> None:
    run(tmp_path, FROZEN.replace("{usual!r}", repr(USUAL))).check(passed=5)


MOVED = """
import datetime
import re
import time_machine

@pytest.mark.pop3(messages=["one"])
def test_time_that_moves(pop3_server):
    with time_machine.travel(datetime.datetime(2020, 1, 1), tick=True) as traveller:
        client = client_of(pop3_server)
        traveller.shift(-3600)
        client.noop()
        traveller.shift(86400)
        client.quit()
    pop3_server.wait_session()
    seconds = [float(line.split()[1]) for line in str(pop3_server.transcript).splitlines()]
    assert seconds == sorted(seconds)
    assert seconds[-1] < 10
"""


def test_time_machine(tmp_path: Path) -> None:
    run(tmp_path, USUAL + MOVED).check(passed=6)


# Loops and threads


def test_gevent(tmp_path: Path) -> None:
    (tmp_path / "patched.py").write_text("import gevent.monkey; gevent.monkey.patch_all()")
    run(tmp_path, USUAL, "-p", "patched").check(passed=5)


UVLOOP = """
import uvloop

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

@pytest.mark.parametrize("tls", [None, "implicit", "starttls"])
def test_in_the_loop(tls):
    async def talk():
        async with Pop3Server(["one"], tls=tls) as server:
            assert await asyncio.to_thread(fetch, server) == [[b"one"]]
            await server.reset_async()

    asyncio.run(talk())
"""


def test_uvloop(tmp_path: Path) -> None:
    ended = run(tmp_path, USUAL + UVLOOP, "-W", "ignore::DeprecationWarning")
    ended.check(passed=8)


def test_trio(tmp_path: Path) -> None:
    example("trio", tmp_path, passed=1)


GIVES_UP = """
import trio

from pop3lab import Pop3Server


def test_it():
    async def client():
        async with Pop3Server() as server:
            with trio.move_on_after(0.05):
                await server.wait_session_async()
            async with await trio.open_tcp_stream(*server.address) as stream:
                await stream.send_all(b"QUIT\\r\\n")
                async for _ in stream:
                    pass
            assert (await server.wait_session_async(timeout=2)).number == 1

    trio.run(client)
"""


def test_a_wait_that_trio_has_given_up_takes_no_session(tmp_path: Path) -> None:
    run(tmp_path, GIVES_UP).check(passed=1)


def test_asyncio_and_anyio(tmp_path: Path) -> None:
    asynchronous = """
@pytest.mark.asyncio
async def test_asyncio(pop3_server):
    assert await asyncio.to_thread(fetch, pop3_server) == []

@pytest.mark.anyio
async def test_anyio(pop3_server, anyio_backend_name):
    assert await asyncio.to_thread(fetch, pop3_server) == []

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""
    both = ("-p", "asyncio", "-p", "anyio", "--asyncio-mode=strict")
    run(tmp_path, USUAL + asynchronous, *both).check(passed=7)


# Networks and files


def test_socket_with_allowed_hosts(tmp_path: Path) -> None:
    run(tmp_path, USUAL, "--disable-socket", "--allow-hosts=127.0.0.1").check(passed=5)


def test_socket_without(tmp_path: Path) -> None:
    ended = run(tmp_path, USUAL, "--disable-socket")
    assert "SocketBlockedError" in ended.said
    assert "INTERNALERROR" not in ended.said


MOCKS = """
import aiosmtpd.controller
import requests
import responses
import smtplib
import socket
import vcr

class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"

@pytest.mark.pop3(messages=["one"])
def test_together(pop3_server, httpserver, tmp_path):
    httpserver.expect_request("/").respond_with_data("there")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    smtp = aiosmtpd.controller.Controller(Sink(), hostname="127.0.0.1", port=port)
    smtp.start()
    try:
        with vcr.use_cassette(str(tmp_path / "tape.yaml")):
            assert requests.get(httpserver.url_for("/")).text == "there"
            assert fetch(pop3_server) == [[b"one"]]
        with responses.RequestsMock() as mocked:
            mocked.get("http://nowhere.example/", body="mocked")
            assert requests.get("http://nowhere.example/").text == "mocked"
        smtplib.SMTP("127.0.0.1", port).sendmail("a@b.example", "c@d.example", "Subject: x")
    finally:
        smtp.stop()
"""


def test_other_servers_and_mocks(tmp_path: Path) -> None:
    run(tmp_path, USUAL + MOCKS, "-W", "ignore").check(passed=6)


FAKE = """
@pytest.mark.parametrize("tls", [None, "implicit", "starttls"])
def test_it(fs, make_pop3_server, tls):
    server = make_pop3_server(["one"], tls=tls)
    assert fetch(server) == [[b"one"]]

def test_the_file_of_the_authority_afterwards(pop3_tls):
    with open(pop3_tls.ca_file) as file:
        assert file.read() == pop3_tls.pem
"""


def test_pyfakefs(tmp_path: Path) -> None:
    run(tmp_path, USUAL + FAKE).check(passed=9)


# Frameworks

FEATURE = """Feature: mail
  Scenario: it comes
    Given a server with one message
    When the client fetches
    Then it has one message
"""

STEPS = """
from pytest_bdd import given, scenarios, then, when

scenarios("it.feature")

@given("a server with one message", target_fixture="server")
def _(make_pop3_server):
    return make_pop3_server(["one"])

@when("the client fetches", target_fixture="texts")
def _(server):
    return fetch(server)

@then("it has one message")
def _(texts):
    assert texts == [[b"one"]]
"""


def test_bdd(tmp_path: Path) -> None:
    (tmp_path / "it.feature").write_text(FEATURE)
    run(tmp_path, USUAL + STEPS).check(passed=6)


DJANGO = """
@pytest.mark.pop3(messages=["one"])
def test_live(pop3_server, live_server):
    assert live_server.url
    assert fetch(pop3_server) == [[b"one"]]

from django.test import TestCase

class Case(TestCase):
    def test_case(self):
        with Pop3Server(["one"]) as server:
            assert fetch(server) == [[b"one"]]
"""


def test_django(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(
        "SECRET_KEY = 'x'\nROOT_URLCONF = 'settings'\nurlpatterns = []\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n"
        "INSTALLED_APPS = ['django.contrib.staticfiles']\nSTATIC_URL = '/static/'\n"
    )
    run(tmp_path, USUAL + DJANGO, "--ds=settings").check(passed=7)
