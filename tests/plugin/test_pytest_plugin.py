"""The plugin in real runs of pytest: in this process, unless they have workers or other plugins."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import pop3lab.testing.pop3_server  # noqa: F401 - a run forgets what it was the first to import
from tests.plugin.running import FETCH, Run

pytest_plugins = ["pytester"]

PASSES = """
@pytest.mark.pop3(messages=["one", "two"])
def test_it(pop3_server):
    assert fetch(pop3_server) == [[b"one"], [b"two"]]
    assert pop3_server.wait_session().end_reason == "quit"
"""

FAILS = """
@pytest.mark.pop3(messages=["one"])
def test_it(pop3_server):
    fetch(pop3_server)
    assert pop3_server.wait_session().end_reason == "reset"
"""


def test_a_test_that_passes(run: Run) -> None:
    result = run(PASSES)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*POP3 transcript*")


def test_a_report_ends_with_the_transcript(run: Run) -> None:
    result = run(FAILS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *AssertionError*",
            "*- POP3 transcript: 127.0.0.1:* -*",
            "1 * (connection opened from 127.0.0.1:* at *)",
            "1 * C: USER user",
            "1 * C: PASS [*][*][*][*]",
            "1 * S: one",
            "1 * (client closed the connection)",
        ]
    )
    assert str(result.stdout).count("POP3 transcript") == 1


def test_a_report_is_not_as_long_as_the_message(run: Run) -> None:
    result = run(FAILS.replace('["one"]', '["one " + 500_000 * "long "]'))
    result.stdout.fnmatch_lines(["1 * S| one long *", "1 * (folded: 2498982 octets, 1 line)"])
    assert len(str(result.stdout)) < 10_000


def test_a_wait_in_vain_is_a_failure_with_its_transcript(run: Run) -> None:
    result = run("def test_it(pop3_server): pop3_server.wait_session()", ini="pop3_timeout = 0.01")
    result.stdout.fnmatch_lines(
        ["*WaitTimeout: after 0.01 s, no further session is closed; nobody has connected"]
    )
    result.stdout.fnmatch_lines(["(nobody has connected)"])


@pytest.mark.parametrize(("which", "times"), [("all", 1), ("failed", 0), ("none", 0)])
def test_transcripts_of_tests_that_pass(run: Run, which: str, times: int) -> None:
    result = run(PASSES, "-rP", ini=f"pop3_transcripts = {which}")
    result.assert_outcomes(passed=1)
    assert str(result.stdout).count("POP3 transcript") == times


def test_no_transcripts(run: Run) -> None:
    result = run(FAILS, ini="pop3_transcripts = none")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*POP3 transcript*")


def test_the_transcript_is_in_the_xml_of_junit(run: Run) -> None:
    run(FAILS, "--junit-xml=out.xml")
    names = [
        element.get("name", "")
        for element in ET.parse(run.pytester.path / "out.xml").iter("property")
    ]
    assert len(names) == 1
    assert names[0].startswith("POP3 transcript: 127.0.0.1:")


def test_an_error_of_the_server_fails_the_test_at_its_end(run: Run) -> None:
    result = run(
        """
def test_it(pop3_server, monkeypatch):
    monkeypatch.setattr(pop3_server._store, "open", lambda user: 1 / 0)
    with pytest.raises(Exception):
        fetch(pop3_server)
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["the server failed: ZeroDivisionError: division by zero", "*POP3 transcript*"]
    )


def test_a_test_that_fails_twice_has_its_transcript_once(run: Run) -> None:
    result = run(
        """
def test_it(pop3_server, monkeypatch):
    monkeypatch.setattr(pop3_server._store, "open", lambda user: 1 / 0)
    fetch(pop3_server)
"""
    )
    result.assert_outcomes(failed=1, errors=1)
    assert str(result.stdout).count("POP3 transcript") == 1


UNUSED = """
@pytest.mark.pop3(messages=["one"])
def test_it(pop3_server):
    pop3_server.when("RETR", 2).do("reset")
    fetch(pop3_server)
"""


