"""Machines that lack something: IPv4, or TLS in Python."""

from pathlib import Path

import pytest

from tests.portable.test_simulated import on

WITHOUT_SSL = """
import poplib
import pytest
from pop3lab import Pop3Server
from pop3lab.core.errors import ConfigError

def test_plain():
    with Pop3Server(["one"]) as server:
        client = poplib.POP3(*server.address, timeout=10)
        client.user("user")
        client.pass_("password")
        assert client.stat()[0] == 1
        client.quit()
        server.wait_session()

@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls(tls):
    with pytest.raises(ConfigError, match="this Python was built without it"):
        Pop3Server(tls=tls)

def test_the_fixture(pop3_server):
    assert pop3_server.port
"""

IPV6_ONLY = """
import poplib
import pytest
from pop3lab import Pop3Server

@pytest.mark.parametrize("tls", [None, "implicit"])
def test_with_an_address(tls):
    with Pop3Server(["one"], host="::1", tls=tls) as server:
        kind = poplib.POP3_SSL if tls else poplib.POP3
        more = {"context": server.client_context()} if tls else {}
        kind(*server.address, timeout=10, **more).quit()

def test_without():
    said = r"at 127.0.0.1:0: .*; on a machine without IPv4 write host='::1'"
    with pytest.raises(OSError, match=said):
        Pop3Server().start()
"""


@pytest.mark.parametrize(
    ("system", "tests", "passed"), [("without-ssl", WITHOUT_SSL, 4), ("ipv6-only", IPV6_ONLY, 3)]
)
def test_pop3_server_where_something_lacks(
    system: str, tests: str, passed: int, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text(tests, encoding="ascii")
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:anyio", "-p", "no:asyncio"]
    run = on(system, "pytest", *options, str(tmp_path), within=tmp_path)
    assert run.returncode == 0, run.stdout
    assert f"{passed} passed" in run.stdout


SERVE = "serve . --user ann:secret"


@pytest.mark.parametrize("words", [".", SERVE, f"{SERVE} --workers 2"])
def test_the_command_without_ipv4(words: str, tmp_path: Path) -> None:
    run = on("ipv6-only", "pop3lab", *words.split(), within=tmp_path)
    assert (run.returncode, run.stdout) == (3, "")
    assert "cannot listen on 127.0.0.1 port " in run.stderr
    assert run.stderr.endswith("; on a machine without IPv4 give --host ::1\n")


@pytest.mark.parametrize("words", [".", SERVE])
def test_the_command_with_ipv6(words: str, tmp_path: Path) -> None:
    more = ["--host", "::1", "--max-lifetime", "0.1"]
    run = on("ipv6-only", "pop3lab", *words.split(), *more, within=tmp_path)
    assert run.returncode == 0, run.stderr


def test_the_command_without_ssl(tmp_path: Path) -> None:
    run = on("without-ssl", "pop3lab", ".", "--max-lifetime", "0.1", within=tmp_path)
    assert (run.returncode, run.stdout.count("\n")) == (0, 2), run.stderr


@pytest.mark.parametrize("words", [".", SERVE])
def test_tls_without_ssl_is_refused_before_the_port_line(words: str, tmp_path: Path) -> None:
    run = on("without-ssl", "pop3lab", *words.split(), "--tls-self-signed", within=tmp_path)
    said = "pop3lab: TLS needs the module ssl, and this Python was built without it\n"
    assert (run.returncode, run.stdout, run.stderr) == (2, "", said)
