"""What happens at a server belongs to the test that runs meanwhile, whoever started the server."""

import pytest

import pop3lab.testing.pop3_server  # noqa: F401 - a run forgets what it was the first to import
from pop3lab.behaviours.profiles.catalogue import PROFILES
from tests.plugin.running import Run

pytest_plugins = ["pytester"]

MISBEHAVE = """
import socket
import unittest
from pop3lab import Pop3Server

def misbehave(server):
    with socket.create_connection(server.address, timeout=10) as client:
        client.sendall(b"QUIT\\n")  # a bare LF
        client.makefile("rb").read()
"""
STRICT = "pop3_violations = error"

# Fixtures of users, by where they live.
OWN_SERVERS = {
    "a module": """
@pytest.fixture(scope="module")
def server():
    with Pop3Server(["one"]) as it:
        yield it
""",
    "the run": """
@pytest.fixture(scope="session")
def server(make_session_pop3_server):
    return make_session_pop3_server(["one"])
""",
    "a test": """
@pytest.fixture
def server():
    with Pop3Server(["one"]) as it:
        yield it
""",
}

TWO = """
def test_one(server):
    fetch(server)

def test_two(server):
    misbehave(server)

def test_three(server):
    fetch(server)
    assert False

def test_four(server):
    fetch(server)
"""


@pytest.mark.parametrize("own", OWN_SERVERS.values(), ids=OWN_SERVERS)
def test_each_test_answers_for_its_own_part(run: Run, own: str) -> None:
    result = run(MISBEHAVE + own + TWO, ini=STRICT)
    result.assert_outcomes(passed=3, errors=1, failed=1)
    text = result.stdout.str()
    errors, _, failures = text.partition("= FAILURES =")
    assert "ERROR at teardown of test_two" in errors
    assert "bare-lf (MUST" in errors
    assert "C| QUIT" in errors
    assert "C: RETR 1" not in errors
    assert "C: RETR 1" in failures
    assert "C| QUIT" not in failures


def test_a_server_at_which_nothing_happens_is_not_shown(run: Run) -> None:
    result = run(MISBEHAVE + OWN_SERVERS["a module"] + "def test_it(server): assert False\n")
    assert result.stdout.str().count("(nobody has connected)") == 1
    two = "def test_one(server): ...\ndef test_two(): assert False\n"
    result = run(MISBEHAVE + OWN_SERVERS["a module"] + two)
    assert "POP3 transcript" not in result.stdout.str()


def test_after_a_reset_the_transcript_begins_anew(run: Run) -> None:
    resets = """
def test_one(server):
    fetch(server)

def test_two(server):
    misbehave(server)
    server.wait_session()
    server.reset()
    fetch(server)
    server.wait_session()
    assert False
"""
    result = run(MISBEHAVE + OWN_SERVERS["a module"] + resets)
    told = result.stdout.str().partition("POP3 transcript")[2]
    assert told.count("(reset)") == told.count("RETR 1") == told.count("C| QUIT") == 1


def test_a_violation_after_a_reset_is_another_than_an_equal_one_before(run: Run) -> None:
    again = """
def test_one(server):
    misbehave(server)
    server.wait_session()

def test_two(server):
    server.verify(violations=False)
    server.reset()
    misbehave(server)
    server.wait_session()
"""
    result = run(MISBEHAVE + OWN_SERVERS["a module"] + again, ini=STRICT)
    result.assert_outcomes(passed=2, errors=2)
    assert result.stdout.str().count("\nsession 1: bare-lf") == 2


def test_what_was_sent_before_the_end_of_a_test_belongs_to_it(run: Run) -> None:
    busy = """
import time

def test_one(server):
    client = socket.create_connection(server.address, timeout=10)
    client.recv(1000)
    server._service.loop.call_soon_threadsafe(time.sleep, 0.1)
    client.sendall(b"QUIT\\n")

def test_two(server): ...
"""
    result = run(MISBEHAVE + OWN_SERVERS["a module"] + busy, ini=STRICT)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_one*", "session 1: bare-lf *"])


MAKERS = """
servers = []

@pytest.fixture(scope="{scope}")
def server(make_{scope}_pop3_server):
    servers.append(make_{scope}_pop3_server(["one"], rules=["RETR 9 -> reset"]))
    return servers[-1]

class TestOne:
    def test_one(self, server): fetch(server)
    def test_two(self, server): fetch(server)

class TestTwo:
    def test_three(self, server): fetch(server)
"""


@pytest.mark.parametrize(
    ("scope", "servers"), [("class", 2), ("module", 1), ("package", 1), ("session", 1)]
)
def test_makers_for_each_scope(run: Run, scope: str, servers: int) -> None:
    result = run(MAKERS.replace("{scope}", scope))
    result.assert_outcomes(passed=3, errors=servers)
    text = result.stdout.str()
    assert text.count("\nthis fault never happened: RETR 9 -> reset") == servers
    assert ("at teardown of TestOne.test_two" in text) == (scope == "class")
    assert "at teardown of TestTwo.test_three" in text


UNITTEST = """
class TestMail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = Pop3Server(["one"]).start()
        cls.addClassCleanup(cls.shared.stop)

    def setUp(self):
        self.server = Pop3Server(["one"])
        self.enterContext(self.server)

    def test_passes(self):
        fetch(self.shared)

    def test_shared(self):
        misbehave(self.shared)

    def test_own(self):
        misbehave(self.server)
"""