def test_a_fault_that_never_happened_fails_the_test_at_its_end(run: Run) -> None:
    result = run(UNUSED)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_it*",
            "this fault never happened: RETR 2 -> reset",
            "*C: RETR 1",
        ]
    )


def test_or_warns_or_says_nothing(run: Run) -> None:
    result = run(UNUSED, ini="pop3_unused_faults = warn")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*Pop3Warning: this fault never happened: RETR 2 -> reset"])
    run(UNUSED, ini="pop3_unused_faults = off").assert_outcomes(passed=1)


def test_a_fault_that_happened_is_in_the_transcript(run: Run) -> None:
    result = run(
        """
@pytest.mark.pop3(messages=["one"])
def test_it(pop3_server):
    pop3_server.when("RETR", 1).do("reset")
    fetch(pop3_server)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*(rule: RETR 1 -> reset)", "*(session ended: dropped, user user)"]
    )


VIOLATES = """
import socket

def test_it(pop3_server):
    client = socket.create_connection(pop3_server.address, timeout=10)
    file = client.makefile("rwb")
    file.readline()
    file.write(b"USER user\\n")
    file.flush()
    file.readline()
    file.write(b"QUIT\\r\\n")
    file.flush()
    file.readline()
    file.close()
    client.close()
    assert pop3_server.wait_session().violations
"""


def test_violations_warn_or_fail_the_test_at_its_end(run: Run) -> None:
    result = run(VIOLATES)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*Pop3Warning: session 1: bare-lf (MUST, RFC 1939 *): *"])
    result = run(VIOLATES, ini="pop3_violations = error")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown*", "session 1: bare-lf *", "*C| USER user*"])
    run(VIOLATES, ini="pop3_violations = off").assert_outcomes(passed=1)


SKIPS = """
@pytest.mark.pop3(messages=["one"])
def test_skipped_within(pop3_server):
    pop3_server.when("RETR").do("reset")
    pytest.skip("not today")

@pytest.mark.xfail
def test_known_to_fail(pop3_server):
    pop3_server.when("RETR").do("reset")
    assert False

@pytest.fixture
def broken(pop3_server):
    pop3_server.when("RETR").do("reset")
    pytest.skip("no such thing here")

def test_skipped_in_a_fixture(broken):
    pass
"""


def test_only_a_test_that_passed_is_judged(run: Run) -> None:
    run(SKIPS).assert_outcomes(skipped=2, xfailed=1)


AGAIN = """
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    for _ in range(2):
        for report in runtestprotocol(item, nextitem=nextitem, log=False):
            item.ihook.pytest_runtest_logreport(report=report)
    return True
"""


def test_a_second_attempt_has_nothing_of_the_first(run: Run) -> None:
    run.pytester.makeconftest("import pytest" + AGAIN)
    result = run(
        """
from itertools import count
attempts = count(1)

def test_it(pop3_server):
    poplib.POP3(*pop3_server.address).quit()
    attempt = next(attempts)
    pop3_server.when("RETR", attempt).do("reset")
    assert attempt == 2
""",
        "--junit-xml=out.xml",
    )
    result.assert_outcomes(failed=1, passed=1, errors=1)
    assert str(result.stdout).count("POP3 transcript") == 2
    assert str(result.stdout).count(" C: QUIT") == 2
    result.stdout.fnmatch_lines(["*at teardown*", "this fault never happened: RETR 2 -> reset"])
    cases = ET.parse(run.pytester.path / "out.xml").iter("testcase")
    assert [len(list(case.iter("property"))) for case in cases] == [1, 1]


RESETS = """
@pytest.mark.pop3(messages=["one"])
def test_it(pop3_server):
    pop3_server.when("RETR", 2).do("reset")
    fetch(pop3_server)
    pop3_server.wait_session()
    pop3_server.reset()
    assert not FAILS
"""


def test_what_was_before_a_reset_is_judged_and_told(run: Run) -> None:
    result = run("FAILS = False" + RESETS)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["this fault never happened: RETR 2 -> reset"])
    result = run("FAILS = True" + RESETS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["1 * C: RETR 1", "(reset)", "(nobody has connected)"])


def test_servers_are_stopped_at_the_end_of_their_test(run: Run) -> None:
    tests = """
servers = []

def test_one(make_pop3_server):
    servers.extend([make_pop3_server(), make_pop3_server()])

def test_two():
    for server in servers:
        with pytest.raises(RuntimeError, match="the server is stopped"):
            server.refuse()
"""
    run(tests).assert_outcomes(passed=2)


def test_what_follows_from_a_failure_is_not_told_besides(run: Run) -> None:
    result = run(UNUSED + "    assert False")
    result.assert_outcomes(failed=1)
    assert str(result.stdout).count("POP3 transcript") == 1


OPTIONS = """
@pytest.fixture(scope="session")
def pop3_server_options():
    return {"users": {"ann": "a"}, "messages": ["one"]}

def test_options_for_all(pop3_server):
    assert (pop3_server.user, len(pop3_server.messages)) == ("ann", 1)

@pytest.mark.pop3(messages=["one", "two"])
class TestMarks:
    @pytest.mark.pop3(tls="starttls")
    def test_marks_add_up(self, pop3_server):
        assert len(pop3_server.messages) == 2

    @pytest.mark.pop3(messages=["one", "two", "three"], tls="starttls")
    def test_the_nearest_holds(self, pop3_server):
        assert len(pop3_server.messages) == 3
        client = poplib.POP3(*pop3_server.address)
        client.stls(pop3_server.client_context())
        client.quit()

def test_many(make_pop3_server, pop3_tls):
    servers = [make_pop3_server(), make_pop3_server(3, tls="implicit")]
    assert [len(server.messages) for server in servers] == [1, 3]
    client = poplib.POP3_SSL(*servers[1].address, context=pop3_tls.client_context())
    client.quit()
    assert servers[1].ca_file == pop3_tls.ca_file
"""


def test_options_marks_and_many_servers(run: Run) -> None:
    run(OPTIONS).assert_outcomes(passed=4)


def test_the_nearest_options_hold(run: Run) -> None:
    tests = """
@pytest.fixture(scope="session")
def pop3_server_options():
    return {"seed": 2}

def test_options_before_the_configuration(pop3_server):
    assert pop3_server.rules.seed == 2

@pytest.mark.pop3(seed=3)
def test_marks_before_options(pop3_server):
    assert pop3_server.rules.seed == 3
"""
    run(tests, ini="pop3_seed = 1").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    "test",
    [
        "@pytest.mark.pop3(mesages=3)\ndef test_it(pop3_server): pass",
        "def test_it(make_pop3_server): make_pop3_server(mesages=3)",
    ],
)
def test_a_wrong_option_is_named_with_the_nearest(run: Run, test: str) -> None:
    result = run(test)
    result.stdout.fnmatch_lines(["*unknown option 'mesages', did you mean 'messages'?"])


def test_messages_come_first_or_by_name(run: Run) -> None:
    tests = """
def test_it(make_pop3_server):
    servers = [make_pop3_server(2), make_pop3_server(messages=2), make_pop3_server()]
    assert [len(server.messages) for server in servers] == [2, 2, 0]
    with pytest.raises(TypeError):
        make_pop3_server(2, 3)
"""
    run(tests).assert_outcomes(passed=1)


def test_a_mark_without_names_is_refused(run: Run) -> None:
    result = run("@pytest.mark.pop3(3)\ndef test_it(pop3_server): pass")
    result.stdout.fnmatch_lines(["*the options of the marker pop3 have names: pop3(messages=3)"])


@pytest.mark.parametrize(
    ("ini", "said"),
    [
        ("pop3_violations = yes", "pop3_violations = yes: write warn, error or off"),
        ("pop3_timeout = soon", "pop3_timeout = soon: write a number of seconds"),
        ("pop3_timeout = nan", "pop3_timeout = nan: write a number of seconds"),
        ("pop3_timeout = -1", "pop3_timeout = -1: write a number of seconds"),
        ("pop3_timeout = inf", "pop3_timeout = inf: write a number of seconds"),
        ("pop3_seed = x", "pop3_seed = x: write a number"),
    ],
)
def test_settings_that_can_not_be(run: Run, ini: str, said: str) -> None:
    result = run(PASSES, ini=ini)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {said}" in str(result.stderr)


def test_a_seed_is_shown_and_makes_the_same_messages(run: Run) -> None:
    tests = """
from pop3lab import Pop3Server

@pytest.mark.pop3(messages=2)
def test_it(pop3_server):
    with Pop3Server(messages=2, seed=42) as other:
        assert [m.bytes for m in pop3_server.messages] == [m.bytes for m in other.messages]
"""
    result = run(tests, ini="pop3_seed = 42")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["pop3lab: seed 42"])


def test_four_workers(run: Run) -> None:
    tests = """
@pytest.mark.parametrize("number", range(40))
@pytest.mark.pop3(messages=["one"])
def test_it(pop3_server, number):
    assert fetch(pop3_server) == [[b"one"]]
    assert pop3_server.wait_session().commands[-1] == ("QUIT" if number else "NOOP")

@pytest.fixture(scope="session")
def shared(make_session_pop3_server):
    return make_session_pop3_server(["one"])

@pytest.mark.parametrize("number", range(8))
def test_shared(shared, number):
    if number == 7:
        client = poplib.POP3(*shared.address)
        client.user(shared.user)
        client.pass_(shared.password)
        client.close()
    else:
        fetch(shared)
"""
    result = run(tests, "-n", "4", ini="pop3_violations = error", apart=True)
    result.assert_outcomes(passed=47, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*POP3 transcript: 127.0.0.1:*", "1 * C: QUIT"])


# Of an asynchronous plugin; ask(server, line) talks as its library does.
ASYNC_SERVERS = """
async def test_a_server_in_this_loop():
    async with Pop3Server() as server:
        assert (await ask(server)).startswith(b"+OK ")
        assert (await server.wait_session_async()).end_reason == "quit"

@pytest.fixture(scope="module")
def shared(make_module_pop3_server):
    return make_module_pop3_server()

@pytest.fixture
async def own():
    async with Pop3Server() as server:
        yield server

async def test_wrong_at_a_shared_server(shared):
    await ask(shared, b"QUIT\\n")

async def test_wrong_at_a_server_in_this_loop(own, shared):
    await ask(own, b"QUIT\\n")
"""


def test_beside_a_plugin_for_asyncio(run: Run) -> None:
    tests = """
import asyncio
from pop3lab import Pop3Server

async def ask(server, line=b"QUIT\\r\\n"):
    reader, writer = await asyncio.open_connection(*server.address)
    await reader.readline()
    writer.write(line)
    answer = await reader.readline()
    writer.close()
    return answer

async def test_a_fixture_in_its_thread(pop3_server):
    assert (await ask(pop3_server)).startswith(b"+OK ")
    assert (await pop3_server.wait_session_async()).end_reason == "quit"
"""
    ini = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function"
    run.pytester.makeini(f"[pytest]\n{ini}\npop3_violations = error")
    run.pytester.makepyfile(FETCH + tests + ASYNC_SERVERS)
    result = run.pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=4, errors=2)


def test_beside_anyio(run: Run) -> None:
    tests = """
import anyio
from pop3lab import Pop3Server

pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"

async def ask(server, line=b"QUIT\\r\\n"):
    async with await anyio.connect_tcp(*server.address) as stream:
        await stream.receive()
        await stream.send(line)
        return await stream.receive()

async def test_a_fixture_in_its_thread(pop3_server):
    assert (await ask(pop3_server)).startswith(b"+OK ")
    assert (await pop3_server.wait_session_async()).end_reason == "quit"
    await anyio.to_thread.run_sync(lambda: pop3_server.wait(sessions=1))
"""
    run.pytester.makepyfile(FETCH + tests + ASYNC_SERVERS)
    options = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-W", "error")
    run.pytester.makeini("[pytest]\npop3_violations = error")
    run.pytester.runpytest_subprocess(*options).assert_outcomes(passed=4, errors=2)


# The modules besides that a run without servers imports.
LIGHT = [".testing", ".testing.importing", ".testing.scopes"]


def test_a_run_that_asks_for_no_server_imports_nothing_for_it(run: Run) -> None:
    run.pytester.makepyfile(
        """
import sys

def test_it():
    ours = sorted(name for name in sys.modules if name.startswith("pop3lab"))
    names = ["", "._version", ".pytest_plugin", *{LIGHT}]
    assert ours == [f"pop3lab{name}" for name in names]
    assert not {"asyncio", "ssl", "trustme"} & set(sys.modules)
""".replace("{LIGHT}", str(LIGHT))
    )
    plugins = ["no:cacheprovider", "no:asyncio", "no:anyio", "no:xdist", "no:hypothesispytest"]
    result = run.pytester.runpytest_subprocess(*(a for name in plugins for a in ("-p", name)))
    result.assert_outcomes(passed=1)


def test_the_plugin_itself_imports_next_to_nothing_but_pytest() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import pop3lab.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    names = ["", "._version", ".pytest_plugin", *LIGHT]
    ours = [f"pop3lab{name}" for name in names]
    assert run.stdout.split() == ours


def test_no_module_of_the_server_is_rewritten(run: Run) -> None:
    result = run(
        """
def test_it(pop3_server):
    from pop3lab.testing import pop3_server as module
    print("loaded by", type(module.__spec__.loader).__name__)
""",
        "-s",
        apart=True,
    )
    result.stdout.fnmatch_lines(["*loaded by SourceFileLoader"])


def test_the_seed_of_chance_is_told_with_a_failure(run: Run) -> None:
    result = run(
        """
def test_it(pop3_server):
    pop3_server.when("NOOP", chance=0.5).do("reset")
    pop3_server.rules.seed = 4711
    assert False
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*POP3 transcript*", "(chance by the seed 4711)"])


SHARED = """
import pop3lab

@pytest.fixture(scope="module")
def server():
    with pop3lab.Pop3Server(["one"], quirks=["NOOP nth=9 -> reset", "TOP nth=9 -> lf-only"]) as it:
        it.when("RETR", nth=2).do("lf-only")
        yield it
        it.verify()
"""
OF_THE_MODULE = [
    "this quirk never took effect: RETR nth=2 -> lf-only",
    "this fault never happened: NOOP nth=9 -> reset",
    "this quirk never took effect: TOP nth=9 -> lf-only",
]


def test_what_a_test_arms_at_a_server_of_others_is_judged_with_it(run: Run) -> None:
    result = run(
        SHARED
        + """
def test_one(server):
    server.when("PASS", nth=9).do("auth-fail-temporary")
    server.when("DELE").do("dele-err")
    with pytest.raises(AssertionError) as caught:
        server.verify()
    assert "PASS nth=9" in str(caught.value)
    assert "RETR" not in str(caught.value)

def test_two(server):
    server.when("UIDL", 1)
    server.reset()

def test_three(server):
    fetch(server)
    server.when("STAT").do("stat-extra")
    fetch(server)
    server.verify(violations=False)
"""
    )
    result.assert_outcomes(passed=3, errors=3)
    lines = result.stdout.lines
    told = [line for line in lines if line.startswith("this ")]
    assert told == [
        "this quirk never took effect: PASS nth=9 -> auth-fail-temporary",
        "this quirk never took effect: DELE -> dele-err",
        "this condition has no effect: UIDL 1: add it with do()",
        *OF_THE_MODULE,
    ]


def test_what_a_fixture_arms_is_judged_after_the_last_of_its_tests(run: Run) -> None:
    result = run(SHARED + "def test_one(server): ...\ndef test_two(server): fetch(server)\n")
    result.assert_outcomes(passed=2, errors=1)
    lines = result.stdout.lines
    assert "*ERROR at teardown of test_two*".strip("*") in "\n".join(lines)
    assert [line for line in lines if line.startswith("this ")] == OF_THE_MODULE


def test_a_condition_without_a_word_of_what_happens_is_an_error(run: Run) -> None:
    result = run("def test_it(pop3_server): pop3_server.when('RETR', 2, nth=1)\n")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["this condition has no effect: RETR 2 nth=1: add it with do()"])


