"""The contract of `pop3lab DIR [keyword ...]`, row by row, against the real server."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import md5, sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pop3lab.cli.main import main
from tests import wording
from tests.forked import Forked
from tests.served import COMMAND, SECONDS, Client, Served, served

ONE = b"Subject: one\r\n\r\nhello\r\n"
TWO = b"Subject: two\n\n.dot\n..\nlast"  # LF, and no final line end
MESSAGES = {"0001": ONE, "0002": TWO, "0003": b""}


@pytest.fixture
def box() -> Iterator[Path]:
    """With a path that is short enough to be in unique-ids as it is."""
    with TemporaryDirectory() as folder:
        yield _filled(Path(folder) / "t")


def _filled(folder: Path) -> Path:
    folder.mkdir()
    for name, text in MESSAGES.items():
        (folder / name).write_bytes(text)
    return folder


@pytest.fixture
def server(box: Path) -> Iterator[Served]:
    with served(box) as running:
        yield running


@pytest.fixture(scope="module")
def lasting() -> Iterator[tuple[Path, Served]]:
    with TemporaryDirectory() as folder, served(_filled(Path(folder) / "t")) as running:
        yield Path(folder) / "t", running


@pytest.fixture
def asked_box(lasting: tuple[Path, Served]) -> Path:
    """Its messages, all there again."""
    folder, _ = lasting
    shutil.rmtree(folder)
    return _filled(folder)


@pytest.fixture
def asked(lasting: tuple[Path, Served], asked_box: Path) -> Iterator[Served]:
    """One server for all tests that only ask lines of it, whoever came before."""
    _, running = lasting
    yield running
    running.forget()


def run(*words: str, command: tuple[str, ...] = COMMAND) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    return subprocess.run(
        [*command, *words], capture_output=True, text=True, timeout=SECONDS, check=False
    )


def left(box: Path) -> list[str]:
    return sorted(os.listdir(box))


# start


def test_the_port_is_the_first_line_and_connections_are_accepted_at_once(box: Path) -> None:
    with subprocess.Popen([*COMMAND, str(box)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        line = process.stdout.readline()
        socket.create_connection(("127.0.0.1", int(line)), timeout=1).close()
        assert re.fullmatch(rb"[1-9][0-9]*\n", line)
        process.kill()


def test_it_listens_on_loopback_only(server: Served) -> None:
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert f"0100007F:{server.port:04X}" in listening
    assert f"00000000:{server.port:04X}" not in listening


@pytest.mark.parametrize("command", [COMMAND, (str(Path(sys.executable).parent / "pop3lab"),)])
def test_the_environment_may_be_empty_and_the_command_an_absolute_path(
    box: Path, command: tuple[str, ...]
) -> None:
    with served(box, command=command, env={}) as server:
        assert server.logged_in().ask("STAT").startswith("+OK 3 ")
        assert server.stop() == "1\nPASS 1\nSTAT 1\nUSER 1\n"


# stdout


def test_stdout_has_the_port_and_the_statistics_and_nothing_else(box: Path) -> None:
    with served(box) as server:
        server.logged_in().send(b"\xff\x00junk\r\nNOOP\r\n")
        assert server.stop().startswith("1\n")


def test_a_reader_of_stdout_may_go_away(box: Path) -> None:
    (box / "0002").unlink()  # of whose line ends there is a note
    with Forked([str(box)], stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        process.terminate()
        assert process.wait(SECONDS) == 0
        assert process.stderr.read() == b""


# DIR


def test_messages_are_regular_files_in_byte_order_of_names_read_anew(
    box: Path, server: Served
) -> None:
    (box / ".dot").write_bytes(b"no message")
    (box / "sub").mkdir()
    (box / "a link").symlink_to("0001")
    for name in ("b", "B", "10", "\u00e9"):
        (box / name).write_bytes(b"x")
    with server.logged_in() as client:
        lines = client.body("UIDL").decode().split("\r\n")[:-2]
    names = [line.rsplit("/")[-1] for line in lines[:-1]]
    assert names == ["0001", "0002", "0003", "10", "B", "b"]
    assert lines[-1] == "7 " + sha256(f"{box}/\u00e9".encode()).hexdigest()
    (box / "b").unlink()
    with server.logged_in() as client:
        assert client.ask("STAT").startswith("+OK 6 ")


NO_FOLDER = "give a folder of messages"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "no folder given"),
        (["minimal"], "'minimal' does not exist: " + NO_FOLDER),
        (["{box}/0001"], "is not a folder: " + NO_FOLDER),
        (["{box}/nowhere"], "does not exist: " + NO_FOLDER),
        (["{box}", "minimum"], "unknown keyword or quirk 'minimum', did you mean 'minimal'?"),
        (["{box}", "NOEXTRA"], "unknown keyword or quirk 'NOEXTRA', did you mean 'noextra'?"),
        (["{box}", "apoponly", "autodelete", "minimal"], "apoponly and minimal exclude each other"),
        (["{box}", "minimal", "apoponly"], "apoponly and minimal exclude each other"),
        (
            ["{box}", "--transcrip", "x"],
            "unknown option '--transcrip', did you mean '--transcript'?",
        ),
        (["{box}", "--transcript"], "--transcript needs a value: give the path of a file"),
        (["{box}", "--idle", "0"], "limit-idle is 0: give a number from 0.05 to"),
        (["{box}", "--limit-idle", "1ms"], "limit-idle is 0.001: give a number from 0.05 to"),
        (["{box}", "--limit-idle=soon"], "--limit-idle: 'soon' is wrong: give a number of seconds"),
        (["{box}", "--idle", "nan"], "--limit-idle: 'nan' is wrong: give a number of seconds"),
    ],
)
def test_a_bad_start_is_one_line_on_stderr_and_exit_2(
    box: Path, words: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code = main([word.replace("{box}", str(box)) for word in words])
    said = capfd.readouterr()
    assert (code, said.out) == (2, "")
    assert re.fullmatch(r"pop3lab: [^\n]+\n", said.err)
    assert complaint in said.err


@pytest.mark.parametrize(
    ("mode", "complaint"),
    [
        (0o555, "not writable: its messages could not be deleted; --on-delete hide leaves"),
        (0o333, "not readable"),
    ],
)
def test_a_folder_without_permission(tmp_path: Path, mode: int, complaint: str) -> None:
    """As an ordinary user: for root every folder is readable and writable."""
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(mode)
    for parent in folder.parents:
        if parent != Path("/") and os.stat(parent).st_uid == os.getuid():
            parent.chmod(parent.stat().st_mode | 0o055)
    ended = subprocess.run(
        ordinary_user(
            f"import sys; from pop3lab.cli.main import main;sys.exit(main([{str(folder)!r}]))"
        ),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(r"pop3lab: [^\n]+\n", ended.stderr)
    assert complaint in ended.stderr
    if mode == 0o555:
        look = f"from pop3lab.cli.start import check_directory; check_directory({str(folder)!r}, "
        assert subprocess.run(ordinary_user(f"{look}'hide')"), check=False).returncode == 0


def ordinary_user(program: str) -> list[str]:
    """A command that runs a program as nobody, if we are root, after its imports are done."""
    drop = (
        "import os, pop3lab.cli.main, difflib;os.getuid() or (os.setgid(65534), os.setuid(65534)); "
    )
    return [sys.executable, "-c", drop + program]


# keywords


@pytest.mark.parametrize("words", [["noextra", "autodelete"], ["autodelete", "noextra", "noextra"]])
def test_keywords_combine_in_any_order(box: Path, words: list[str]) -> None:
    with served(box, *words) as server:
        client = server.logged_in()
        assert client.body("RETR 1") == ONE + b".\r\n"
        assert client.ask("QUIT").startswith("+OK")
        assert left(box) == ["0002", "0003"]


def test_minimal(box: Path) -> None:
    with served(box, "minimal") as server:
        client = server.client()
        assert "<" not in client.greeting
        assert client.ask("APOP user 0123").startswith("-ERR")
        client = server.logged_in()
        for line in ("TOP 1 0", "TOP 1", "UIDL", "UIDL 1"):
            assert client.ask(line).startswith("-ERR")
        for line in ("STAT", "LIST 1", "DELE 1", "RSET", "NOOP"):
            assert client.ask(line).startswith("+OK")
        assert client.body("RETR 1") == ONE + b"\r\n.\r\n"
        client.send(b"BREAK\r\n")
        assert client.closed()


def test_minimal_combines_with_the_others(box: Path) -> None:
    with served(box, "noextra", "minimal", "autodelete") as server:
        client = server.logged_in()
        assert client.body("RETR 1") == ONE + b".\r\n"
        client.send(b"EXIT\r\nQUIT\r\n")
        assert client.line().startswith("+OK")
        assert server.statistics() == "1\nEXIT 1\nPASS 1\nQUIT 1\nRETR 1\nUSER 1\n"
        assert left(box) == ["0002", "0003"]


def apop(client: Client, password: str = "password", name: str = "user") -> str:
    stamp = client.greeting[client.greeting.index("<") :]
    return client.ask(f"APOP {name} {md5((stamp + password).encode()).hexdigest()}")


def test_apoponly(box: Path) -> None:
    with served(box, "apoponly") as server:
        client = server.client()
        assert client.ask("USER user").startswith("-ERR")
        assert client.ask("PASS password").startswith("-ERR")
        assert apop(client).startswith("+OK")
        assert client.ask("STAT").startswith("+OK 3 ")


def test_autodelete(box: Path) -> None:
    with served(box, "autodelete") as server:
        client = server.logged_in()
        client.body("RETR 1")
        client.body("TOP 2")
        client.body("TOP 3 100")
        assert client.ask("STAT").startswith("+OK 3 ")
        assert client.ask("LIST 1").startswith("+OK 1 ")
        client.close()
        time.sleep(0.1)
        assert left(box) == ["0001", "0002", "0003"]
        client = server.logged_in()
        client.body("RETR 1")
        client.body("TOP 2")
        client.body("TOP 3 100")
        assert left(box) == ["0001", "0002", "0003"]
        assert client.ask("QUIT").startswith("+OK")
        assert left(box) == ["0003"]


def test_standardport_that_is_taken_is_exit_3(box: Path) -> None:
    """In a network namespace of its own where that is possible, else with the port as it is."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 110))
            taken.listen()
        except OSError:
            pass  # taken by another, or not for us: that will do as well
        ended = run(str(box), "standardport")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert re.fullmatch(r"pop3lab: cannot listen on 127.0.0.1 port 110: [^\n]+\n", ended.stderr)


