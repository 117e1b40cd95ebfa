"""`pop3lab DIR` from any language: its options, against the real server."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any

import pytest

from pop3lab.cli.main import main
from tests.forked import Forked
from tests.served import COMMAND, SECONDS, Client, Process

ONE = b"Subject: one\r\n\r\nhello\r\n"
TWO = b"Subject: two\r\n\r\nhello again\r\n"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "t"
    folder.mkdir()
    (folder / "0001").write_bytes(ONE)
    (folder / "0002").write_bytes(TWO)
    return folder


class Talk:
    """A server with pipes to all its streams."""

    def __init__(self, process: Process) -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self.stdout, self.stderr = process.stdout, process.stderr
        self.port = int(self.stdout.readline())

    @property
    def stdin(self) -> IO[bytes]:
        """Where commands go."""
        assert self.process.stdin
        return self.process.stdin

    def ask(self, line: str | bytes) -> str:
        """Send a command; its answer."""
        self.stdin.write((line if isinstance(line, bytes) else line.encode()) + b"\n")
        self.stdin.flush()
        return self.stdout.readline().decode().removesuffix("\n")

    def event(self, name: str) -> dict[str, Any]:
        """The next event of this name."""
        while True:
            event: dict[str, Any] = json.loads(self.stderr.readline())
            if event["event"] == name:
                return event

    def fault(self) -> str:
        """The next rule that took effect, of those that do not stand."""
        while (fired := self.event("rule_applied"))["unconditional"]:
            pass
        return str(fired["rule"])

    def fetch(self, number: int = 1) -> None:
        """A good client."""
        with Client(self.port) as client:
            client.ask("USER user")
            client.ask("PASS password")
            client.body(f"RETR {number}")
            client.ask("QUIT")

    def ended(self) -> tuple[int, str, str]:
        """Its exit code, and what it still said on stdout and stderr."""
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.wait(), out.decode(), err.decode()


@contextmanager
def talk(
    box: Path,
    *words: str,
    stdin: int = subprocess.PIPE,
    fds: Sequence[int] = (),
    cwd: Path | None = None,
) -> Iterator[Talk]:
    with _process([str(box), *words], stdin, fds, cwd) as process:
        try:
            yield Talk(process)
        finally:
            process.kill()


def _process(words: list[str], stdin: int, fds: Sequence[int], cwd: Path | None) -> Process:
    """Fork one, if it is to have no descriptors but the standard ones."""
    if not fds:
        return Forked(words, stdin=stdin, stderr=PIPE, cwd=cwd)
    # Without buffers, so that a line that has come is not kept from who reads the rest.
    return subprocess.Popen(
        [*COMMAND, *words], 0, stdin=stdin, stdout=PIPE, stderr=PIPE, pass_fds=fds, cwd=cwd
    )


def run(
    *words: str, stdin: int | IO[str] = subprocess.DEVNULL, fds: Sequence[int] = ()
) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    return subprocess.run(
        [*COMMAND, *words],
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        pass_fds=fds,
    )


# mistakes


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--control=yes"], "--control takes no value"),
        (["--exit-on-stdin-eof=1"], "--exit-on-stdin-eof takes no value"),
        (["--contrl"], "unknown option '--contrl', did you mean '--control'?"),
        (["--max-lifetime"], "--max-lifetime needs a value: give a number of seconds above 0"),
        (["--max-lifetime", "0"], "--max-lifetime: '0' is wrong: give a number of seconds above 0"),
        (
            ["--max-lifetime=inf"],
            "--max-lifetime: 'inf' is wrong: give a number of seconds above 0",
        ),
        (["--events=1"], "1 is for the port and the statistics"),
        (["--events=x"], "give a descriptor that is open for writing"),
        (["--events="], "give a descriptor that is open for writing"),
        (["--events=97"], "descriptor 97 is not open for writing"),
        (["--events=99999999999999999999"], "is not open for writing"),
        (["--when"], "--when needs two values: --rule 'CONDITION -> EFFECT' is the same"),
        (["--rule"], "--rule needs a value: give CONDITION -> EFFECT"),
        (["--when", "RETR 2"], "--when needs two values: --rule 'CONDITION -> EFFECT' is the same"),
        (["--rule", "RETR 2 -> cut-aftr 5"], "did you mean 'cut-after'?"),
        (["--rule", "LOGI -> autodelete"], "LOGI"),
        (["--when", "LOGI", "autodelete"], "LOGI"),
        (["--seed", "x"], "--seed: 'x' is wrong: give a whole number"),
        (["--profile"], "--profile needs a value: give a name"),
        (["--profile", "mailbox"], "unknown profile 'mailbox', did you mean 'mail-box'?"),
        (["--utf8"], "--utf8 needs --profile NAME"),
        (["--utf8", "--profile", "mail-box"], "--utf8 needs --profile NAME"),
        (["no-such-quirk-at-all"], "unknown keyword or quirk 'no-such-quirk-at-all'\n"),
        (["top-wole"], "unknown keyword or quirk 'top-wole', did you mean 'top-whole'?"),
        (["top-whole 3"], "top-whole takes no values"),
    ],
)
def test_a_mistake_is_one_line_on_stderr_and_exit_2(
    box: Path, words: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code = main([str(box), *words])
    said = capfd.readouterr()
    assert (code, said.out) == (2, "")
    assert re.fullmatch(r"pop3lab: [^\n]+\n", said.err)
    assert complaint in said.err


def test_each_option_and_command_is_in_the_help() -> None:
    from pop3lab.control.commands import CONTROL_COMMANDS

    options = ["events", "control", "exit-on-stdin-eof", "max-lifetime", "rule", "seed", "profile"]
    options += ["utf8"]
    said = run("--help").stdout
    assert [name for name in options if f"  --{name}" not in said] == []
    assert [row.usage for row in CONTROL_COMMANDS.values() if f"  {row.usage}\n" not in said] == []


# events


def test_events_are_on_stderr_when_they_happen(box: Path) -> None:
    named = Path(box.name)  # short: a unique-id has 70 characters at most
    with talk(named, "--events", cwd=box.parent) as server, Client(server.port) as client:
        assert server.event("connection_opened")["peer"].startswith("127.0.0.1:")
        client.ask("USER user")
        client.ask("PASS password")
        assert server.event("logged_in")["messages"] == 2
        client.ask("DELE 2")
        client.ask("QUIT")
        assert server.event("messages_deleted")["uids"] == [f"{named}/0002"]
        assert server.event("session_ended")["end_reason"] == "quit"
        server.process.terminate()
        code, out, _ = server.ended()
        assert (code, out) == (0, "1\nDELE 1\nPASS 1\nQUIT 1\nUSER 1\n")


def test_events_are_there_when_control_has_counted_them(box: Path) -> None:
    with talk(box, "--events", "--control") as server, Client(server.port) as client:
        client.ask("USER user")
        assert '"USER": 1' in server.ask("stats")
        os.set_blocking(server.stderr.fileno(), False)
        assert b'"line": "USER user"' in os.read(server.stderr.fileno(), 65_536)
        os.set_blocking(server.stderr.fileno(), True)


def test_events_on_a_descriptor_have_no_passwords_and_stderr_has_none_of_them(box: Path) -> None:
    reader, writer = os.pipe()
    with talk(box, f"--events={writer}", fds=[writer]) as server:
        os.close(writer)
        server.fetch()
        server.process.terminate()
        assert server.ended()[2] == ""
    with open(reader, encoding="ascii") as file:
        events = [json.loads(line) for line in file]
    assert [event["line"] for event in events if event["event"] == "line_received"] == [
        "USER user",
        "PASS ****",
        "RETR 1",
        "QUIT",
    ]


def test_a_descriptor_that_is_only_for_reading_is_refused(box: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (tmp_path / "file").open() as file:
        ended = run(str(box), f"--events={file.fileno()}", fds=[file.fileno()])
    assert (ended.returncode, ended.stdout) == (2, "")


def test_events_that_nobody_reads_stop_no_session_and_are_counted(box: Path) -> None:
    with talk(box, "--events") as server, Client(server.port) as client:
        for _ in range(60):
            client.send(b"NOOP\r\n" * 100)
            for _ in range(100):
                client.line()
        assert client.ask("QUIT").startswith("+OK")
        server.process.terminate()
        code, out, err = server.ended()
    assert (code, out) == (0, "0\nNOOP 6000\nQUIT 1\n")
    assert len(err) > 1_000_000
    assert "skipped" in {json.loads(line)["event"] for line in err.splitlines()}


def test_all_that_is_on_stderr_beside_the_events_is_an_object_too(box: Path) -> None:
    rules = ["--rule", "NOOP chance=0.5 -> cut-after 1", "--max-lifetime=1"]
    with talk(box, *rules, "--events", "--transcript=/dev/full") as server:
        with Client(server.port) as client:
            client.ask("USER user")
            client.ask("PASS password")
            (box / "0001").unlink()
            client.ask("RETR 1")
        code, out, err = server.ended()
    assert (code, out) == (0, "1\nPASS 1\nRETR 1\nUSER 1\n")
    told = [json.loads(line) for line in err.splitlines()]
    notes = [event for event in told if event["event"] == "note"]
    assert [list(note) for note in notes] == [["event", "text"]] * 5
    said = sorted(re.sub(r"seed \d+", "seed N", note["text"]) for note in notes)
    assert said == [
        "pop3lab: chance is that of --seed N",
        "pop3lab: never happened: NOOP chance=0.5 -> cut-after 1",
        f"pop3lab: session 1 of user: {box}: the message can't be opened",
        "pop3lab: the 1 seconds of --max-lifetime are over",
        "pop3lab: the transcript ends here: No space left on device",
    ]


def test_events_elsewhere_leave_stderr_as_it_is(box: Path) -> None:
    with open(os.devnull, "wb") as file:
        events = f"--events={file.fileno()}"
        with talk(box, "--rule", "RETR 2 -> cut-after 1", events, fds=[file.fileno()]) as server:
            server.process.terminate()
            assert server.ended()[2] == "pop3lab: never happened: RETR 2 -> cut-after 1\n"


def test_violations_are_among_the_events(box: Path) -> None:
    with talk(box, "--events") as server, Client(server.port) as client:
        client.send(b"NOOP\n")
        assert server.event("line_received")["line"] == "NOOP"
        assert server.event("violation_found")["id"] == "bare-lf"


# control


def test_each_command_gets_one_line_between_port_and_statistics(box: Path, tmp_path: Path) -> None:
    (tmp_path / "more").write_bytes(b"x\r\n")
    with talk(box, "--control") as server:
        assert server.ask(f"add {tmp_path}/more") == "ok 0003"
        server.fetch(3)
        assert server.ask("wait sessions=1 retrieved=1").startswith("ok sessions=1 ")
        assert json.loads(server.ask("stats")[3:])["verbs"]["RETR"] == 1
        assert server.ask("ad x").startswith("err unknown command 'ad', did you mean 'add'?")
        assert server.ask("").startswith("err ")
        assert server.ask(b"\xff\x00\x1b\r").startswith("err ")
        assert server.ask(b"x" * 1_000_000).startswith("err this line is too long")
        assert server.ask("quit") == "ok"
        assert server.ended() == (0, "1\nPASS 1\nQUIT 1\nRETR 1\nUSER 1\n", "")


def test_rules_come_and_go_while_the_server_runs(box: Path) -> None:
    with talk(box, "--control") as server:
        assert server.ask("quirk autodelete on") == "ok autodelete on"
        server.fetch(1)
        assert server.ask("wait deleted=1").startswith("ok ")
        assert server.ask("quirk autodelete off") == "ok autodelete off"
        server.fetch(1)
        assert server.ask("wait sessions=2").startswith("ok ")
        assert os.listdir(box) == ["0002"]


def test_reset_zeroes_the_statistics_too(box: Path) -> None:
    with talk(box, "--control") as server:
        server.fetch()
        assert server.ask("wait sessions=1").startswith("ok ")
        assert server.ask("reset") == "ok"
        assert "sessions=0" in server.ask("wait sessions=1 timeout=0")
        server.ask("quit")
        assert server.ended()[:2] == (0, "0\n")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_what_is_waited_for(box: Path, how: signal.Signals) -> None:
    with talk(box, "--control") as server:
        server.stdin.write(b"help\nwait sessions=1 timeout=600\n")
        server.stdin.flush()
        assert server.stdout.readline().startswith(b"ok add FILE")
        server.process.send_signal(how)
        assert server.ended() == (0, "err the server stops\n0\n", "")


def test_answers_that_nobody_reads_stop_no_session(box: Path) -> None:
    with talk(box, "--control") as server:
        os.set_blocking(server.stdin.fileno(), False)
        try:
            while True:
                os.write(server.stdin.fileno(), b"help\n" * 100)
        except BlockingIOError:
            pass  # it has enough of it
        server.fetch()
        os.set_blocking(server.stdout.fileno(), True)
        server.process.terminate()
        code, out, err = server.ended()
        assert (code, err) == (0, "")
        assert out.endswith("1\nPASS 1\nQUIT 1\nRETR 1\nUSER 1\n")


def test_commands_of_a_file_and_of_dev_null(box: Path, tmp_path: Path) -> None:
    (tmp_path / "commands").write_bytes(
        b"help add\nwait sessions=1 timeout=600\nquirk top-whole on"
    )
    with (tmp_path / "commands").open() as file:
        ended = run(str(box), "--control", "--exit-on-stdin-eof", stdin=file)
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()[1:]
    assert [line[:9] for line in lines] == ["ok add FI", "err stdin", "ok top-wh", "0"]
    with talk(box, "--control", stdin=subprocess.DEVNULL) as server:
        server.fetch()
        server.process.terminate()
        assert server.ended()[0] == 0


def test_without_control_stdin_is_left_alone(box: Path) -> None:
    with talk(box) as server:
        server.stdin.write(b"quit\n")
        server.stdin.close()
        server.fetch()
        server.process.terminate()
        server.process.wait(SECONDS)
        assert server.stdout.read() == b"1\nPASS 1\nQUIT 1\nRETR 1\nUSER 1\n"


# orphans


@pytest.mark.parametrize("control", [[], ["--control"]])
def test_the_end_of_stdin_shuts_down(box: Path, control: list[str]) -> None:
    with talk(box, "--exit-on-stdin-eof", *control) as server, Client(server.port) as client:
        client.ask("NOOP")
        assert server.ended() == (0, "0\nNOOP 1\n", "")


@pytest.mark.parametrize("control", [[], ["--control"]])
def test_the_end_of_stdin_alone_does_not(box: Path, control: list[str]) -> None:
    with talk(box, *control) as server:
        server.stdin.close()
        server.fetch()
        server.process.terminate()
        assert server.process.wait(SECONDS) == 0


@pytest.mark.parametrize("stdin", ["<&-", "</dev/null"])
def test_a_stdin_that_is_closed_has_ended(box: Path, stdin: str) -> None:
    command = f"exec {sys.executable} -m pop3lab {box} --exit-on-stdin-eof --control {stdin}"
    ended = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(r"\d+\n0\n", ended.stdout)


def test_a_server_ends_with_the_parent_that_was_killed(box: Path) -> None:
    program = (
        "import subprocess, sys, time; "
        f"s = subprocess.Popen([*{COMMAND!r}, {str(box)!r}, '--exit-on-stdin-eof'],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True);"
        "print(s.stdout.readline(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        with Client(int(parent.stdout.readline())) as client:
            parent.kill()
            with pytest.raises(ConnectionResetError):
                client.closed()


def test_max_lifetime(box: Path) -> None:
    with talk(box, "--max-lifetime", "0.3") as server, Client(server.port) as client:
        client.ask("NOOP")
        said = "pop3lab: the 0.3 seconds of --max-lifetime are over\n"
        assert server.ended() == (0, "0\nNOOP 1\n", said)


# rules


def test_quirks_by_name_are_keywords_beside_the_five(box: Path) -> None:
    with talk(box, "noextra", "autodelete", "crlf-for-empty", "top-whole", "autodelete") as server:
        server.fetch()
    assert os.listdir(box) == ["0002"]


def test_the_five_keywords_change_a_profile_too(box: Path) -> None:
    with talk(box, "--profile", "mail-box", "autodelete") as server:
        server.fetch()
    assert os.listdir(box) == ["0002"]


@pytest.mark.parametrize(
    ("words", "on"),
    [
        (["--profile", "by-the-book"], False),
        (["--profile", "by-the-book", "--utf8"], True),
        (["--profile", "by-the-book", "utf8-mode"], True),
        ([], False),
    ],
)
def test_utf8_is_off_unless_asked_for(box: Path, words: list[str], on: bool) -> None:
    message = "Subject: gr\u00fc\u00df\r\n\r\nhallo\r\n".encode()
    (box / "0000").write_bytes(message)
    with talk(box, *words) as server, Client(server.port) as client:
        client.ask("USER user")
        client.ask("PASS password")
        if not on:
            assert client.body("RETR 1").startswith(message)
        else:
            assert client.ask("RETR 1").startswith("-ERR [UTF8]")


def test_a_fault_happens_once_and_is_told(box: Path) -> None:
    with talk(box, "--rule", "RETR 2 nth=1 -> cut-after 30 then reset", "--events") as server:
        with pytest.raises(ConnectionResetError):
            server.fetch(2)
        assert server.fault() == "RETR 2 nth=1 -> cut-after 30 then reset"
        server.fetch(2)


def test_a_fault_that_never_happened_is_reported(box: Path) -> None:
    with talk(box, "--when", "RETR 2", "cut-after 30") as server:
        server.fetch(1)
        server.process.terminate()
        assert server.ended()[2] == "pop3lab: never happened: RETR 2 -> cut-after 30\n"


@pytest.mark.parametrize("seed", [[], ["--seed", "7"]])
def test_the_seed_of_chance_is_told_if_it_was_not_given(box: Path, seed: list[str]) -> None:
    with talk(box, "--rule=NOOP chance=0.5 -> cut-after 1", *seed) as server:
        server.process.terminate()
        told = server.ended()[2].splitlines()
    assert told[-1] == "pop3lab: never happened: NOOP chance=0.5 -> cut-after 1"
    assert [re.sub(r"\d+$", "N", line) for line in told[:-1]] == (
        [] if seed else ["pop3lab: chance is that of --seed N"]
    )


def test_a_rule_that_holds_for_one_session(box: Path) -> None:
    with talk(box, "--when", "session=2", "autodelete") as server:
        for names in (["0001", "0002"], ["0002"], ["0002"]):
            server.fetch()
            assert sorted(os.listdir(box)) == names


def test_the_port_is_not_given_before_a_listener_on_it(box: Path) -> None:
    with talk(box, "--events", "--control", "--max-lifetime=60", "--seed=1") as server:
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
