"""How the server tells that it is ready, and where it listens."""

import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import termios
from pathlib import Path

import pytest

from tests.served import SECONDS
from tests.transport.odd_pem import CERTIFICATES, KEYS, RIGHT, Pair

from .process import COMMAND, FREE, USER, environment, folder, refused, run, serving, started


def test_the_first_line_is_the_port(tmp_path: Path) -> None:
    with started(folder(tmp_path / "drop"), *USER, "--port", "0") as server:
        assert server.line == f"{int(server.line)}\n"
        client = server.logged_in()
        assert client.ask("STAT") == "+OK 1 16"
        client.close()
        assert server.stop() == 0
        assert server.process.stdout
        assert server.process.stdout.read() == b""


def test_ready_json(tmp_path: Path) -> None:
    tls = ("--tls-port", "0", "--tls-self-signed")
    with serving(folder(tmp_path / "drop"), *USER, *tls) as server:
        told = json.loads(server.line)
        assert told == {**server.ports, "pid": server.process.pid}
        assert sorted(told) == ["pid", "pop3", "pop3s"]
        for port in (server.port, server.tls_port):
            socket.create_connection(("127.0.0.1", port)).close()


@pytest.mark.parametrize("form", ["port", "json"])
def test_port_file(form: str, tmp_path: Path) -> None:
    file = tmp_path / "port"
    words = ("--port", "0", "--ready", form, "--port-file", file)
    with started(folder(tmp_path / "drop"), *USER, *words) as server:
        assert file.read_text() == server.line
        server.stop()
        assert not file.exists()


def test_ready_fd(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    words = (folder(tmp_path / "drop"), *USER, "--ready-fd", str(writing))
    with serving(*words, pass_fds=[writing]), open(reading, "rb") as told:
        os.close(writing)
        assert told.read() == b"\n"  # and closed


def test_sd_notify(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        env = environment(NOTIFY_SOCKET=str(tmp_path / "notify"))
        with serving(folder(tmp_path / "drop"), *USER, env=env) as server:
            assert manager.recv(999).splitlines()[0] == b"READY=1"
            server.signal(signal.SIGHUP, "reloaded")
            assert manager.recv(999).splitlines()[0] == b"RELOADING=1"
            assert manager.recv(999).splitlines()[0] == b"READY=1"
            server.stop()
            assert manager.recv(999).splitlines()[0] == b"STOPPING=1"


def test_the_watchdog_hears_that_it_is_alive(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        env = environment(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="200000")
        with serving(folder(tmp_path / "drop"), *USER, env=env):
            told = [manager.recv(999).splitlines()[0] for _ in range(4)]
    assert told == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]


def test_inherited_sockets(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        words = (folder(tmp_path / "drop"), *USER, "--ready", "json", "--fd", listener.fileno())
        with started(*map(str, words), pass_fds=[listener.fileno()]) as server:
            assert server.port == listener.getsockname()[1]
            assert "pop3s" not in server.ports
            assert server.logged_in().ask("NOOP").startswith("+OK")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_listens_where_it_is_told(host: str, tmp_path: Path) -> None:
    with (
        serving(folder(tmp_path / "drop"), *USER, "--host", host) as server,
        socket.create_connection((host, server.port), timeout=9) as client,
    ):
        assert client.recv(99).startswith(b"+OK")


def test_listens_on_127_0_0_1_unless_told(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER) as server:
        assert listening(server.process.pid) == {("0100007F", server.port)}


def listening(process: int) -> set[tuple[str, int]]:
    """The address, in hexadecimal, and port of each socket of a process that listens by IPv4."""
    held = {
        os.readlink(fd.path) for fd in os.scandir(f"/proc/{process}/fd") if stat_is_socket(fd.path)
    }
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    mine = [row[1].split(":") for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in held]
    return {(host, int(port, 16)) for host, port in mine}


def stat_is_socket(path: str) -> bool:
    return stat.S_ISSOCK(os.stat(path).st_mode)


@pytest.mark.parametrize("user", ["ann:secret", "ann:ann", "user:password", "admin:{PLAIN}Admin"])
def test_a_public_address_with_a_well_known_password_is_refused(user: str, tmp_path: Path) -> None:
    words = (folder(tmp_path / "drop"), *FREE, "--host", "0.0.0.0", "--public", "--user", user)
    code, said = refused(*words)
    assert code == 2
    assert "well-known password" in said


def test_a_public_address_with_a_well_known_password_in_a_file_is_refused(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret\n")
    public = ("--host", "0.0.0.0", "--public")
    code, said = refused(folder(tmp_path / "drop"), *FREE, *public, "--users-file", users)
    assert code == 2
    assert "well-known password" in said


def test_a_public_address_must_be_meant(tmp_path: Path) -> None:
    words = (folder(tmp_path / "drop"), "--host", "0.0.0.0", "--user", "ann:a long word")
    code, said = refused(*FREE, *words)
    assert code == 2
    assert "--public" in said
    with serving(*words, "--public") as server:
        assert server.logged_in("ann", "a long word")
        assert "other machines can connect" in server.log


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = refused(folder(tmp_path / "drop"), *USER, "--port", port)
    assert code == 3
    assert len(said.splitlines()) == 1


def test_a_target_that_is_not_there(tmp_path: Path) -> None:
    code, said = refused(tmp_path / "nothing", *USER, *FREE)
    assert code in (2, 3)
    assert "nothing" in said


@pytest.mark.parametrize("name", ["trusted", "key", "empty"])
def test_an_odd_certificate_is_a_sentence(name: str, tmp_path: Path) -> None:
    cert, key = Pair(CERTIFICATES[name][0], RIGHT.key).write(tmp_path)
    words = ("memory:", *USER, "--port", "0", "--cert", cert, "--key", key)
    code, said = refused(*words)
    assert code == 2
    assert said.count("\n") == 1
    assert f"cert {cert!r} " in said
    found = run("doctor", *words)
    assert found.returncode == 2
    assert f"WRONG  cert {cert!r} " in found.stdout


def test_an_encrypted_key_asks_nobody(tmp_path: Path) -> None:
    """Not even at a terminal, which the server has as its controlling one."""
    cert, key = Pair(RIGHT.chain, KEYS["encrypted"][0]).write(tmp_path)
    terminal, its_end = os.openpty()
    command = [*COMMAND, "serve", "memory:", *USER, "--port", "0", "--cert", cert, "--key", key]
    with open(terminal, "rb", buffering=0) as shown, open(its_end, "rb") as its_own:
        server = subprocess.Popen(
            command,
            stdin=its_own,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        out, said = server.communicate(timeout=SECONDS)
        assert (server.returncode, out) == (2, b"")
        assert b"is encrypted, and nobody is asked for its passphrase" in said
        os.set_blocking(shown.fileno(), False)
        assert shown.read(100) is None  # nothing was asked