# credentials


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("user", "Password"),
        ("user", "password "),
        ("User", "password"),
        ("user", "x"),
        ("x", "password"),
    ],
)
def test_credentials_are_these_and_nothing_else(asked: Served, user: str, password: str) -> None:
    with asked.client() as client:
        assert client.ask(f"USER {user}").startswith("+OK")
        assert client.ask(f"PASS {password}").startswith("-ERR")
        assert apop(client, password, user).startswith("-ERR")
        assert client.ask("STAT").startswith("-ERR")
        assert apop(client).startswith("+OK")


def test_p005_each_greeting_has_a_timestamp_of_its_own(asked: Served) -> None:
    greetings = []
    for _ in range(6):
        with asked.client() as client:
            greetings.append(client.greeting)
    assert all(re.fullmatch(r"\+OK [^<]*<\d+\.\d+@[^>]+>", greeting) for greeting in greetings)
    assert len(set(greetings)) == 6


# framing


FRAMES = [
    # the file, as it is sent before the end, the end, the end with noextra
    (b"a\r\n", b"a\r\n", b"\r\n.\r\n", b".\r\n"),
    (b"a\n", b"a\n", b"\r\n.\r\n", b"\r\n.\r\n"),
    (b"a", b"a", b"\r\n.\r\n", b"\r\n.\r\n"),
    (b"a\r", b"a\r", b"\r\n.\r\n", b"\r\n.\r\n"),
    (b"", b"", b"\r\n.\r\n", b"\r\n.\r\n"),
    (b"\r\n", b"\r\n", b"\r\n.\r\n", b".\r\n"),
    (b".", b"..", b"\r\n.\r\n", b"\r\n.\r\n"),
    (b".\r\n..\r\n.a\n.b\r.c\r\n", b"..\r\n...\r\n..a\n..b\r.c\r\n", b"\r\n.\r\n", b".\r\n"),
    (bytes(range(256)), bytes(range(256)), b"\r\n.\r\n", b"\r\n.\r\n"),
    (b"x" * 262_143 + b"\n.\r\n", b"x" * 262_143 + b"\n..\r\n", b"\r\n.\r\n", b".\r\n"),
    (b"x" * 262_144 + b"\r\n", b"x" * 262_144 + b"\r\n", b"\r\n.\r\n", b".\r\n"),
]


