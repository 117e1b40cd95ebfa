"""The pytest plugin: servers as fixtures, and transcripts at the end of reports.

It imports little besides pytest, so that a run without servers stays fast.
"""

import math
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import pytest

from pop3lab.testing.scopes import Scope

if TYPE_CHECKING:
    from pop3lab.testing.certificate_authority import CertificateAuthority
    from pop3lab.testing.messages import Messages
    from pop3lab.testing.pop3_server import Pop3Server


@dataclass
class _Attempt:
    """One run of a test; some plugins run a test several times."""

    servers: "list[Pop3Server]" = field(default_factory=list)
    failed: bool = False
    passed: bool = False  # its call failed
    sections: list[tuple[str, object]] = field(default_factory=list)  # as properties
    scope: Scope = field(default_factory=lambda: Scope(of_test=True))


_ATTEMPT = pytest.StashKey[_Attempt]()

_WORDS = {
    "pop3_violations": ("warn", "error", "off"),
    "pop3_unused_faults": ("error", "warn", "off"),
    "pop3_transcripts": ("failed", "all", "none"),
}


class Pop3Warning(UserWarning):
    """A problem that the settings do not let fail a test."""


def each_case(
    *cases: str, claims: Iterable[str] = (), timeout: float = 2.0
) -> pytest.MarkDecorator:
    """Return a decorator that runs a test once for each case, as its parameter `case`.

    `case.run(client)` tries the client: it raises AssertionError with the findings if the client
    fails, and skips the test if the client can't do what the case is about.

    Args:
        cases: The cases, as for check(); all by default.
        claims: What the client promises, as for check().
        timeout: Seconds after which the client is to give up on a silent server.

    Raises:
        ConfigError: There is no such case.
    """
    from pop3lab.checking.trial import trials

    params = [pytest.param(each, id=each.case.id) for each in trials(cases, claims, timeout)]
    return pytest.mark.parametrize("case", params)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings in pytest's own configuration."""
    ini = parser.addini
    ini(
        "pop3_violations",
        "report clients' violations of the RFCs: warn (default), error, off",
        None,
        "warn",
    )
    ini(
        "pop3_unused_faults",
        "report rules that never took effect: error (default), warn, off",
        None,
        "error",
    )
    ini(
        "pop3_transcripts",
        "tests whose reports have transcripts: failed (default), all, none",
        None,
        "failed",
    )
    ini("pop3_timeout", "limit of a wait in seconds, 5 by default", None, "5")
    ini("pop3_seed", "seed for generated messages and random choices in rules", None, "")


def pytest_configure(config: pytest.Config) -> None:
    """Check the settings, and register the marker."""
    config.addinivalue_line(
        "markers", "pop3(**options): options of pop3lab.Pop3Server for the fixture pop3_server"
    )
    for name, words in _WORDS.items():
        if config.getini(name) not in words:
            _refuse(name, config.getini(name), f"{words[0]}, {words[1]} or {words[2]}")
    _defaults(config)


def _defaults(config: pytest.Config) -> dict[str, Any]:
    timeout, seed = config.getini("pop3_timeout"), config.getini("pop3_seed")
    try:
        options: dict[str, Any] = {"timeout": float(timeout)}
    except ValueError:
        options = {"timeout": math.nan}
    if not 0 <= options["timeout"] < math.inf:
        _refuse("pop3_timeout", timeout, "a number of seconds")
    if seed and not seed.isdecimal():
        _refuse("pop3_seed", seed, "a number")
    return {**options, "seed": int(seed)} if seed else options


def _refuse(name: str, value: object, wanted: str) -> NoReturn:
    raise pytest.UsageError(f"{name} = {value}: write {wanted}")


def pytest_report_header(config: pytest.Config) -> str | None:
    """The seed, so that the run can be repeated."""
    seed = config.getini("pop3_seed")
    return f"pop3lab: seed {seed}" if seed else None


# Fixtures


@pytest.fixture(scope="session")
def pop3_server_options() -> dict[str, Any]:
    """Options of pop3lab.Pop3Server for all servers of the fixtures. Override this fixture."""
    return {}


@pytest.fixture(scope="session")
def pop3_tls() -> "CertificateAuthority":
    """The authority that signs the certificates of all servers: ca_file, pem, client_context()."""
    from pop3lab.testing.certificate_authority import authority

    return authority()


@pytest.fixture(scope="session")
def _pop3_thread() -> Iterator[None]:
    from pop3lab.testing.event_loop import keep_alive

    with keep_alive():
        yield


class MakePop3Server(Protocol):
    """Starts a server that stops at the end of the test; takes the options of Pop3Server."""

    def __call__(self, messages: "Messages | None" = None, **options: Any) -> "Pop3Server":
        """Start a server.

        Args:
            messages: The messages; None for those of pop3_server_options.
            options: Options of Pop3Server.

        Returns:
            The running server.
        """


