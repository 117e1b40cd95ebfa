"""Recording real sessions, and playing them back to the same client."""

import os
import poplib
import socket
import ssl
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from pop3lab.observe.transcript import parse
from tests.files.planted import LINKS
from tests.forked import Forked, ran

SECONDS = 15
MESSAGES = {
    "1.eml": b"From: Ann <ann@example.org>\r\n\r\n.dot\r\n" + b"hello\r\n" * 200,
    "2.eml": b"two",
}
WHOLE = "--transcript-bodies"  # otherwise the text of the first is folded


@contextmanager
def running(*words: str, code: int = 0, errors: Path | None = None) -> Iterator[int]:
    """A command that prints its port first, ended by SIGTERM."""
    with open(errors or os.devnull, "wb") as stderr, Forked(words, stderr=stderr) as process:
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
    words = ("--transcript", str(tmp_path / "played"), WHOLE)
    with running("replay", str(out), *words) as replay:
        played = fetch(poplib.POP3("127.0.0.1", replay, SECONDS), "other")
    assert [line.octets for line in parse(text) if line.who == "server"] == [
        line.octets for line in parse((tmp_path / "played").read_text()) if line.who == "server"
    ]
    assert played == told


def said_by_server(path: Path) -> bytes:
    return b"".join(line.octets for line in parse(path.read_text()) if line.who == "server")


def by_apop(port: int) -> object:
    box = poplib.POP3("127.0.0.1", port, SECONDS)
    return box.apop("bobby", "Xyzzy-42"), box.retr(1), box.quit()


def by_curl(*words: str) -> Callable[[int], object]:
    def fetched(port: int) -> object:
        url = f"pop3://bobby:Xyzzy-42@127.0.0.1:{port}/1"
        return subprocess.run(["curl", "-s", *words, url], capture_output=True, check=True).stdout

    return fetched


@pytest.mark.parametrize(
    "client",
    [
        lambda port: fetch(poplib.POP3("127.0.0.1", port, SECONDS)),
        by_apop,
        by_curl(),
        by_curl("--login-options", "AUTH=PLAIN"),
        by_curl("--login-options", "AUTH=PLAIN", "--sasl-ir"),
        by_curl("--login-options", "AUTH=LOGIN"),
        by_curl("--login-options", "AUTH=+APOP"),
    ],
    ids=["poplib", "apop", "curl", "plain", "initial response", "login", "curl's apop"],
)
def test_the_same_client_again_is_the_same_strictly(
    folder: str, tmp_path: Path, client: Callable[[int], object]
) -> None:
    out, played = tmp_path / "session.txt", tmp_path / "played.txt"
    with (
        running(*serve(folder)) as server,
        running("record", f"127.0.0.1:{server}", "--out", str(out)) as relay,
    ):
        told = client(relay)
    recorded(out)
    words = ("--strict", "--transcript", str(played), WHOLE)
    with running("replay", str(out), *words) as replay:
        assert client(replay) == told
    assert said_by_server(played) == said_by_server(out)


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of one connection, in a thread, which stays open until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as held:

        def run() -> None:
            serve(held.enter_context(listener.accept()[0]))

        thread = Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(SECONDS)


def dying(line: bytes, answer: bytes) -> Callable[[socket.socket], None]:
    """A server that sends FIN after its answer to the line."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"+OK\r\n")
        assert connection.recv(len(line), socket.MSG_WAITALL) == line
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)

    return serve


def heard(port: int, octets: bytes) -> bytes:
    """What the server says to these until it has no more to say."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
        client.sendall(octets)
        return b"".join(iter(lambda: client.recv(4096), b""))


@pytest.mark.parametrize(
    ("line", "answer", "written"),
    [(b"STAT\r\n", b"+OK 2", "S| +OK 2"), (b"QUIT\r\n", b"+OK so long\r\n", "S: +OK so long")],
)
def test_a_server_that_closes_is_replayed(
    tmp_path: Path, line: bytes, answer: bytes, written: str
) -> None:
    out = tmp_path / "session.txt"
    with (
        listening(dying(line, answer)) as server,
        running("record", f"127.0.0.1:{server}", "--out", str(out)) as relay,
    ):
        told = heard(relay, line)
    assert told == b"+OK\r\n" + answer
    assert [str(entry) for entry in parse(out.read_text())][3:5] == [written, "(close)"]
    with running("replay", str(out), "--strict") as replay:
        assert heard(replay, line) == told