@pytest.mark.parametrize("noextra", [False, True])
def test_files_are_sent_as_they_are(tmp_path: Path, noextra: bool) -> None:
    for number, (text, *_) in enumerate(FRAMES, 11):
        (tmp_path / str(number)).write_bytes(text)
    with served(tmp_path, *(["noextra"] if noextra else [])) as server:
        client = server.logged_in()
        total = sum(len(text) for text, *_ in FRAMES)
        assert client.ask("STAT") == f"+OK {len(FRAMES)} {total}"
        for number, (text, stuffed, end, end_noextra) in enumerate(FRAMES, 1):
            assert client.ask(f"LIST {number}") == f"+OK {number} {len(text)}"
            wanted = stuffed + (end_noextra if noextra else end)
            for command in (f"RETR {number}", f"TOP {number}"):
                client.ask(command)
                got = b""
                while len(got) < len(wanted):
                    got += client._file.read(len(wanted) - len(got))
                assert got == wanted
        assert client.ask("NOOP").startswith("+OK")


# UIDL


@pytest.mark.parametrize("named", ["t", "t/", "t//", "./t", "../{parent}/t", "{absolute}"])
def test_uidl_is_the_path_as_the_folder_was_named(box: Path, named: str) -> None:
    named = named.replace("{parent}", box.parent.name).replace("{absolute}", str(box))
    with served(named, cwd=box.parent) as server:
        client = server.logged_in()
        path = f"{named.rstrip('/')}/0002"
        if len(path) > 70:
            path = sha256(path.encode()).hexdigest()
        assert client.ask("UIDL 2") == f"+OK 2 {path}"