def test_the_test_cases_of_unittest(run: Run) -> None:
    result = run(MISBEHAVE + UNITTEST, ini=STRICT)
    result.assert_outcomes(passed=3, errors=2)
    assert result.stdout.str().count("(violation bare-lf: ") == 2


def test_a_server_within_the_test_itself(run: Run) -> None:
    tests = """
def test_it():
    with Pop3Server() as server:
        server.when("RETR", 9).do("reset")
        misbehave(server)
"""
    result = run(MISBEHAVE + tests, ini=STRICT)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["this fault never happened: RETR 9 -> reset", "*bare-lf *"])


def test_what_verify_has_seen_is_not_reported_again(run: Run) -> None:
    tests = """
def test_it(pop3_server):
    misbehave(pop3_server)
    pop3_server.when("RETR", 9).do("reset")
    pop3_server.verify(violations=False, unused_rules=False)
    {more}
"""
    result = run(MISBEHAVE + tests.replace("{more}", ""), ini=STRICT)
    result.assert_outcomes(passed=1, errors=1)
    assert "session 1: bare-lf" not in result.stdout.str()
    result.stdout.fnmatch_lines(["this fault never happened: RETR 9 -> reset"])
    result = run(MISBEHAVE + tests.replace("{more}", "misbehave(pop3_server)"), ini=STRICT)
    result.stdout.fnmatch_lines(["session 2: bare-lf *"])
    assert "session 1: bare-lf" not in result.stdout.str()


def test_of_many_servers_all_are_judged_and_the_last_are_shown(run: Run) -> None:
    tests = """
def test_it():
    for number in range(30):
        with Pop3Server() as server:
            if not number:
                misbehave(server)
"""
    result = run(MISBEHAVE + tests, ini=STRICT)
    result.stdout.fnmatch_lines(["session 1: bare-lf *"])
    assert result.stdout.str().count("POP3 transcript") == 20


def test_an_error_of_a_server_is_reported_once(run: Run) -> None:
    tests = """
@pytest.fixture
def server():
    with Pop3Server(["one"]) as it:
        yield it

def test_it(server, monkeypatch):
    monkeypatch.setattr(server._store, "open", lambda user: 1 / 0)
    with pytest.raises(Exception):
        fetch(server)
"""
    result = run(MISBEHAVE + tests)
    result.assert_outcomes(passed=1, errors=1)
    assert "the server failed: Zero" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*ExceptionGroup: the server failed (1 sub-exception)"])


def test_problems_are_told_beside_an_error_of_the_teardown(run: Run) -> None:
    tests = """
@pytest.fixture
def broken():
    yield
    raise KeyError("broken")

def test_it(broken):
    with Pop3Server() as server:
        misbehave(server)
"""
    result = run(MISBEHAVE + tests, ini=STRICT)
    result.stdout.fnmatch_lines(["*KeyError: 'broken'", "*session 1: bare-lf *"])


def test_advice_is_no_error_though_all_other_warnings_are(run: Run) -> None:
    tests = "def test_it(pop3_server): misbehave(pop3_server)\n"
    result = run(MISBEHAVE + tests, ini="filterwarnings = error")
    result.assert_outcomes(passed=1, warnings=1)
    result = run(MISBEHAVE + tests, "-W", "error", ini="filterwarnings = ignore")
    result.assert_outcomes(passed=1, warnings=1)
    result = run(MISBEHAVE + tests, ini="filterwarnings = ignore")
    result.assert_outcomes(passed=1, warnings=0)


def test_options_as_parameters(run: Run) -> None:
    tests = """
OPTIONS = [{"messages": 2}, {"users": {"ann": "a"}}, {}]

@pytest.mark.pop3(messages=1)
@pytest.mark.parametrize("pop3_server", OPTIONS, indirect=True)
def test_it(pop3_server, request):
    options = request.node.callspec.params["pop3_server"]
    assert len(pop3_server.messages) == options.get("messages", 1)
    assert pop3_server.user == ("ann" if "users" in options else "user")
"""
    run(tests).assert_outcomes(passed=3)
    wrong = (
        '@pytest.mark.parametrize("pop3_server", [3], indirect=True)\ndef test_it(pop3_server): ...'
    )
    result = run(wrong)
    result.stdout.fnmatch_lines(
        ['*pop3_server takes dicts of options, such as {"messages": 3}, not 3']
    )


def test_all_profiles_or_some(run: Run) -> None:
    tests = """
@pytest.mark.pop3(messages=1)
def test_all(pop3_profile_server):
    assert len(pop3_profile_server.messages) == 1

@pytest.mark.parametrize("pop3_profile_server", ["gmail", "qpopper"], indirect=True)
def test_some(pop3_profile_server):
    pass

@pytest.mark.parametrize(argnames="pop3_profile_server", argvalues=["gmail"], indirect=True)
def test_one(pop3_profile_server):
    pass
"""
    result = run(tests, "-v")
    result.assert_outcomes(passed=len(PROFILES) + 3)
    result.stdout.fnmatch_lines(["*test_all?gmail? PASSED*", "*test_some?qpopper? PASSED*"])


def test_servers_of_a_check_are_not_those_of_the_test(run: Run) -> None:
    tests = """
from pop3lab import Pop3Server
from pop3lab.testing.scopes import apart_from_tests

def test_it():
    with apart_from_tests(), Pop3Server(rules=["RETR 9 -> reset"]) as server:
        server.when("RETR", 8).do("reset")
"""
    run(tests).assert_outcomes(passed=1)
