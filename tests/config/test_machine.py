"""What doctor finds on a machine."""

import re
import socket
import ssl
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pop3lab.config.diagnostics import OPTIONAL_LIBRARIES, Diagnosis, findings, not_after
from pop3lab.config.options import Settings
from pop3lab.config.types import HostPort, User
from pop3lab.core.errors import ConfigError
from tests.config.certificates import make

QUIET = Settings(port=None)
PROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"


def found(settings: Settings, read_users: Callable[[str], object] = len) -> list[Diagnosis]:
    """Without the libraries, which are as they are."""
    return [f for f in findings(settings, read_users) if " installed, for " not in f.text]


def only(settings: Settings, read_users: Callable[[str], object] = len) -> Diagnosis:
    [finding] = found(settings, read_users)
    return finding


def test_targets_must_be_there(tmp_path: Path) -> None:
    assert only(QUIET.replace(target=str(tmp_path))).good
    assert only(QUIET.replace(target=f"{tmp_path}/{{user}}/mail")).good
    assert not only(QUIET.replace(target=f"{tmp_path}/nowhere")).good
    assert not only(QUIET.replace(target=f"{tmp_path}/nowhere/{{user}}")).good
    assert found(QUIET.replace(target="gen:5", users=(User("ann", "x", "memory:"),))) == []
    both = QUIET.replace(target=str(tmp_path), users=(User("ann", "x", "/nowhere"),))
    assert [finding.good for finding in found(both)] == [True]  # what is a user's: see places


def test_files_that_are_read_must_be_readable() -> None:
    assert only(QUIET.replace(client_ca="/nowhere")) == (
        False,
        "client-ca: '/nowhere' can't be read: No such file or directory",
    )


def test_files_that_are_written_need_a_folder(tmp_path: Path) -> None:
    assert only(QUIET.replace(port_file=str(tmp_path / "port"))).good
    assert not only(QUIET.replace(transcript="/nowhere/transcript")).good


def test_the_users_file_is_parsed() -> None:
    def bad(path: str) -> None:
        raise ConfigError(f"{path} line 3: no colon")

    settings = QUIET.replace(users_file="users")
    assert only(settings) == (True, "users-file: 'users' is valid")
    assert only(settings, bad) == (False, "users-file: users line 3: no colon")
    assert "No such file" in only(QUIET.replace(users_file="/nowhere"), open).text


def test_certificate_and_key_must_match(tmp_path: Path) -> None:
    cert, key = make(tmp_path, "one")
    _, other = make(tmp_path, "other")
    good = only(QUIET.replace(cert=cert, key=key))
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    assert good == (True, f"cert and key match; valid for 29 days, until {day}")
    cert, key = make(tmp_path, "soon", days=14)
    assert only(QUIET.replace(cert=cert, key=key)).good is None
    wrong = only(QUIET.replace(cert=cert, key=other))
    assert wrong == (False, "cert and key: they do not belong together")
    assert not only(QUIET.replace(cert=key, key=key)).good
    assert [f.good for f in found(QUIET.replace(cert=cert, key="/nowhere"))] == [False, False]


def test_a_transcript_on_stderr_needs_no_folder_to_write_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: path != "/dev")  # as for all but root
    good = only(QUIET.replace(transcript="/dev/stderr"))
    assert good == (True, "transcript: '/dev/stderr' can be written")


def test_an_expired_certificate_is_found(tmp_path: Path) -> None:
    cert, key = make(tmp_path, "old", days=-1)
    with pytest.raises(ssl.SSLCertVerificationError):
        not_after(cert, key)
    assert only(QUIET.replace(cert=cert, key=key)) == (
        False,
        f"cert: {cert!r}: certificate has expired",
    )


def test_ports_must_be_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "Address already in use" in only(Settings(port=port)).text
        assert not only(QUIET.replace(metrics=HostPort("127.0.0.1", port))).good
        for name in ("smtp_port", "smtp_tls_port", "lmtp"):
            assert not only(QUIET.replace(**{name: port})).good
    assert only(Settings(port=port)).good
    assert only(QUIET.replace(metrics=HostPort("127.0.0.1", port))).good
    assert found(Settings(port=0)) == []
    assert found(QUIET.replace(lmtp="/nowhere/lmtp")) == []


def test_libraries_are_noted_and_missed_where_they_are_needed() -> None:
    extras = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"pop3lab\[(\w+)\]", str(OPTIONAL_LIBRARIES))) <= set(extras)
    assert all(finding.good is not False for finding in findings(QUIET, len))