def test_uidl_of_a_name_with_a_blank_or_too_long_is_a_digest(box: Path) -> None:
    (box / "a b").write_bytes(b"x")
    (box / ("c" * 69)).write_bytes(b"x")
    with served("t", cwd=box.parent) as server:
        client = server.logged_in()
        assert client.ask("UIDL 4") == "+OK 4 " + sha256(b"t/a b").hexdigest()
        assert client.ask("UIDL 5") == "+OK 5 " + sha256(b"t/" + b"c" * 69).hexdigest()


# TOP, RSET


def test_top(asked: Served) -> None:
    client = asked.logged_in()
    assert client.body("TOP 1 0") == b"Subject: one\r\n\r\n\r\n.\r\n"
    assert client.body("TOP 1 1") == ONE + b"\r\n.\r\n"
    assert client.body("TOP 1") == ONE + b"\r\n.\r\n"
    assert client.body("TOP 2 1") == b"Subject: two\n\n..dot\n\r\n.\r\n"
    assert client.body("TOP 2") == TWO.replace(b"\n.", b"\n..") + b"\r\n.\r\n"
    for bad in ("TOP", "TOP 0", "TOP 4 1", "TOP 1 x", "TOP 1 -1"):
        assert client.ask(bad).startswith("-ERR")


def test_rset_with_and_without_a_number(asked: Served, asked_box: Path) -> None:
    client = asked.logged_in()
    for number in (1, 2, 3):
        client.ask(f"DELE {number}")
    assert client.ask("RSET 2").startswith("+OK")
    assert client.ask("STAT") == f"+OK 1 {len(TWO)}"
    assert client.ask("RSET 9").startswith("-ERR")
    assert client.ask("RSET").startswith("+OK")
    assert client.ask("STAT").startswith("+OK 3 ")
    client.ask("DELE 3")
    assert client.ask("QUIT").startswith("+OK")
    assert left(asked_box) == ["0001", "0002"]


# DELE, QUIT


def test_files_go_at_quit_and_only_then(asked: Served, asked_box: Path) -> None:
    client = asked.logged_in()
    assert client.ask("DELE 2").startswith("+OK")
    assert client.ask("DELE 2").startswith("-ERR")
    assert left(asked_box) == ["0001", "0002", "0003"]
    assert client.ask("QUIT").startswith("+OK")
    assert left(asked_box) == ["0001", "0003"]
    assert client.closed()


@pytest.mark.parametrize("end", ["close", "SIGTERM", "QUIT without its line end"])
def test_without_quit_nothing_is_deleted(server: Served, box: Path, end: str) -> None:
    client = server.logged_in()
    client.ask("DELE 2")
    if end.startswith("QUIT"):
        client.send(b"QUIT")
    if end == "SIGTERM":
        assert server.stop() == "1\nDELE 1\nPASS 1\nUSER 1\n"
    client.close()
    time.sleep(0.1)
    assert left(box) == ["0001", "0002", "0003"]


