"""Recording real sessions, and playing them back to the same client."""

import poplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from pop3lab.watch.dialogue import parse

SECONDS = 15
MESSAGES = {"1.eml": b"From: Ann <ann@example.org>\r\n\r\n.dot\r\nhello\r\n", "2.eml": b"two"}


@contextmanager
def running(*words: str, code: int = 0) -> Iterator[int]:
    """A command that prints its port first, ended by SIGTERM."""
    command = [sys.executable, "-m", "pop3lab", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
            process.terminate()
            process.communicate(timeout=SECONDS)
            assert process.returncode == code
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    messages = tmp_path / "messages"
    messages.mkdir()
    for name, octets in MESSAGES.items():
        (messages / name).write_bytes(octets)
    return str(messages)


def context(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ca))


def fetch(box: poplib.POP3, user: str = "bobby") -> list[object]:
    """A session with all that a client does; what it was told."""
    box.user(user)
    box.pass_("Xyzzy-42")
    told: list[object] = [box.stat(), box.list(), box.uidl()]
    told += [box.retr(number) for number in (1, 2)]
    told.append(box.quit())
    return told


def serve(folder: str, *words: str) -> Sequence[str]:
    return ("serve", folder, "--user", "bobby:Xyzzy-42", "--port", "0", *words)


def recorded(path: Path) -> str:
    text = path.read_text()
    assert "Xyzzy" not in text
    assert "bobby" not in text
    assert "127.0.0.1" not in text
    assert parse(text)
    return text


def test_a_plain_session_and_its_replay(folder: str, tmp_path: Path) -> None:
    out = tmp_path / "session.txt"
    with (
        running(*serve(folder)) as server,
        running("record", f"127.0.0.1:{server}", "--out", str(out)) as relay,
    ):
        told = fetch(poplib.POP3("127.0.0.1", relay, SECONDS))
        with running("record", f"127.0.0.1:{server}", "--out", str(tmp_path / "b")) as again:
            assert fetch(poplib.POP3("127.0.0.1", again, SECONDS)) == told
    text = recorded(out)
    assert "S: ..dot\n" in text
    with running("replay", str(out), "--transcript", str(tmp_path / "played")) as replay:
        played = fetch(poplib.POP3("127.0.0.1", replay, SECONDS), "other")
    assert [line.octets for line in parse(text) if line.who == "server"] == [
        line.octets for line in parse((tmp_path / "played").read_text()) if line.who == "server"
    ]
    assert played == told


@pytest.mark.parametrize("way", ["stls", "tls"])
def test_a_server_under_tls_and_a_client_without(folder: str, tmp_path: Path, way: str) -> None:
    out, ca = tmp_path / "session.txt", tmp_path / "ca.pem"
    tls = ("--tls-self-signed", "--ca-out", str(ca), "--tls-port", "0" if way == "tls" else "off")
    port = ("--port", "off") if way == "tls" else ()
    with (
        running(*serve(folder, *tls, *port)) as server,
        running(
            *("record", f"localhost:{server}", "--server", way, "--ca", str(ca)),
            *("--out", str(out)),
        ) as relay,
    ):
        fetch(poplib.POP3("127.0.0.1", relay, SECONDS))
    assert "(start TLS)" not in recorded(out)


def test_stls_passes_through_and_is_replayed(folder: str, tmp_path: Path) -> None:
    out, ca, ours = tmp_path / "session.txt", tmp_path / "ca.pem", tmp_path / "ours.pem"
    tls = ("--tls-self-signed", "--ca-out", str(ca), "--tls-port", "off")
    with (
        running(*serve(folder, *tls)) as server,
        running(
            *("record", f"localhost:{server}", "--ca", str(ca), "--out", str(out)),
            *("--ca-out", str(ours)),
        ) as relay,
    ):
        box = poplib.POP3("127.0.0.1", relay, SECONDS)
        assert "STLS" in box.capa()
        box.stls(context(ours))
        told = fetch(box)
    assert "(start TLS)" in recorded(out)
    played = tmp_path / "played.pem"
    with running("replay", str(out), "--strict", "--ca-out", str(played), code=1) as replay:
        box = poplib.POP3("127.0.0.1", replay, SECONDS)
        box.capa()
        box.stls(context(played))
        with pytest.raises(poplib.error_proto, match="not in the transcript"):
            box.user("somebody")  # whose name is not the masked one
        box.close()
    with running("replay", str(out), "--ca-out", str(played)) as replay:
        box = poplib.POP3("127.0.0.1", replay, SECONDS)
        box.stls(context(played))
        assert fetch(box) == told


def test_a_client_under_tls_from_the_first_octet(folder: str, tmp_path: Path) -> None:
    out, ca = tmp_path / "session.txt", tmp_path / "ca.pem"
    with (
        running(*serve(folder)) as server,
        running(
            *("record", f"127.0.0.1:{server}", "--out", str(out)),
            *("--tls", "--ca-out", str(ca), "--keep-addresses"),
        ) as relay,
    ):
        fetch(poplib.POP3_SSL("127.0.0.1", relay, timeout=SECONDS, context=context(ca)))
    text = out.read_text()
    assert "ann@example.org" in text
    assert "Xyzzy" not in text


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    out = tmp_path / "session.txt"
    with (
        running("record", "127.0.0.1:1", "--out", str(out)) as relay,
        socket.create_connection(("127.0.0.1", relay), SECONDS) as client,
    ):
        assert client.recv(1) == b""
    assert "(failed: " in out.read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "record needs one HOST:PORT, and --out FILE"),
        (["x:110"], "record needs one HOST:PORT, and --out FILE"),
        (["x", "--out", "y"], "'x' is no HOST:PORT"),
        (["x:110", "--out", "y", "--server", "tsl"], "did you mean 'tls'?"),
        (["x:110", "--out", "/no/such/file"], "No such file"),
        (["x:110", "--out", "y", "--ca", "/no/such"], "--ca '/no/such'"),
    ],
)
def test_mistakes(words: Sequence[str], why: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pop3lab", "record", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert why in ran.stderr
    assert ran.stderr.count("\n") == 1
