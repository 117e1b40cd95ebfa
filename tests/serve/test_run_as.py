"""Giving root up. Who runs these tests unprivileged sees that it is refused, with the reason."""

import grp
import os
import pwd
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.config.certificates import make

from .process import Serving, eventually, folder, refused, serving

USER = ("--user", "ann:secret")
NOBODY = pwd.getpwnam("nobody")
ROOT = os.geteuid() == 0


@pytest.fixture
def top() -> Iterator[Path]:
    """A folder that everybody may enter, and of nobody a maildrop in it."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        folder(path / "drop")
        if ROOT:
            for one in (path / "drop", path / "drop" / "0001"):
                os.chown(one, NOBODY.pw_uid, NOBODY.pw_gid)
        yield path


def free(port: int) -> bool:
    """Whether it can be bound by this user."""
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def serving_as(user: str, *words: str | Path, **options: Any) -> Iterator[Serving | None]:
    """A server that gave root up; None where there was none to give up, which it has said."""
    if ROOT:
        options = {"extra_groups": [7], **options}  # root's, which must go
        with serving(*words, *USER, "--run-as", user, **options) as server:
            yield server
    else:
        code, said = refused(*words, *USER, "--port", "0", "--run-as", user)
        assert code == 2
        assert f"run-as {user!r} needs root" in said
        yield None


def processes(server: Serving) -> list[int]:
    """It and its workers."""
    first = server.process.pid
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


def threads(process: int) -> list[dict[str, list[str]]]:
    """The status of each, by its fields."""
    found = []
    for status in Path(f"/proc/{process}/task").glob("*/status"):
        lines = (line.partition(":") for line in status.read_text().splitlines())
        found.append({name: value.split() for name, _, value in lines})
    return found


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("user", "gid"), [("nobody", NOBODY.pw_gid), ("nobody:mail", None), ("65534:12345", 12345)]
)
def test_every_thread_of_every_process_is_that_user(
    top: Path, user: str, gid: int | None, workers: int
) -> None:
    gid = grp.getgrnam("mail").gr_gid if gid is None else gid
    with serving_as(user, top / "drop", "--workers", str(workers)) as server:
        if server is None:
            return
        clients = [server.logged_in()]  # a thread has waited for the disk by then
        clients[0].ask("DELE 1")
        assert clients[0].ask("QUIT").startswith("+OK")
        assert len(processes(server)) == (1 if workers == 1 else 3)
        for process in processes(server):
            for status in threads(process):
                assert status["Uid"] == [str(NOBODY.pw_uid)] * 4
                assert status["Gid"] == [str(gid)] * 4
                assert set(status["Groups"]) == set(map(str, os.getgrouplist("nobody", gid)))
                assert int(status["CapEff"][0], 16) == int(status["CapPrm"][0], 16) == 0
        assert not list((top / "drop").glob("[!.]*"))
        assert server.stop() == 0


def test_ports_are_bound_before(top: Path) -> None:
    """By root: the user could not bind a port below 1024."""
    port = next(filter(free, range(600, 1024)), 0) if ROOT else 0
    with serving_as("nobody", top / "drop", "--port", str(port)) as server:
        if server is None:
            return
        assert 0 < server.ports["pop3"] == port < 1024
        assert server.logged_in().ask("STAT").startswith("+OK 1 ")


def test_root_is_told_of(top: Path) -> None:
    with serving(top / "drop", *USER) as server:
        server.stop()
        assert server.log.count("--run-as USER") == (1 if ROOT else 0)
    with serving_as("nobody", top / "drop") as nobodys:
        if nobodys:
            nobodys.stop()
            assert "--run-as USER" not in nobodys.log
            assert f"info run_as user=nobody uid={NOBODY.pw_uid}" in nobodys.log


@pytest.mark.parametrize("how", ["PLAIN", "SCRAM-SHA-256", "CRAM-MD5", "TLS", "hashed"])
def test_whatever_a_session_needs_is_there(top: Path, how: str) -> None:
    """Python itself may be where that user can't read."""
    cert, key = make(top, "localhost")
    users = top / "users"
    hashed = "{SHA512-CRYPT}$6$rounds=5000$saltsalt$" + "x" * 86
    users.write_text(f"eve:{hashed}\n")
    words = ("--cert", cert, "--key", key, "--users-file", users)
    with serving_as("nobody", top / "drop", *words) as server:
        if server is None:
            return
        client = server.client()
        if how == "TLS":
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            assert client.ask("STLS").startswith("+OK")
            context.wrap_socket(client.socket).close()
        elif how == "hashed":
            client.ask("USER eve")
            assert client.ask("PASS wrong").startswith("-ERR [AUTH]")
        else:
            client.ask(f"AUTH {how}")
            client.ask("*")
        client.close()
        assert server.logged_in().ask("NOOP").startswith("+OK")
        assert server.stop() == 0
        assert "Traceback" not in server.log
        assert "No module" not in server.log