def slicing(connection: socket.socket) -> None:
    """A server whose answer to STLS comes in pieces."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(b"+OK\r\n")
    connection.recv(6, socket.MSG_WAITALL)
    for piece in (b"+", b"O", b"K\r", b"\n"):
        connection.sendall(piece)
        connection.settimeout(0.1)
        with suppress(TimeoutError):
            connection.recv(1, socket.MSG_PEEK)  # nothing comes before the line is whole
    connection.settimeout(SECONDS)
    assert connection.recv(1) == b"\x16"  # a handshake
    connection.close()


@pytest.mark.parametrize("way", ["plain", "stls"])
def test_an_answer_to_stls_in_pieces(tmp_path: Path, way: str) -> None:
    out = tmp_path / "session.txt"
    with (
        listening(slicing) as server,
        running(
            *("record", f"127.0.0.1:{server}", "--server", way, "--out", str(out)),
        ) as relay,
    ):
        assert heard(relay, b"STLS\r\n" if way == "plain" else b"").startswith(b"+OK\r\n")
    assert ("(start TLS)" in out.read_text()) is (way == "plain")
    assert "(recording error: " in out.read_text()


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


@pytest.mark.parametrize("way", ["plain", "stls", "tls"])
def test_stls_for_the_client_whatever_the_server_does(
    folder: str, tmp_path: Path, way: str
) -> None:
    out, ca, ours = tmp_path / "session.txt", tmp_path / "ca.pem", tmp_path / "ours.pem"
    tls = ("--tls-self-signed", "--ca-out", str(ca), "--tls-port", "0" if way == "tls" else "off")
    port = ("--port", "off") if way == "tls" else ()
    with (
        running(*serve(folder, *(tls if way != "plain" else ()), *port)) as server,
        running(
            *("record", f"localhost:{server}", "--server", way, "--out", str(out)),
            *(("--ca", str(ca)) if way != "plain" else ()),
            *("--stls", "--ca-out", str(ours)),
        ) as relay,
    ):
        box = poplib.POP3("127.0.0.1", relay, SECONDS)
        assert "STLS" in box.capa()
        box.stls(context(ours))
        assert "STLS" not in box.capa()
        told = fetch(box)
    assert "S: STLS\n" in recorded(out)
    with running("replay", str(out), "--strict", "--ca-out", str(ours)) as replay:
        box = poplib.POP3("127.0.0.1", replay, SECONDS)
        assert "STLS" in box.capa()
        box.stls(context(ours))
        box.capa()
        assert fetch(box) == told


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
    with running("replay", str(out), "--strict", "--ca-out", str(played)) as replay:
        box = poplib.POP3("127.0.0.1", replay, SECONDS)
        box.capa()
        box.stls(context(played))
        assert fetch(box) == told
    with running("replay", str(out), "--strict", "--ca-out", str(played), code=1) as replay:
        box = poplib.POP3("127.0.0.1", replay, SECONDS)
        with pytest.raises(poplib.error_proto, match="not in the transcript"):
            box.user("bobby")  # before CAPA
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
            errors=tmp_path / "errors",
        ) as relay,
    ):
        poplib.POP3_SSL("127.0.0.1", relay, timeout=SECONDS, context=context(ca)).close()
        fetch(poplib.POP3_SSL("127.0.0.1", relay, timeout=SECONDS, context=context(ca)))
    text = out.read_text()
    assert "ann@example.org" in text
    assert "C: USER bobby\n" in text
    assert "Xyzzy" not in text
    assert (tmp_path / "errors").read_text() == ""


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    out = tmp_path / "session.txt"
    with (
        running("record", "127.0.0.1:1", "--out", str(out)) as relay,
        socket.create_connection(("127.0.0.1", relay), SECONDS) as client,
    ):
        assert client.recv(1) == b""
    assert "(recording error: " in out.read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "record needs one HOST:PORT, and --out FILE"),
        (["x:110"], "record needs one HOST:PORT, and --out FILE"),
        (["x", "--out", "y"], "'x' is not HOST:PORT"),
        (["x:110", "--out", "y", "--server", "tsl"], "did you mean 'tls'?"),
        (["x:110", "--out", "/no/such/file"], "No such file"),
        (["x:110", "--out", "y", "--tls", "--stls"], "--tls and --stls exclude each other"),
        (["x:110", "--out", "y", "--ca", "/no/such"], "--ca '/no/such'"),
    ],
)
def test_mistakes(words: Sequence[str], why: str) -> None:
    told = told_by("record", *words)
    assert told.returncode == 2
    assert why in told.stderr
    assert told.stderr.count("\n") == 1


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def told_by(*words: str) -> subprocess.CompletedProcess[str]:
    return ran(words, seconds=SECONDS)


def test_a_recording_is_for_its_owner_and_in_no_planted_place(tmp_path: Path) -> None:
    out = tmp_path / "session.txt"
    with running("record", "127.0.0.1:1", "--out", str(out)):
        assert mode(out) == 0o600
    for plant, why in LINKS.values():
        for place in tmp_path.iterdir():
            place.unlink()
        plant(out)
        ran = told_by("record", "127.0.0.1:1", "--out", str(out))
        assert (ran.returncode, ran.stdout) == (2, "")
        assert f"--out '{out}': {why}" in ran.stderr
        assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["record", "replay", "serve"])
def test_an_old_file_is_not_emptied_for_a_port_that_can_t_be_had(
    folder: str, tmp_path: Path, command: str
) -> None:
    old, score = tmp_path / "old.txt", tmp_path / "score.txt"
    old.write_text("an old one\n")
    score.write_text("S: +OK\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = ("--port", str(taken.getsockname()[1]))
        words = {
            "record": ("record", "127.0.0.1:1", "--out", str(old)),
            "replay": ("replay", str(score), "--transcript", str(old)),
            "serve": ("serve", folder, "--user", "bobby:Xyzzy-42", "--transcript", str(old)),
        }
        ran = told_by(*words[command], *port)
    assert ran.returncode == 3
    assert "in use" in ran.stderr
    assert old.read_text() == "an old one\n"


def test_a_relay_for_other_machines_is_warned_of(tmp_path: Path) -> None:
    errors, out, score = tmp_path / "errors", tmp_path / "out", tmp_path / "score"
    score.write_text("S: +OK\n")
    told = "pop3lab: warning: other machines can connect to 0.0.0.0 and"
    for words in (("record", "127.0.0.1:1", "--out", str(out)), ("replay", str(score))):
        with running(*words, "--host", "0.0.0.0", errors=errors):
            pass
        assert errors.read_text().startswith(told)
        assert errors.read_text().count("\n") == 1
        with running(*words, "--host", "127.0.0.2", errors=errors):
            pass
        assert errors.read_text() == ""


def test_fetchmail_through_a_relay_and_from_its_recording(folder: str, tmp_path: Path) -> None:
    """The messages are the same, through the relay and from the replay."""
    out = tmp_path / "session.txt"
    Path(folder, "2.eml").write_bytes(b"Subject: two\r\n\r\n..\r\n\r\n")
    with (
        running(*serve(folder)) as server,
        running("record", f"127.0.0.1:{server}", "--out", str(out)) as relay,
    ):
        fetched = by_fetchmail(relay, tmp_path)
    assert len(fetched) == len(MESSAGES)
    recorded(out)
    with running("replay", str(out), "--strict") as replay:
        assert by_fetchmail(replay, tmp_path) == fetched


def by_fetchmail(port: int, tmp_path: Path) -> list[bytes]:
    """The messages, without the field that has the time."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    rc = home / "rc"
    rc.write_text(
        f'poll 127.0.0.1 proto pop3 port {port} user bobby password "Xyzzy-42" sslproto ""\n'
        f'keep no rewrite mda "cat >> {home}/box; echo END >> {home}/box"\n'
    )
    rc.chmod(0o600)
    (home / "box").write_bytes(b"")
    command = ["fetchmail", "-f", str(rc), "--all", "--keep", "--nosyslog"]
    environ = {**os.environ, "HOME": str(home), "FETCHMAILHOME": str(home)}
    subprocess.run(command, env=environ, check=True, capture_output=True, timeout=SECONDS)
    messages = (home / "box").read_bytes().split(b"END\n")[:-1]
    return [b"\n".join(without_time(message)) for message in messages]


def without_time(message: bytes) -> Iterator[bytes]:
    traced = False
    for line in message.split(b"\n"):
        traced = line.startswith(b"Received:") or (traced and line[:1] in (b"\t", b" "))
        if not traced:
            yield line