def test_a_quirk_with_a_condition_that_never_took_effect_fails_the_test(run: Run) -> None:
    result = run(
        """
def test_it(pop3_server):
    pop3_server.when("PASS", nth=9).do("auth-fail-temporary")
    fetch(pop3_server)
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["this quirk never took effect: PASS nth=9 -> auth-fail-temporary"])


# What goes wrong while a report is made

EXHAUSTED = """
import resource

def test_many(make_pop3_server):
    most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, ({most}, hard))
    [make_pop3_server(["x"]) for _ in range(100)]

def test_next():
    pass
"""


@pytest.mark.parametrize("most", [30, 50, 64, 128])
def test_a_report_without_descriptors_does_not_end_the_run(run: Run, most: int) -> None:
    result = run(EXHAUSTED.replace("{most}", str(most)), apart=True)
    outcomes = result.parseoutcomes()
    assert (outcomes["failed"], outcomes["passed"]) == (1, 1)  # perhaps an error at the end, too
    result.stdout.fnmatch_lines(["*Too many open files*", "*POP3 transcript: 127.0.0.1:*"])


BROKEN = """
def test_it(pop3_server, monkeypatch):
    fetch(pop3_server)

    def broken(*_, **__):
        raise {error}("mocked")

    for mocked in ({mocked}):
        monkeypatch.setattr(mocked, broken)
    assert 0

