"""`pop3lab DIR` and `pop3lab serve` are one server, with the same words for all it can do."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

from pop3lab.cli.main import main
from tests.forked import Forked, ran
from tests.serve.process import environment, run, serving
from tests.served import SECONDS, Client

from .test_seed_options import Talk

ONE = b"Subject: one\r\n\r\nhello\r\n"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    folder.mkdir()
    (folder / "0001").write_bytes(ONE)
    (folder / "0001").chmod(0o600)
    return folder


FORMS = ("DIR", "serve")


@contextmanager
def started(form: str, box: Path, *words: str) -> Iterator[Forked]:
    """With pipes to all its streams; on a free port. A test that fails does not wait for it."""
    head = [str(box)] if form == "DIR" else ["serve", str(box), "--port", "0"]
    with Forked([*head, *words], env=environment(), stdin=PIPE, stderr=PIPE) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


@pytest.mark.parametrize("more", [(), ("--quirk", "stat-extra")], ids=["at once", "judged first"])
@pytest.mark.parametrize("form", FORMS)
def test_all_addresses_of_ipv6_are_none_of_ipv4(form: str, more: Sequence[str], box: Path) -> None:
    words = ("--host", "::", "--public", "--user", "ann:jZ3-kelp", *more)
    with started(form, box, *words) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        socket.create_connection(("::1", port), SECONDS).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), SECONDS)
        process.terminate()
        process.wait(SECONDS)


@pytest.mark.parametrize("form", FORMS)
def test_tls_users_tokens_control_and_events_together(form: str, box: Path) -> None:
    tokens, ca = box.parent / "tokens", box.parent / "ca.pem"
    tokens.write_text("t0ken ann\n")
    words = ("--tls-port", "0", "--ca-out", str(ca), "--user", "ann:secret", "--control")
    with started(form, box, *words, "--tokens", str(tokens), "--events") as process:
        server = Talk(process)
        ports = json.loads(server.ask("stats")[3:])["ports"]
        assert ports["pop3"] == server.port
        context = ssl.create_default_context(cafile=str(ca))
        with socket.create_connection(("127.0.0.1", ports["pop3s"])) as plain:
            secure = context.wrap_socket(plain, server_hostname="localhost")
            file = secure.makefile("rwb", buffering=0)
            assert file.readline().startswith(b"+OK")
            response = b64encode(b"user=ann\1auth=Bearer t0ken\1\1")
            file.write(b"AUTH XOAUTH2 " + response + b"\r\n")
            assert file.readline().startswith(b"+OK")
            file.write(b"QUIT\r\n")
            assert file.readline().startswith(b"+OK")
            file.close()
            secure.close()
        assert server.ask("wait logins=1 sessions=1").startswith("ok ")
        assert server.event("tls_established")
        assert server.event("logged_in")["mechanism"] == "XOAUTH2"
        with Client(server.port) as client:
            client.ask("USER user")
            assert client.ask("PASS password").startswith("-ERR")  # --user is in its place
            client.ask("USER ann")
            assert client.ask("PASS secret").startswith("+OK")
        assert server.ask("quit") == "ok"
        code, out, _ = server.ended()
        assert code == 0
        assert out.startswith("2\n" if form == "DIR" else "")
        assert form == "DIR" or out == ""


@pytest.mark.parametrize("form", FORMS)
def test_rules_and_an_end_by_itself(form: str, box: Path) -> None:
    words = ("--user", "ann:secret", "--rule", "RETR 1 -> cut-after 1 then reset")
    with started(form, box, *words, "--exit-on-stdin-eof", "--max-lifetime", "60") as process:
        server = Talk(process)
        with Client(server.port) as client:
            client.ask("USER ann")
            client.ask("PASS secret")
            with pytest.raises(ConnectionResetError):
                client.body("RETR 1")
        server.stdin.close()
        process.stdin = None
        assert process.wait(SECONDS) == 0
    with started(form, box, "--user", "ann:secret", "--max-lifetime", "200ms") as process:
        assert process.wait(SECONDS) == 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--cert", "{box}/0001", "--key", "{box}/0001"], "cert '{box}/0001'"),
        (["--tls-port", "0", "--no-tls-self-signed"], "tls-port needs --cert and --key"),
        (["--users-file", "{box}/none"], "No such file"),
        (["--tokens", "{box}/0001"], "{box}/0001 line 3"),
        (["--rule", "RETR -> cut-aftr 1"], "did you mean 'cut-after'?"),
        (["--profile", "gmial"], "did you mean 'gmail'?"),
        (["--ready-fd", "97"], "ready-fd 97: Bad file descriptor"),
        (["--fd", "97"], "fd 97: is not a socket"),
        (["--limit-idle", "0"], "limit-idle is 0"),
        (["--host", "0.0.0.0", "--user", "ann:ann"], "user 'ann' has a well-known password"),
        (["--host", "0.0.0.0", "--user", "ann:a long word"], "add --public if that is meant"),
        (["--workers", "2", "--control"], "work in one process only: give --workers 1"),
    ],
)
def test_what_is_wrong_is_found_before_the_port_is_told(
    form: str, box: Path, words: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    head = [str(box)] if form == "DIR" else ["serve", str(box), "--port", "0"]
    user = [] if "--user" in words or "--users-file" in words else ["--user", "ann:secret"]
    told = [word.replace("{box}", str(box)) for word in words]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        code = main([*head, *user, *told], {})
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    said = capfd.readouterr()
    assert code in (2, 3), said.err
    assert said.out == ""
    assert complaint.replace("{box}", str(box)) in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("--port-file", "there is no folder for it"),
        ("--transcript", "cannot write the transcript"),
    ],
)
def test_so_is_what_can_not_be_written_once_the_port_is_there(
    form: str, box: Path, option: str, complaint: str
) -> None:
    head = [str(box)] if form == "DIR" else ["serve", str(box), "--port", "0"]
    ended = run(*head, "--user", "ann:secret", option, "/nowhere/file")
    assert ended.returncode in (2, 3), ended.stderr
    assert ended.stdout == ""
    assert complaint in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_port_in_use_is_named_with_its_address(form: str, box: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        head = [str(box)] if form == "DIR" else ["serve", str(box), "--user", "ann:secret"]
        for words in (["--port", port], ["--port", "0", "--tls-port", port]):
            ended = run(*head, *words)
            assert (ended.returncode, ended.stdout) == (3, "")
            told = f"pop3lab: cannot listen on 127.0.0.1 port {port}: Address already in use;"
            assert ended.stderr == f"{told} port 0 takes a free one\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("more", [[], ["--rule", "RETR -> reset"]])
def test_stdout_that_nobody_reads_ends_it(form: str, box: Path, more: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    head = [str(box)] if form == "DIR" else ["serve", str(box), "--port", "0"]
    words = [*head, "--user", "ann:secret", *more]
    with Forked(words, stdout=writer, stderr=PIPE, env=environment()) as process:
        os.close(writer)
        _, err = process.communicate(SECONDS)
    assert process.returncode == 3
    said = "pop3lab: stdout: nobody reads it, and the port is told there"
    assert err.decode().splitlines()[-1] == said


def test_dir_is_for_loopback_with_its_own_password(box: Path) -> None:
    ended = run(str(box), "--host", "0.0.0.0", "--public")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "user 'user' has a well-known password: not on 0.0.0.0" in ended.stderr


@pytest.mark.parametrize("why", ["a repository", "your home folder"])
def test_a_folder_that_serve_must_not_empty_is_refused_before_the_port(box: Path, why: str) -> None:
    if why == "a repository":
        (box / ".git").mkdir()
    env = environment(HOME=str(box if why == "your home folder" else box.parent))
    ended = run("serve", str(box), "--port", "0", "--user", "ann:secret", env=env)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"is {why}" in ended.stderr


def test_a_users_file_is_in_the_place_of_the_user_of_dir(box: Path) -> None:
    users = box.parent / "users"
    users.write_text("ann:{PLAIN}a long word\n")
    with started("DIR", box, "--users-file", str(users)) as process:
        server = Talk(process)
        with Client(server.port) as client:
            client.ask("USER user")
            assert client.ask("PASS password").startswith("-ERR")
            client.ask("USER ann")
            assert client.ask("PASS a long word").startswith("+OK")
        process.terminate()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("more", [[], ["--rule", "RETR -> reset"]])
def test_a_port_in_use_leaves_the_last_transcript(form: str, box: Path, more: list[str]) -> None:
    path = box.parent / "transcript"
    path.write_text("of yesterday")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ["--port", port, "--user", "ann:secret", "--transcript", str(path), *more]
        head = [str(box)] if form == "DIR" else ["serve", str(box)]
        assert run(*head, *words).returncode == 3
    assert path.read_text() == "of yesterday"


@pytest.mark.parametrize("other", ["--port", "--fd", "--tls-fd"])
def test_standardport_is_a_port(box: Path, other: str) -> None:
    ended = run(str(box), "standardport", other, "0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"standardport is port 110: give it, or {other}, not both" in ended.stderr


def test_dir_reads_no_variable_and_only_the_file_that_is_named(box: Path, tmp_path: Path) -> None:
    (tmp_path / "pop3lab").mkdir()
    file = tmp_path / "pop3lab" / "config.toml"
    file.write_text('port = "off"\n[[user]]\nname = "ann"\npassword = "secret"\n')
    env = environment(XDG_CONFIG_HOME=str(tmp_path), POP3LAB_PORT="nonsense", NOTIFY_SOCKET="x")
    with Forked([str(box)], env=env) as process:
        assert process.stdout
        with Client(int(process.stdout.readline())) as client:
            client.ask("USER user")
            assert client.ask("PASS password").startswith("+OK")
        process.terminate()
    ended = run(str(box), "--config", str(file), env=env)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is nothing to listen on" in ended.stderr


def test_a_certificate_that_was_made_is_told_with_its_names(box: Path) -> None:
    with started("DIR", box, "--tls-port", "0", "--max-lifetime", "1s") as process:
        _, err = process.communicate(timeout=SECONDS)
    assert b"note: a certificate was made for 127.0.0.1, localhost; " in err


def test_statistics_and_hints_are_for_serve_too(box: Path) -> None:
    words = ("--user", "ann:secret", "--statistics", "--hint", "--ready", "json")
    with started("serve", box, *words) as process:
        assert process.stdout
        port = json.loads(process.stdout.readline())["pop3"]
        with Client(port) as client:
            client.ask("QUIT")
        process.terminate()
        out, err = process.communicate(timeout=SECONDS)
    assert out == b"0\nQUIT 1\n"
    assert f"curl pop3://ann:secret@127.0.0.1:{port}/1".encode() in err


def test_a_folder_that_is_read_only_can_be_hidden_from(box: Path) -> None:
    with started("DIR", box, "--on-delete", "hide", "--control") as process:
        server = Talk(process)
        with Client(server.port) as client:
            client.ask("USER user")
            client.ask("PASS password")
            client.ask("DELE 1")
            assert client.ask("QUIT").startswith("+OK")
        server.ask("quit")
    assert os.listdir(box) == ["0001"]


@pytest.mark.parametrize(("name", "says"), [("version", "pop3lab "), ("attacks", "")])
def test_a_command_wins_over_a_folder_of_its_name(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / name).mkdir()
    told = ran([name], cwd=tmp_path, seconds=SECONDS)
    assert told.returncode == 0
    assert told.stdout.startswith(says)
    with Forked([f"./{name}"], cwd=tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline().strip().isdigit()
        process.terminate()


def test_what_needs_auth_gets_it_beside_the_commands_of_mail_box(box: Path) -> None:
    tokens = box.parent / "tokens"
    tokens.write_text("t0ken user\n")
    ended = run(str(box), "minimal", "--tokens", str(tokens))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "minimal has no AUTH" in ended.stderr


@pytest.mark.parametrize("words", [[], ["--profile", "by-the-book"]])
def test_former_names_are_read_by_serve(box: Path, words: list[str]) -> None:
    old = ["--as", "by-the-book"] if words else ["--when", "NOOP", "close"]
    with serving(box, "--user", "ann:secret", *old) as server:
        client = server.logged_in()
        client.send(b"NOOP\r\n")
        assert client.closed() if not words else client.line().startswith("+OK")


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_library_is_one_sentence(form: str, box: Path) -> None:
    program = (
        "import sys; sys.modules['trustme'] = None;"
        "from pop3lab.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    head = [str(box)] if form == "DIR" else ["serve", str(box), "--user", "ann:jZ3-kelp"]
    done = subprocess.run(
        [sys.executable, "-c", program, *head, "--tls-port", "0"],
        env=environment(),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr == b"pop3lab: the library trustme is missing: pip install trustme\n"
