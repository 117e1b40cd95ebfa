"""The plugin for pytest: servers as fixtures, and reports that end with what was said.

It imports nothing but pytest: a run that asks for no server pays for none.
"""

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from pop3lab import Pop3Server
    from pop3lab.testing.authority import Authority

_SERVERS = pytest.StashKey[list["Pop3Server"]]()
_FAILED = pytest.StashKey[bool]()

_WORDS = {
    "pop3_violations": ("warn", "error", "off"),
    "pop3_unused_faults": ("error", "warn", "off"),
    "pop3_transcripts": ("failed", "all", "none"),
}


class Pop3Warning(UserWarning):
    """What does not fail a test, as the configuration has it, but ought to be seen."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings in pytest's own configuration."""
    ini = parser.addini
    ini(
        "pop3_violations",
        "breaches of the RFCs by a client: warn (default), error, off",
        None,
        "warn",
    )
    ini(
        "pop3_unused_faults",
        "faults that never happened: error (default), warn, off",
        None,
        "error",
    )
    ini("pop3_transcripts", "in reports: of failed tests (default), all, none", None, "failed")
    ini("pop3_timeout", "seconds that a wait takes at most; 5 by default", None, "5")
    ini("pop3_seed", "number, of generated messages and of chance in rules", None, "")


def pytest_configure(config: pytest.Config) -> None:
    """Check the settings, and make the marker known."""
    config.addinivalue_line(
        "markers", "pop3(**options): what pop3_server is to be; the options of pop3lab.Pop3Server"
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
    """Options of pop3lab.Pop3Server for all servers of the fixtures; to be overridden."""
    return {}


@pytest.fixture(scope="session")
def pop3_tls() -> "Authority":
    """Whom the certificates of all servers are signed by: ca_file, client_context(), pem."""
    from pop3lab.testing.authority import authority

    return authority()


@pytest.fixture(scope="session")
def _pop3_thread() -> Iterator[None]:
    from pop3lab.testing.loops import held

    with held():
        yield


@pytest.fixture
def make_pop3_server(
    request: pytest.FixtureRequest, pop3_server_options: dict[str, Any], _pop3_thread: None
) -> Iterator[Callable[..., "Pop3Server"]]:
    """Start one more server; called as pop3lab.Pop3Server is."""
    from pop3lab import Pop3Server
    from pop3lab.core.errors import ConfigError

    servers = request.node.stash.setdefault(_SERVERS, [])
    usual = {**_defaults(request.config), **pop3_server_options}

    def make(*messages: Any, **options: Any) -> Pop3Server:
        if messages:
            (options["messages"],) = messages
        try:
            server = Pop3Server(**{**usual, **options}).start()
        except ConfigError as error:
            pytest.fail(str(error), pytrace=False)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()
    _judge(request.node, servers)


@pytest.fixture
def pop3_server(
    request: pytest.FixtureRequest, make_pop3_server: Callable[..., "Pop3Server"]
) -> "Pop3Server":
    """A server that runs; the marker pop3(...) has its options."""
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("pop3"))):
        if marker.args:
            raise pytest.UsageError("the options of the marker pop3 have names: pop3(messages=3)")
        options.update(marker.kwargs)
    return make_pop3_server(**options)


def _judge(item: pytest.Item, servers: "list[Pop3Server]") -> None:
    """Fail the test, or warn, for what it may not have seen."""
    from pop3lab.testing.verdict import breaches, failures, unused

    wrong = [line for server in servers for line in failures(server.errors)]
    if not item.stash.get(_FAILED, False):  # else these follow from that
        found = {
            "pop3_unused_faults": [s for server in servers for s in unused(server.unused_rules())],
            "pop3_violations": [s for server in servers for s in breaches(server.sessions)],
        }
        for name, lines in found.items():
            how = item.config.getini(name)
            wrong += lines if how == "error" else []
            for line in lines if how == "warn" else []:
                item.warn(Pop3Warning(line))
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


# Reports


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """End the report of a failed test with the transcripts of its servers."""
    report = yield
    servers = item.stash.get(_SERVERS, [])
    already = item.stash.get(_FAILED, False)
    if report.failed:
        item.stash[_FAILED] = True
    fresh = report.failed and not already
    wanted = {"failed": fresh, "all": fresh or report.when == "call", "none": False}
    if servers and wanted[item.config.getini("pop3_transcripts")]:
        _show(item, report, servers)
    return report


def _show(item: pytest.Item, report: pytest.TestReport, servers: "list[Pop3Server]") -> None:
    from pop3lab.watch.folding import folded

    for server in servers:
        text = folded(str(server.transcript)) or "(nobody has connected)\n"
        if any("chance=" in active.rule.condition for active in server.rules.active):
            text += f"(chance by the seed {server.rules.seed})\n"
        title = f"POP3 transcript: {server.host}:{server.port}"
        report.sections.append((title, text))
        report.user_properties.append((title, text))
        item.user_properties.append((title, text))  # for the XML of JUnit, at the teardown