def test_next():
    pass
"""


@pytest.mark.parametrize(
    ("mocked", "error"),
    [
        ('"pathlib.Path.read_bytes", "pathlib.Path.open", "importlib.import_module"', "OSError"),
        ('"pop3lab.observe.transcript_formats.abbreviate",', "OSError"),
        ('"pop3lab.observe.transcript_formats.abbreviate",', "pytest.fail.Exception"),
    ],
)
def test_what_a_test_has_mocked_does_not_end_the_run(run: Run, mocked: str, error: str) -> None:
    result = run(BROKEN.replace("{mocked}", mocked).replace("{error}", error))
    result.assert_outcomes(failed=1, passed=1)
    told = "*C: QUIT" if "pathlib" in mocked else "(the transcript could not be made: *mocked*)"
    result.stdout.fnmatch_lines(["*POP3 transcript: 127.0.0.1:*", told])


def test_nothing_is_imported_while_a_report_is_made(run: Run) -> None:
    run.pytester.makeconftest(
        """
        import sys
        import pytest

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport(item, call):
            before = set(sys.modules)
            report = yield
            if report.failed:
                report.sections.append(("imported", repr(sorted(set(sys.modules) - before))))
            return report
        """
    )
    result = run(
        """
def test_it(make_pop3_server):
    server = make_pop3_server(["x"])
    server.reset()
    server.when("STAT", chance=0.5).do("delay 0")
    fetch(server)
    raise ValueError