@pytest.fixture
def make_pop3_server(
    request: pytest.FixtureRequest, pop3_server_options: dict[str, Any], _pop3_thread: None
) -> Iterator[MakePop3Server]:
    """A function that starts another server for this test; it takes the options of Pop3Server.

    The server is stopped and checked when the test ends. For several tests, see pop3_server.
    """
    from pop3lab.core.errors import ConfigError
    from pop3lab.observe import transcript_formats  # noqa: F401 - now: a report may have no descriptors
    from pop3lab.testing.options import check_names
    from pop3lab.testing.pop3_server import Pop3Server

    attempt = request.node.stash.setdefault(_ATTEMPT, _Attempt())
    usual = {**_defaults(request.config), **pop3_server_options}

    def make(messages: Any = None, **options: Any) -> Pop3Server:
        given = {**usual, **options} | ({} if messages is None else {"messages": messages})
        try:
            check_names(given, Pop3Server)
            server = Pop3Server(**given).start()
        except ConfigError as error:
            pytest.fail(str(error), pytrace=False)
        attempt.servers.append(server)
        return server

    yield make
    with ExitStack() as stops:
        for server in attempt.servers:
            stops.callback(server.stop)
    _check_verdicts(request.node, attempt)


@pytest.fixture
def pop3_server(request: pytest.FixtureRequest, make_pop3_server: MakePop3Server) -> "Pop3Server":
    """A running server for one test, with the options of the marker pop3(...).

    For a server for all tests of a module or of the run, write a fixture::

        @pytest.fixture(scope="module")
        def mail_server():
            with pop3lab.Pop3Server(messages=["Subject: one"]) as server:
                yield server

    Call reset() between the tests, and verify() at the end of each.
    """
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("pop3"))):
        if marker.args:
            raise pytest.UsageError("the options of the marker pop3 have names: pop3(messages=3)")
        options.update(marker.kwargs)
    return make_pop3_server(**options)


def _check_verdicts(item: pytest.Item, attempt: _Attempt) -> None:
    """Fail the test, or warn, for problems that it may not have noticed."""
    verdicts = [server.verdict for server in attempt.servers]
    wrong = [line for verdict in verdicts for line in verdict.failures]
    if attempt.passed:  # otherwise they follow from that error
        unused = [line for verdict in verdicts for line in verdict.unused_rules]
        wrong += _configured(item, "pop3_unused_faults", unused)
        violations = [line for verdict in verdicts for line in verdict.violations]
        wrong += _configured(item, "pop3_violations", violations)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def _configured(item: pytest.Item | pytest.Collector, name: str, lines: list[str]) -> list[str]:
    """Fail, warn or ignore, as configured."""
    how = item.config.getini(name)
    for line in lines if how == "warn" else []:
        item.warn(Pop3Warning(line))
    return lines if how == "error" else []


# Rules of servers that outlive a test


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Forget the previous attempt; rules added from now on are checked with this one."""
    before = item.stash.get(_ATTEMPT, _Attempt())
    item.user_properties[:] = [each for each in item.user_properties if each not in before.sections]
    attempt = item.stash[_ATTEMPT] = _Attempt()
    attempt.scope.open()
    yield
    item.addfinalizer(lambda: _check_scope(item, attempt.scope, reported=attempt.passed))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Close the scope of the test, whatever fails now."""
    try:
        yield
    finally:
        item.stash[_ATTEMPT].scope.close()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Check the rules that a fixture of several tests adds after the last of them."""
    if fixturedef.scope == "function":
        return (yield)
    scope = Scope()
    scope.open()
    try:
        value = yield
    finally:
        scope.close()
    fixturedef.addfinalizer(lambda: _check_scope(request.node, scope, reported=True))
    return value


def _check_scope(node: pytest.Item | pytest.Collector, scope: Scope, *, reported: bool) -> None:
    errors, unused = scope.end()
    wrong = [*errors, *_configured(node, "pop3_unused_faults", unused)] if reported else []
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


# Reports


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """End the report of a failed test with the transcripts of its servers."""
    report = yield
    attempt = item.stash.setdefault(_ATTEMPT, _Attempt())
    fresh = report.failed and not attempt.failed
    attempt.failed |= report.failed
    attempt.passed |= report.passed and report.when == "call"
    wanted = {"failed": fresh, "all": fresh or report.when == "call", "none": False}
    if attempt.servers and wanted[item.config.getini("pop3_transcripts")]:
        _show(item, report, attempt)
    return report


def _show(item: pytest.Item, report: pytest.TestReport, attempt: _Attempt) -> None:
    for server in attempt.servers:
        title = f"POP3 transcript: {server.host}:{server.port}"
        sections = (title, _told(server))
        report.sections.append(sections)
        report.user_properties.append(sections)
        item.user_properties.append(sections)  # for the JUnit XML, at the teardown
        attempt.sections.append(sections)


def _told(server: "Pop3Server") -> str:
    """Return the transcripts, or why there are none: an error here would end the whole run."""
    try:
        return _story(server)
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:  # noqa: BLE001
        return f"(the transcript could not be made: {error!r})\n"


def _story(server: "Pop3Server") -> str:
    """Return the transcripts before each reset, and the current one."""
    from pop3lab.observe.transcript_formats import abbreviate

    texts = [abbreviate(transcript.folded()) for transcript in server.transcripts]
    text = "(reset)\n".join(each or "(nobody has connected)\n" for each in texts)
    if any("chance=" in active.rule.condition_text for active in server.rules.active):
        text += f"(chance by the seed {server.rules.seed})\n"
    return text
