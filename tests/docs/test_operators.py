"""What the manual shows to operators, read by the programs that it is for."""

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pop3lab.cli.command_options import options_of
from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.config.file import from_file
from pop3lab.config.option import COMMAND_LINE
from pop3lab.core.events import ConnectionOpened, LoginRefused
from pop3lab.observe.log import Log
from tests.docs.snippets import EXAMPLES, ROOT

PROGRAM = Path(sys.executable).parent / "pop3lab"
MAN_PAGE = ROOT / "docs" / "man" / "pop3lab.1"
UNITS = ("pop3lab.service", "pop3lab.socket", "pop3lab-tls.socket")


def run(*words: str | Path) -> str:
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.mark.soak
def test_fail2ban_finds_addresses_of_wrong_passwords(tmp_path: Path) -> None:
    log = Log(file := io.StringIO())
    log.worker = 1
    for session, (peer, user, reason) in enumerate(
        (
            ("192.0.2.1:1", "ann", "wrong name or password"),
            ("2001:db8::7:2", "ann bob", "wrong name or password"),
            ("192.0.2.2:3", "ann", "invalid-proof"),
            ("192.0.2.3:4", "ann", "the maildrop is in use"),
            ("192.0.2.4:5", " peer=192.0.2.5:6", "wrong name or password"),
            ("192.0.2.6:7", "", "wrong name or password"),
            ("192.0.2.7:8", 'a "b', "wrong name or password"),
            ("192.0.2.8:9", "ann", "the token is refused"),
        ),
        1,
    ):
        log.on_event(1e9, ConnectionOpened(session, peer))
        log.on_event(1e9, LoginRefused(session, user, "PASS", reason))
    lines = file.getvalue().splitlines(keepends=True)
    addresses = ["192.0.2.1", "2001:db8::7", "192.0.2.2", "192.0.2.4", "192.0.2.6", "192.0.2.7"]
    program = shutil.which("fail2ban-regex")
    assert program
    (tmp_path / "file").write_text("".join(lines))
    (tmp_path / "journal").write_text("".join(f"mail pop3lab[7]: {line}" for line in lines))
    rules = EXAMPLES / "pop3lab-fail2ban.conf"
    for name, dates in (("file", ()), ("journal", ("-d", "{NONE}"))):  # it has them apart
        found = run(program, *dates, "-o", "ip", tmp_path / name, rules)
        assert found.split() == addresses


@pytest.mark.soak
def test_mandoc_finds_nothing_wrong_in_the_man_page(tmp_path: Path) -> None:
    """But for its date, which it lacks, as it would change with each release."""
    dated = tmp_path / "pop3lab.1"
    dated.write_text(MAN_PAGE.read_text().replace('POP3LAB 1 ""', 'POP3LAB 1 "2026-01-01"'))
    program = shutil.which("mandoc")
    assert program
    assert run(program, "-T", "lint", "-W", "warning", dated) == ""


def test_the_man_page_has_each_command_and_each_option() -> None:
    page = MAN_PAGE.read_text().replace("\\-", "-")
    for name in CLI_COMMANDS:
        assert re.search(rf"^\.B {name}\b", page, re.MULTILINE), name
        for row in options_of(name):
            if row.where & COMMAND_LINE and not row.operand:
                assert re.search(rf"^\.B {row.word}\b", page, re.MULTILINE), row.word


@pytest.mark.soak
def test_systemd_finds_nothing_wrong_in_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        text = (EXAMPLES / name).read_text().replace("/usr/local/bin/pop3lab", str(PROGRAM))
        (tmp_path / name).write_text(text)
    program = shutil.which("systemd-analyze")
    assert program
    assert run(program, "verify", *(tmp_path / name for name in UNITS)) == ""


def test_the_sockets_have_the_names_that_the_server_knows() -> None:
    names = [
        re.findall(r"FileDescriptorName=(.*)", (EXAMPLES / name).read_text()) for name in UNITS
    ]
    assert names == [[], ["pop3"], ["pop3s"]]


def test_the_settings_of_the_unit_are_right() -> None:
    found = from_file(str(EXAMPLES / "pop3lab.toml"))
    assert found["target"].value == "/var/mail/{user}"
    state = re.findall(r"StateDirectory=(.*)", (EXAMPLES / "pop3lab.service").read_text())
    assert Path(str(found["users-file"].value)).parent == Path("/var/lib", *state)  # it may write
