"""The pytest plugin: servers as fixtures, and transcripts at the end of reports.

It imports little besides pytest, so that a run without servers stays fast.
"""

import math
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol

import pytest

from pop3lab.testing.importing import import_as_python_does
from pop3lab.testing.scopes import Scope, ScopeOfTest, Share

if TYPE_CHECKING:
    from pop3lab.testing.certificate_authority import CertificateAuthority
    from pop3lab.testing.messages import Messages
    from pop3lab.testing.pop3_server import Pop3Server


class _Attempt:
    """One run of a test; some plugins run a test several times.

    passed: its call has passed. sections: what reports have shown, as properties.
    """

    def __init__(self) -> None:
        self.failed = False
        self.passed = False
        self.sections: list[tuple[str, object]] = []
        self.scope = ScopeOfTest()


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
    ini("pop3_expected", "file of the verdicts that each_case expects, as for check", None, "")
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
    config.add_cleanup(import_as_python_does())


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Expect the failures that the file of pop3_expected knows."""
    if path := config.getini("pop3_expected"):
        from pop3lab.checking.known_failures import known_failures

        for item, row in known_failures(str(config.rootpath / path), items):
            why, strict = row.reason, not row.flaky
            item.add_marker(pytest.mark.xfail(reason=why, strict=strict, raises=AssertionError))


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
    """Starts a server that stops at the end of the scope; takes the options of Pop3Server."""

    def __call__(self, messages: "Messages | None" = None, **options: Any) -> "Pop3Server":
        """Start a server.

        Args:
            messages: The messages; None for those of pop3_server_options.
            options: Options of Pop3Server.

        Returns:
            The running server.
        """


_Scope = Literal["function", "class", "module", "package", "session"]


def _maker(scope: _Scope, name: str, owner: str) -> Any:
    """Return the fixture make_pop3_server, or its like for a longer scope."""

    def start_servers(
        request: pytest.FixtureRequest, pop3_server_options: dict[str, Any], _pop3_thread: None
    ) -> Iterator[MakePop3Server]:
        from pop3lab.core.errors import ConfigError
        from pop3lab.testing.options import check_names
        from pop3lab.testing.pop3_server import Pop3Server

        usual = {**_defaults(request.config), **pop3_server_options}
        with ExitStack() as stops:

            def make(messages: Any = None, **options: Any) -> Pop3Server:
                given = {**usual, **options} | ({} if messages is None else {"messages": messages})
                try:
                    check_names(given, Pop3Server)
                    server = Pop3Server(**given).start()
                except ConfigError as error:
                    pytest.fail(str(error), pytrace=False)
                stops.callback(server.stop)
                return server

            yield make

    start_servers.__doc__ = f"""A function that starts another server for {owner}.

    It takes the options of Pop3Server. The server stops at the end of {owner}.
    """
    return pytest.fixture(scope=scope, name=name)(start_servers)


make_pop3_server = _maker("function", "make_pop3_server", "a test")
make_class_pop3_server = _maker("class", "make_class_pop3_server", "a class")
make_module_pop3_server = _maker("module", "make_module_pop3_server", "a module")
make_package_pop3_server = _maker("package", "make_package_pop3_server", "a package")
make_session_pop3_server = _maker("session", "make_session_pop3_server", "the whole run")


@pytest.fixture
def pop3_server(request: pytest.FixtureRequest, make_pop3_server: MakePop3Server) -> "Pop3Server":
    """A running server for one test, with the options of the marker pop3(...).

    `parametrize("pop3_server", [{"messages": 1}, {"tls": "starttls"}], indirect=True)` runs the
    test once for each dict of options, which go before those of the marker.

    For a server for all tests of a module, or of the run, write a fixture::

        @pytest.fixture(scope="module")
        def mail_server(make_module_pop3_server):
            return make_module_pop3_server(messages=["Subject: one"])
    """
    given = getattr(request, "param", {})
    if not isinstance(given, Mapping):
        raise pytest.UsageError(
            f'pop3_server takes dicts of options, such as {{"messages": 3}}, not {given!r}'
        )
    return make_pop3_server(**{**_marked(request.node), **given})


def _marked(node: pytest.Item) -> dict[str, Any]:
    """Return the options of the marker; the nearest one wins."""
    options: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("pop3"))):
        if marker.args:
            raise pytest.UsageError("the options of the marker pop3 have names: pop3(messages=3)")
        options.update(marker.kwargs)
    return options


@pytest.fixture
def pop3_profile_server(
    request: pytest.FixtureRequest, make_pop3_server: MakePop3Server
) -> "Pop3Server":
    """A server that imitates a profile; the test runs once for each.

    It has the options of the marker pop3(...). Name some profiles by
    `parametrize("pop3_profile_server", ["gmail", "qpopper"], indirect=True)`.
    """
    return make_pop3_server(**{**_marked(request.node), "profile": request.param})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests with pop3_profile_server once for each profile, unless they name some."""
    name = "pop3_profile_server"
    marks = metafunc.definition.iter_markers("parametrize")
    if name in metafunc.fixturenames and all(
        name not in str(mark.args[:1] or mark.kwargs.get("argnames")) for mark in marks
    ):
        from pop3lab.behaviours.profiles.catalogue import PROFILES

        metafunc.parametrize(name, list(PROFILES), indirect=True)


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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what happened at all servers, now that the fixtures of the test are gone."""
    attempt = item.stash[_ATTEMPT]
    try:
        result = yield
    except BaseException as error:
        attempt.scope.close()
        for line in _problems(item, attempt):
            error.add_note(line)
        raise
    attempt.scope.close()
    if wrong := _problems(item, attempt):
        pytest.fail("\n".join(wrong), pytrace=False)
    return result


def _problems(item: pytest.Item, attempt: _Attempt) -> list[str]:
    """Return the problems that fail the test; warn of others. The test may not notice them."""
    verdict = attempt.scope.end_shares()
    wrong = [*verdict.failures]
    if attempt.passed:  # otherwise they follow from that error
        wrong += _configured(item, "pop3_unused_faults", verdict.unused_rules)
        wrong += _configured(item, "pop3_violations", verdict.violations)
    return wrong


def _configured(
    node: pytest.Item | pytest.Collector, name: str, lines: Sequence[str]
) -> Sequence[str]:
    """Fail, warn or ignore, as configured."""
    how = node.config.getini(name)
    for line in lines if how == "warn" else ():
        _warn(node, Pop3Warning(line))
    return lines if how == "error" else ()


def _warn(node: pytest.Item | pytest.Collector, warning: Pop3Warning) -> None:
    """Warn. The setting asks for that, so a filter for all warnings does not make it an error."""
    try:
        node.warn(warning)
    except Pop3Warning:
        with warnings.catch_warnings():
            warnings.simplefilter("always", Pop3Warning)
            node.warn(warning)


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
    failures, unused, _ = scope.end()
    wrong = [*failures, *_configured(node, "pop3_unused_faults", unused)] if reported else []
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
    if wanted[item.config.getini("pop3_transcripts")]:
        _show(item, report, attempt)
    if report.when == "teardown":
        attempt.scope.forget()  # all items live until the end of the run
    return report


def _show(item: pytest.Item, report: pytest.TestReport, attempt: _Attempt) -> None:
    for share in attempt.scope.shares:
        if story := _told(share):
            section = (f"POP3 transcript: {share.address}", story)
            report.sections.append(section)
            report.user_properties.append(section)
            item.user_properties.append(section)  # for the JUnit XML, at the teardown
            attempt.sections.append(section)


def _told(share: Share) -> str:
    """Return the transcripts, or why there are none: an error here would end the whole run."""
    try:
        return share.story
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:  # noqa: BLE001
        return f"(the transcript could not be made: {error!r})\n"
