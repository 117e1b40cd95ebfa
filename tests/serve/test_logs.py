"""The log, and the transcript."""

import json
import socket
import ssl
from base64 import b64encode
from pathlib import Path

import pytest

from tests.served import Client

from .process import USER, Serving, folder, serving

PLAIN = b64encode(b"\0ann\0secret").decode()


def logged(server: Serving) -> list[str]:
    """The lines, but for what is told of root, where the tests are run as such."""
    return [line for line in server.log.splitlines() if "--run-as USER" not in line]


def test_the_log_as_json(tmp_path: Path) -> None:
    words = ("--log-format", "json", "--log-level", "debug")
    with serving(folder(tmp_path / "drop"), *USER, *words) as server:
        port = server.port
        server.logged_in().ask("QUIT")
        server.stop()
        lines = [json.loads(line) for line in logged(server)]
    events = ["ready", "connection_opened", "logged_in", "session_ended"]
    assert [line["event"] for line in lines] == events
    assert [line["level"] for line in lines] == ["info", "debug", "info", "info"]
    assert lines[0]["pop3"] == port
    assert lines[1]["peer"].startswith("127.0.0.1:")
    assert lines[3]["user"] == "ann"
    assert lines[3]["end_reason"] == "quit"
    assert all("ts" in line for line in lines)
    assert "secret" not in str(lines)


def test_the_log_as_text_has_one_line_for_an_event(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--log-level", "debug") as server:
        client = server.client()
        client.ask("USER a\x1b[31m\x00\rb")
        client.ask("QUIT")
        server.stop()
        events = [line.split()[2] for line in logged(server)]
        assert server.log.replace("\n", "").isprintable()
    assert events == ["ready", "connection_opened", "session_ended"]


def test_the_log_only_of_what_matters(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--log-level", "warning") as server:
        server.logged_in().ask("QUIT")
        server.stop()
        assert logged(server) == []


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "an HTTP request on the TLS port"),
        (b"USER ann\r\nPASS hunter2\r\n", "a POP3 command in clear"),
        (b"\x16\x03\x01\0\x05\1\0\0\1\xff", "the handshake failed: length too short"),
    ],
)
def test_why_tls_did_not_come_about_is_in_log_and_transcript(
    tmp_path: Path, said: bytes, name: str
) -> None:
    transcript = tmp_path / "transcript"
    words = ("--transcript", transcript, "--tls-self-signed", "--tls-port", "0")
    with serving(folder(tmp_path / "drop"), *USER, *words) as server:
        with socket.create_connection(("127.0.0.1", server.tls_port), 10) as client:
            client.sendall(said)
            while client.recv(99):
                pass
        server.stop()
        (line,) = [line for line in logged(server) if " tls_failed " in line]
    assert f'reason="{name}"' in line
    assert f"(TLS failed: {name})" in transcript.read_text()
    assert "hunter2" not in line + transcript.read_text()


def exchange(client: Client, *lines: str) -> None:
    for line in lines:
        client.ask(line)


def test_the_transcript_shows_no_secrets(tmp_path: Path) -> None:
    file = tmp_path / "transcript"
    limits = ("--limit-bad-logins", "0", "--limit-bad-before", "0")
    with serving(folder(tmp_path / "drop"), *USER, *limits, "--transcript", file) as server:
        client = server.client()
        digest = "0123456789abcdef" * 2
        exchange(client, "USER ann", "PASS wrong", f"APOP ann {digest}")
        exchange(
            client, "AUTH PLAIN", "d3Jvbmc=", f"AUTH plain {PLAIN}x", "AUTH LOGIN", "YW5u", "*"
        )
        exchange(client, "AUTH PLAIN", PLAIN, "STAT", "QUIT")
        server.stop()
    said = [line.split(maxsplit=2)[2] for line in file.read_text().splitlines()]
    assert [line for line in said if line.startswith("C")] == [
        "C: USER ann",
        "C: PASS ****",
        "C: APOP ann ****",
        "C: AUTH PLAIN",
        "C: ****",
        "C: AUTH plain ****",
        "C: AUTH LOGIN",
        "C: ****",
        "C: *",
        "C: AUTH PLAIN",
        "C: ****",
        "C: STAT",
        "C: QUIT",
    ]
    assert "S: +OK 1 16" in said
    for secret in (PLAIN, "d3Jvbmc=", "YW5u", digest, "secret"):
        assert secret not in file.read_text()


def test_replies_echo_nothing_of_the_client(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--limit-bad-before", "0") as server:
        client = server.client()
        for command in ("XYZZY", "USER xyzzy", "PASS xyzzy", "AUTH XYZZY", "LANG xyzzy"):
            assert "xyzzy" not in client.ask(command).lower()


def test_faults_that_never_happened_are_logged_at_the_end(tmp_path: Path) -> None:
    rules = ("--rule", "NOOP -> reply", "--rule", "RETR 9 -> close", "--quirk", "extra-crlf")
    words = ("--log-format", "json", "--log-level", "warning", *rules)
    with serving(folder(tmp_path / "drop"), *USER, *words) as server:
        server.logged_in().ask("NOOP")
        server.stop()
        lines = [json.loads(line) for line in logged(server)]
    told = [(line["level"], line["event"], line["rule"]) for line in lines]
    assert told == [("warning", "rule_never_applied", "RETR 9 -> close")]


def test_tls_on_the_plain_port_is_told(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER) as server:
        with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", server.port)) as c:
            ssl._create_unverified_context().wrap_socket(c)
        server.stop()
        [told] = [line for line in server.log.splitlines() if " unexpected_tls " in line]
        assert " warning " in told
        assert "session=1" in told


@pytest.mark.parametrize("together", [True, False])
def test_octets_in_clear_behind_stls_are_told(together: bool, tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--tls-self-signed") as server:
        client = server.client()
        if together:
            client.send(b"STLS\r\nUSER ann\r\n")
        else:
            assert client.ask("STLS").startswith("+OK")
            client.send(b"USER ann\r\nPASS secret\r\n")
        assert client.line().startswith("-ERR ")
        assert client.closed()
        server.stop()
        [told] = [line for line in server.log.splitlines() if " plaintext_after_stls " in line]
        assert " warning " in told
        assert "session=1" in told
        assert "secret" not in server.log