# BREAK, EXIT


@pytest.mark.parametrize("before", [[], ["USER user"], ["USER user", "PASS password", "DELE 1"]])
def test_break_closes_in_any_state(server: Served, box: Path, before: list[str]) -> None:
    client = server.client()
    for line in before:
        assert client.ask(line).startswith("+OK")
    client.send(b"break\r\nQUIT\r\n")
    assert client.closed()
    assert left(box) == ["0001", "0002", "0003"]
    again = server.logged_in()
    again.send(b"EXIT\r\nQUIT\r\n")
    again.line()
    assert "BREAK 1\n" in server.statistics()


def test_exit_is_silent_and_the_next_quit_of_any_session_shuts_down(server: Served) -> None:
    client = server.client()
    assert client.ask("EXIT").startswith("-ERR")
    client = server.logged_in()
    client.send(b"EXIT\r\n")
    assert client.ask("STAT").startswith("+OK 3 ")
    client.close()
    assert server.process.poll() is None
    other = server.client()
    assert other.ask("QUIT").startswith("+OK")
    assert server.statistics() == "1\nEXIT 2\nPASS 1\nQUIT 1\nSTAT 1\nUSER 1\n"
    with pytest.raises(ConnectionRefusedError):
        server.client()


def test_exit_and_quit_in_one_session_and_another_that_is_open_is_reset(
    server: Served, box: Path
) -> None:
    other = server.client()
    client = server.logged_in()
    client.ask("DELE 1")
    client.send(b"EXIT\r\nQUIT\r\n")
    assert client.line().startswith("+OK")
    assert client.closed()
    assert left(box) == ["0002", "0003"]
    server.statistics()
    with pytest.raises(ConnectionResetError):
        other.closed()


# other commands, line ends


@pytest.mark.parametrize("line", ["CAPA", "AUTH PLAIN", "AUTH", "STLS", "LAST", "UTF8", "XYZZ", ""])
def test_other_commands_are_refused_and_the_session_goes_on(asked: Served, line: str) -> None:
    client = asked.client()
    assert client.ask(line).startswith("-ERR")
    client.ask("USER user")
    client.ask("PASS password")
    assert client.ask(line).startswith("-ERR")
    assert client.ask("STAT").startswith("+OK 3 ")


@pytest.mark.parametrize("between", ["STAT", "CAPA", "USER user", "EXIT", "NOOP", "TOP 1", ""])
def test_after_user_only_pass_quit_apop_and_break(asked: Served, between: str) -> None:
    client = asked.client()
    client.ask("USER user")
    assert client.ask(between).startswith("-ERR")
    assert client.ask("PASS password").startswith("-ERR")
    client.ask("USER user")
    assert client.ask("PASS password").startswith("+OK")


def test_after_user_apop_and_quit_are_fine(asked: Served) -> None:
    client = asked.client()
    client.ask("USER user")
    assert apop(client).startswith("+OK")
    client = asked.client()
    client.ask("USER user")
    assert client.ask("QUIT").startswith("+OK")


def test_lf_alone_ends_a_command_and_verbs_come_in_any_case(server: Served) -> None:
    client = server.client()
    client.send(b"user user\nPass password\nsTaT\r\nquit\n")
    answers = [client.line() for _ in range(4)]
    assert all(answer.startswith("+OK") for answer in answers)
    assert server.stop() == "1\nPASS 1\nQUIT 1\nSTAT 1\nUSER 1\n"


# statistics


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_statistics_count_what_came(server: Served, how: signal.Signals) -> None:
    for _ in range(2):
        with server.logged_in() as client:
            for line in ("stat", "XYZZ 1", "xyzz", "LIST 1", "EXITX", "\x01\xff", "", "A B", "Z"):
                client.ask(line)
            client.ask("QUIT")
    server.process.send_signal(how)
    assert server.statistics().split("\n") == [
        "2", "A 2", "EXITX 2", "LIST 2", "PASS 2", "QUIT 2", "STAT 2", "USER 2", "XYZZ 4", "Z 2",
        "\\X01\\XFF 2", "",
    ]  # fmt: skip


def test_statistics_of_a_server_nobody_used(server: Served) -> None:
    assert server.stop() == "0\n"


def test_a_signal_right_after_the_port_line_costs_no_statistics(box: Path) -> None:
    for _ in range(5):
        with served(box) as server:
            assert server.stop() == "0\n"


