"""The commands as a user types them: streams and exit codes."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pop3lab.auth.users_file import read_users
from pop3lab.cli import main as cli
from pop3lab.cli import passwd
from pop3lab.config.options import Settings

PROGRAM = "import sys; from pop3lab.cli.main import main; sys.exit(main())"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What serve is called with, in place of serving."""
    calls: list[Settings] = []

    def serve(settings: Settings) -> int:
        if settings.port == 1:
            raise PermissionError(13, "Permission denied", "the port")
        if settings.port == 2:
            raise KeyboardInterrupt
        calls.append(settings)
        return 0

    module = ModuleType("pop3lab.cli.serve")
    module.serve = serve  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pop3lab.cli.serve", module)
    return calls


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


ANN = ("--user", "ann:a long word")


def test_serve_gets_the_settings(served: list[Settings]) -> None:
    assert cli.main(["serve", "mail", *ANN], {"POP3LAB_PORT": "0"}) == 0
    assert [(settings.target, settings.port) for settings in served] == [("mail", 0)]


def test_warnings_are_on_stderr(served: list[Settings], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "mail", *ANN, "--host", "0.0.0.0", "--public"], {}) == 0
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == (
        "",
        ["pop3lab: warning: other machines can connect to 0.0.0.0 and read what is served"],
    )


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (
            ["srve"],
            2,
            "pop3lab: 'srve' does not exist: give a folder of messages, or a command: did",
        ),
        (["serve", "--prot", "1"], 2, "pop3lab: unknown option '--prot', did you mean '--port'?\n"),
        (["serve", "mail"], 2, "pop3lab: nobody could log in: give --user"),
        (["serve", "mail", *ANN, "--port", "1"], 3, "pop3lab: the port: Permission denied\n"),
        (["serve", "mail", *ANN, "--port", "2"], 130, ""),
        (["doctor", "--port", "x"], 2, "pop3lab: --port: 'x' is wrong: give a port"),
        (["passwd"], 2, "pop3lab: passwd needs one NAME\n"),
    ],
)
def test_an_error_is_a_line_on_stderr_and_an_exit_code(
    words: list[str],
    code: int,
    complaint: str,
    served: list[Settings],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(words, {}) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(complaint)
    assert err.count("\n") == (1 if complaint else 0)


def test_help_is_on_stdout_and_a_reader_may_go_away() -> None:
    done = run("serve", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: pop3lab serve TARGET")
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert (process.stderr.read(), process.wait(30)) == (b"", 0)


def test_doctor_says_whether_the_server_can_start(tmp_path: Path) -> None:
    good = run("doctor", str(tmp_path), *ANN, "--port", "0")
    assert (good.returncode, good.stderr) == (0, "")
    assert "serve can start." in good.stdout
    users = tmp_path / "users"
    users.write_text("no colon here\n")
    bad = run("doctor", str(tmp_path), "--users-file", str(users), "--port", "0")
    assert bad.returncode == 2
    assert f"WRONG  users-file: {users} line 1" in bad.stdout


def test_passwd_reads_stdin() -> None:
    done = run("passwd", "ann", "--scheme", "PLAIN", stdin="hunter2\nmore\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ann:{PLAIN}hunter2\n", "")
    done = run("passwd", "ann", stdin="hunter2\r\n")
    assert list(read_users(done.stdout.encode(), "stdin")) == ["ann"]
    assert "hunter2" not in done.stdout


def test_passwd_refuses_an_empty_password() -> None:
    done = run("passwd", "ann", stdin="\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "pop3lab: an empty password lets everybody in: give one\n"


def at_terminal(*answers: str) -> tuple[int, str, str]:
    """Exit code of passwd, its stdout, and all that the terminal showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "passwd", "ann", "--scheme", "PLAIN"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,  # so that it has no other terminal to ask at
    ) as process:
        os.close(theirs)
        shown = b""
        for answer in answers:
            while not shown.endswith(b": "):
                shown += os.read(ours, 1000)
            os.write(ours, answer.encode() + b"\n")
            shown += os.read(ours, 1000)
        assert process.stdout
        out = process.stdout.read().decode()
        code = process.wait(30)
    os.close(ours)
    return code, out, shown.decode()


def test_passwd_asks_twice_at_a_terminal_without_echo() -> None:
    code, out, shown = at_terminal("hunter2", "hunter2")
    assert (code, out) == (0, "ann:{PLAIN}hunter2\n")
    assert "Password of ann: " in shown
    assert "hunter2" not in shown
    code, out, _ = at_terminal("hunter2", "hunter3")
    assert (code, out) == (2, "")


def test_an_internal_error_is_exit_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(passwd, "run", broken)
    assert cli.main(["passwd", "ann"], {}) == 4
    assert "ZeroDivisionError: a bug" in capsys.readouterr().err


def test_the_command_that_is_installed_is_this_one() -> None:
    script = Path(__file__).parent.parent.parent / "scripts" / "pop3lab"
    assert script.read_text().startswith("#!python\n")  # which installers make their own of
    assert os.access(script, os.X_OK)
    done = subprocess.run(
        [sys.executable, str(script), "version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("pop3lab ")