"""
    )
    result.stdout.re_match_lines([r".*POP3 transcript.*", r".*C: QUIT", r"\(chance by .*"])
    _, _, imported = result.stdout.str().partition("- imported -")
    assert imported
    assert "pop3lab" not in imported.partition("===")[0]


CASES = """
from pop3lab import each_case

def careless(job):
    client = poplib.POP3(job.host, job.port, timeout=job.timeout)
    client.user(job.user)
    client.pass_(job.password)
    for number in range(1, client.stat()[0] + 1):
        yield b"".join(line + b"\\r\\n" for line in client.retr(number)[1])
        client.dele(number)
    client.quit()

@each_case("basic/one-message", "retr/err-one")
def test_case(case):
    case.run(careless)
"""


def test_verdicts_that_are_known_are_expected_to_fail(run: "Run") -> None:
    row = '[[expected]]\ncase = "{}"\nverdict = "fail"\nreason = "issue 1"\n'
    path = run.pytester.path / "expected.toml"
    path.write_text(row.format("retr/err-one"))
    ini = "pop3_expected = expected.toml"
    run(CASES, ini=ini).assert_outcomes(passed=1, xfailed=1)
    path.write_text(row.format("1.04"))
    result = run(CASES, ini=ini)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*XPASS(strict)*issue 1*"])