# clients


def test_a_second_session_waits_a_moment_then_is_refused(asked: Served) -> None:
    first, second, third = asked.logged_in(), asked.client(), asked.client()
    second.ask("USER user")
    assert second.ask("PASS password").startswith("-ERR")
    assert first.ask("NOOP").startswith("+OK")
    third.ask("USER user")
    third.send(b"PASS password\r\n")
    time.sleep(0.1)
    first.ask("QUIT")
    assert third.line().startswith("+OK")


def test_two_servers_on_one_folder_exclude_each_other_until_one_is_killed(box: Path) -> None:
    with served(box) as one, served(box) as two:
        one.logged_in().ask("DELE 1")
        waiting = two.client()
        waiting.ask("USER user")
        assert waiting.ask("PASS password").startswith("-ERR")
        one.process.kill()
        one.process.wait()
        assert two.logged_in().ask("STAT").startswith("+OK 3 ")


def test_a_message_changed_under_the_session_is_never_terminated(server: Served, box: Path) -> None:
    (box / "0004").write_bytes(b"x" * 8_000_000)
    client = server.logged_in()
    client.send(b"RETR 4\r\n")
    assert client.line() == "+OK 8000000 octets"
    os.truncate(box / "0004", 7_000_000)
    with pytest.raises(ConnectionResetError):
        client.closed()
    client = server.logged_in()
    (box / "0001").write_bytes(b"another")
    assert client.ask("RETR 1").startswith("-ERR")
    assert client.ask("NOOP").startswith("+OK")