def test_a_key_that_it_can_no_longer_read_stays(top: Path) -> None:
    cert, key = make(top, "localhost")
    Path(key).chmod(0o600)
    with serving_as("nobody", top / "drop", "--cert", cert, "--key", key) as server:
        if server is None:
            return
        server.signal(signal.SIGHUP, until="reload_failed")
        assert "Permission denied" in server.log
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        client = server.client()
        assert client.ask("STLS").startswith("+OK")
        context.wrap_socket(client.socket).close()
        Path(key).chmod(0o644)
        server.signal(signal.SIGHUP, until="info reloaded")


def test_files_that_it_writes(top: Path) -> None:
    places = {name: top / name for name in ("transcript", "ca.pem")}
    run = top / "run"
    run.mkdir()
    words: list[str | Path] = ["--transcript", places["transcript"], "--port-file", run / "port"]
    words += ["--tls-self-signed", "--ca-out", places["ca.pem"]]
    if ROOT:
        code, said = refused(top / "drop", *USER, "--port", "0", "--run-as", "nobody", *words)
        assert code == 2
        assert f"port-file '{run}/port': let this user write into '{run}'" in said
        os.chown(run, NOBODY.pw_uid, NOBODY.pw_gid)
    with serving_as("nobody", top / "drop", *words) as server:
        if server is None:
            return
        assert (run / "port").read_text().strip() == server.line.strip()
        client = server.logged_in()
        client.ask("QUIT")
        eventually(lambda: "C: QUIT" in places["transcript"].read_text())
        assert server.stop() == 0
        assert not (run / "port").exists()
        assert "BEGIN CERTIFICATE" in places["ca.pem"].read_text()


def test_a_maildrop_that_it_can_not_write_is_refused_at_start(top: Path) -> None:
    if ROOT:
        os.chown(top / "drop", 0, 0)
        code, said = refused(top / "drop", *USER, "--port", "0", "--run-as", "nobody")
        assert code == 2
        assert f"run-as 'nobody': TARGET '{top}/drop' is not writable" in said
    else:
        with serving_as("nobody", top / "drop"):
            pass


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("nobdy", "there is no user 'nobdy' on this machine"),
        ("nobody:nogrp", "there is no group 'nogrp' on this machine"),
        ("nobody:", "there is no group '' on this machine"),
        (":mail", "there is no user '' on this machine"),
        ("54321", "user 54321 has no name here: give 54321:GROUP"),
        ("4294967295", "there is no user '4294967295' on this machine"),
        ("root", "that is root"),
        ("0:mail", "that is root"),
    ],
)
def test_who_is_nobody_on_this_machine(top: Path, user: str, says: str) -> None:
    transcript = top / "transcript"
    transcript.write_text("kept")
    words = ("--port", "0", "--transcript", transcript)
    code, said = refused(top / "drop", *USER, "--run-as", user, *words)
    assert code == 2
    assert says in said
    assert said.count("\n") == 1
    assert transcript.read_text() == "kept"


@pytest.mark.parametrize("call", ["setuid", "setgid", "setgroups"])
def test_root_that_can_be_had_again_is_no_root_given_up(call: str) -> None:
    """As by a system whose call does nothing."""
    program = (
        "import os\n"
        "if os.geteuid() == 0: os.setgroups([7])\n"
        f"os.{call} = lambda some: None\n"
        "from pop3lab.core.errors import ConfigError\n"
        "from pop3lab.transport.privileges import give_up_root\n"
        "try: give_up_root('nobody', 65533, 65533, [65533])\n"
        "except ConfigError as error: print(error)\n"
        "else: print('given up')\n"
    )
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    right = "could regain root" if ROOT else "Operation not permitted"
    assert right in run.stdout, run.stderr