def test_a_folder_that_goes_away_is_said_to_client_and_operator(box: Path) -> None:
    with Forked([str(box)], stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        with Client(int(process.stdout.readline())) as client:
            shutil.rmtree(box)
            client.ask("USER user")
            assert client.ask("PASS password") == "-ERR the maildrop can't be opened"
        process.terminate()
        assert b"No such file or directory" in process.stderr.read()


# options


def test_transcript(box: Path, tmp_path: Path) -> None:
    path = tmp_path / "dialogue"
    long = b"A line of a long text.\r\n" * 100
    (box / "0002").write_bytes(long)
    with served(box, "--transcript", str(path)) as server:
        client = server.client()
        client.ask("USER user")
        client.ask("PASS password")
        client.body("RETR 1")
        client.body("RETR 2")
        client.ask("QUIT")
        client.close()
        server.stop()
    lines = [re.sub(r"^1 +\d+\.\d{3} ", "", line) for line in path.read_text().splitlines()]
    assert re.fullmatch(
        r"\(connection opened from 127\.0\.0\.1:\d+ at \d{4}-\d\d-\d\dT[\d:.]+\+00:00\)", lines[0]
    )
    assert lines[1].startswith("S: +OK ")
    assert lines[2:] == [
        "C: USER user",
        f"S: {wording.PASSWORD_NEXT}",
        "C: PASS ****",
        "(logged in: user by PASS, 3 messages)",
        f"S: +OK maildrop has 3 messages ({len(ONE) + len(long)} octets)",
        "C: RETR 1",
        f"S: +OK {len(ONE)} octets",
        "S: Subject: one",
        "S: ",
        "S: hello",
        "S: ",
        "S: .",
        "C: RETR 2",
        f"S: +OK {len(long)} octets",
        *["S: A line of a long text."] * (1024 // 24),
        "S| A line of a long",
        f"(folded: {len(long) - 1024} octets, {100 - 1024 // 24} lines)",
        "S: ",
        "S: .",
        "C: QUIT",
        f"S: {wording.BYE}",
        "(close)",
        "(session ended: quit, user user)",
        "(client closed the connection)",
    ]
    assert "password\n" not in path.read_text().replace("the password\n", "")


def test_transcript_is_written_while_the_session_goes_on(box: Path, tmp_path: Path) -> None:
    path = tmp_path / "dialogue"
    with served(box, f"--transcript={path}") as server:
        server.client().ask("USER user")
        end = time.monotonic() + SECONDS
        while "C: USER user" not in path.read_text():
            assert time.monotonic() < end
            time.sleep(0.02)


@pytest.mark.parametrize("option", ["--limit-idle", "--idle"])
def test_idle(box: Path, option: str) -> None:
    with served(box, option, "200ms") as server:
        client = server.client()
        assert client.closed()


def test_hint_is_on_stderr_and_its_curl_line_works(box: Path) -> None:
    (box / "0002").unlink()  # of whose line ends there is a note
    with Forked([str(box), "--hint"], stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        port = process.stdout.readline().decode().strip()
        hint = [process.stderr.readline().decode() for _ in range(4)]
        command = next(line.split()[:2] for line in hint if "/1 " in line)
        assert port in command[1]
        fetched = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True)
        assert fetched.stdout == ONE + b"\r\n"
        process.terminate()


def test_help_and_version() -> None:
    for word in ("--help", "-h"):
        ended = run(word)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "autodelete" in ended.stdout
        assert "--transcript FILE" in ended.stdout
    assert re.fullmatch(r"pop3lab \d+\.\d+\.\d+\n", run("--version").stdout)


# what may go wrong around it


def test_statistics_know_of_a_session_that_waits_for_the_lock(server: Served) -> None:
    server.logged_in()
    waiting = server.client()
    waiting.ask("USER user")
    waiting.send(b"PASS password\r\n")
    time.sleep(0.2)
    assert server.stop() == "1\nPASS 2\nUSER 2\n"


def test_a_second_signal_costs_no_statistics(box: Path) -> None:
    for pause in (0.0, 0.001, 0.003, 0.01):
        with served(box) as server:
            server.client()
            server.process.terminate()
            time.sleep(pause)
            server.process.terminate()
            assert server.statistics() == "0\n"


def test_made_up_verbs_do_not_hide_the_known_ones(server: Served) -> None:
    client = server.client()
    client.send(b"".join(b"X%d\r\n" % number for number in range(1500)))
    for _ in range(1500):
        client.line()
    client.ask("QUIT")
    lines = server.stop().splitlines()
    assert "QUIT 1" in lines
    assert "(others) 500" in lines
    assert len(lines) == 1 + 1000 + 2


def test_statistics_do_not_depend_on_how_a_long_line_came(server: Served) -> None:
    for pieces in ([b"C" * 310 + b"\r\n"], [b"C" * 200, b"C" * 110 + b"\r\n"]):
        client = server.client()
        for piece in pieces:
            client.send(piece)
            time.sleep(0.05)
        assert client.line().startswith("-ERR")
    assert server.stop() == "0\n" + "C" * 255 + " 2\n"


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", ">/dev/full", ">&-"])
def test_streams_that_are_closed_or_full(box: Path, tmp_path: Path, closed: str) -> None:
    told = tmp_path / "told"
    command = f"exec {sys.executable} -m pop3lab {box} --hint {'>' + str(told)} {closed}"
    with subprocess.Popen(["sh", "-c", command], stderr=subprocess.PIPE) as process:
        try:
            if closed.startswith("2"):
                end = time.monotonic() + SECONDS
                while not (told.exists() and told.read_text().strip()):
                    assert time.monotonic() < end
                    time.sleep(0.02)
            else:
                assert process.stderr
                process.stderr.readline()
            process.terminate()
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()  # else a test that failed would wait for it
    if closed.startswith("2"):
        assert re.fullmatch(r"\d+\n0\n", told.read_text())


def test_a_bad_start_with_stderr_closed_is_exit_2(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m pop3lab {tmp_path}/none 2>&-"],
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    assert (ended.returncode, ended.stdout) == (2, b"")


def test_a_start_that_fails_leaves_the_last_transcript(box: Path, tmp_path: Path) -> None:
    path = tmp_path / "dialogue"
    path.write_text("of yesterday")
    assert run(str(box), "minimum", "--transcript", str(path)).returncode == 2
    assert path.read_text() == "of yesterday"


def test_a_pipe_that_nobody_reads_is_no_transcript(box: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    ended = run(str(box), "--transcript", str(tmp_path / "pipe"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "cannot write the transcript" in ended.stderr


def test_a_transcript_is_for_its_owner_and_in_no_planted_place(box: Path, tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "dialogue", tmp_path / "elsewhere"
    with served(box, "--transcript", str(path)):
        assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    elsewhere.write_text("mine")
    path.symlink_to(elsewhere)
    ended = run(str(box), "--transcript", str(path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"cannot write the transcript to '{path}': it is a link" in ended.stderr
    assert elsewhere.read_text() == "mine"


def test_hint_takes_no_value(box: Path) -> None:
    assert run(str(box), "--hint=1").stderr == "pop3lab: --hint takes no value\n"
