"""One run of a program; what it did is seen from outside."""

import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pop3lab.cases.evidence import Ended, RunSeen
from pop3lab.cases.treatment import QUOTES_FROM
from pop3lab.clients.driver import Driver
from pop3lab.clients.job import Job
from pop3lab.clients.process import ProcessClient
from pop3lab.core.errors import ConfigError


class Looks:
    """So many looks, and then the patience is over."""

    ended: Ended = "hung"
    until_last_octet = 0.0

    def __init__(self, many: int = 500) -> None:
        self._left = many

    def is_quiet(self) -> bool:
        return False

    def is_over(self) -> bool:
        self._left -= 1
        return self._left < 0


def run(
    tmp_path: Path, script: str, looks: int = 500, delivers: str = "files", **job: Any
) -> RunSeen:
    driver = Driver(
        name="sh",
        operations={"delete": ("sh", "-c", script)},
        files={"rc": "port {port}"},
        delivers=delivers,
    )
    folder = tmp_path / "case"
    folder.mkdir(exist_ok=True)
    asked: dict[str, Any] = {"host": "localhost", "port": 110, "user": "ann", "password": "p"}
    return ProcessClient(driver).run(
        Job(**{**asked, "folder": str(folder), **job}), Looks(looks), lambda: None
    )


def test_what_a_program_delivers_prints_and_says(tmp_path: Path) -> None:
    seen = run(tmp_path, "cat {rc}; echo oops >&2; echo one > {out}/1; exit 3")
    assert (seen.success, seen.exit, seen.ended) == (False, "exit 3", "itself")
    assert [(each.name, each.octets) for each in seen.delivered] == [("1", b"one\n")]
    assert seen.output == "port 110oops\n"
    assert seen.files == []


def test_only_what_is_new_is_delivered_and_what_is_gone_is_told(tmp_path: Path) -> None:
    run(tmp_path, "echo one > {out}/1; echo two > {out}/2; echo 1 > {home}/memory")
    seen = run(tmp_path, "rm {out}/1; cp {home}/memory {out}/3")
    assert [each.name for each in seen.delivered] == ["3"]
    assert seen.gone == ["1"]
    assert seen.success


def test_the_program_that_stores_a_message_shows_it_when_it_is_whole(tmp_path: Path) -> None:
    seen = run(tmp_path, "echo text | {mda} && ls -A {out} | wc -l")
    assert [each.octets for each in seen.delivered] == [b"text\n"]
    assert seen.output.strip() == "1"


def test_what_a_program_leaves_behind_may_store_what_it_was_given(tmp_path: Path) -> None:
    seen = run(tmp_path, "(sleep 0.1; echo text | {mda}) & exit 1")
    assert (seen.exit, [each.octets for each in seen.delivered]) == ("exit 1", [b"text\n"])


def test_a_full_disk_makes_the_storing_fail(tmp_path: Path) -> None:
    seen = run(tmp_path, "yes | head -c 9000 | {mda}", file_limit=4096)
    assert (seen.exit, seen.delivered) == ("exit 75", [])


def test_a_program_that_stores_can_be_made_to_fail(tmp_path: Path) -> None:
    seen = run(tmp_path, "echo text | {mda}", store_fails=True)
    assert (seen.exit, seen.delivered) == ("exit 75", [])
    assert not run(tmp_path, "true", store_fails=True).applicable  # it stores by itself


def test_who_is_killed_on_purpose_has_not_crashed(tmp_path: Path) -> None:
    seen = run(tmp_path, "kill -KILL $$", killed=True)
    assert (seen.exit, seen.crashed) == ("SIGKILL", False)


def test_a_program_that_hangs_is_killed_with_all_that_it_has_started(tmp_path: Path) -> None:
    seen = run(tmp_path, "sleep 60 & echo $!; wait", looks=5)
    assert (seen.ended, seen.success, seen.crashed) == ("hung", False, False)
    assert _is_gone(int(seen.output))


def test_who_prints_for_ever_is_stopped_and_only_the_last_of_it_is_read(tmp_path: Path) -> None:
    seen = run(tmp_path, "yes", looks=5000)
    assert (seen.success, seen.crashed) == (False, False)
    assert seen.printed > 1 << 20
    assert len(seen.output) == 65_536
    (tmp_path / "case" / "stdout").unlink()


def _is_gone(pid: int) -> bool:
    """Whether a process that was killed is, in a moment."""
    for _ in range(500):
        told = subprocess.run(
            ["ps", "-o", "stat=", "-p", f"{pid}"], capture_output=True, text=True, check=False
        )
        if told.stdout.strip()[:1] in ("", "Z"):
            return True
        time.sleep(0.01)
    return False


def test_a_crash_is_told_by_its_signal(tmp_path: Path) -> None:
    seen = run(tmp_path, "kill -SEGV $$")
    assert (seen.exit, seen.crashed) == ("SIGSEGV", True)
    within = run(tmp_path, "sh -c 'kill -SEGV $$'; exit $?")
    assert (within.exit, within.crashed) == ("exit 139", True)


def test_the_memory_of_who_starts_a_program_is_not_the_programs(tmp_path: Path) -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert run(tmp_path, "sleep 0.05").rss < most / 2


def test_a_program_that_takes_more_memory_than_who_starts_it_is_told(tmp_path: Path) -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    script = f"{sys.executable} -c \"len(bytes({most}) + b'x')\""
    assert run(tmp_path, script).rss > most


def test_a_file_beside_its_folders_is_a_stranger(tmp_path: Path) -> None:
    seen = run(tmp_path, "echo x > {out}/../beside")
    assert [Path(name).name for name in seen.files] == ["beside"]


def test_the_environment_has_nothing_of_the_users(tmp_path: Path) -> None:
    environment = run(tmp_path, "env").output.split()
    names = {line.partition("=")[0] for line in environment} - {"PWD", "SHLVL", "_", "OLDPWD"}
    assert names == {
        *("PATH", "HOME", "LC_ALL", "TMPDIR"),
        *("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"),
    }
    assert "HOME=/home" in environment  # without the folder of the case, whose name is random


def test_a_password_can_stand_between_quotes(tmp_path: Path) -> None:
    seen = run(tmp_path, 'printf %s "{escaped-password}"', password='a "b" \\c')
    assert seen.output == 'a "b" \\c'


def test_a_password_can_be_written_in_hex(tmp_path: Path) -> None:
    seen = run(tmp_path, "printf %s '{hex-password}'", password="a 'ä\"")
    assert seen.output == r"\x61\x20\x27\xc3\xa4\x22"


@pytest.mark.parametrize("job", [{"delete": False}, {"tls": "stls"}, {"auth": "plain"}])
def test_what_the_driver_has_no_words_for_is_not_applicable(
    tmp_path: Path, job: dict[str, Any]
) -> None:
    assert not run(tmp_path, "true", **job).applicable


def test_exit_89_says_that_it_is_not_applicable(tmp_path: Path) -> None:
    assert not run(tmp_path, "exit 89").applicable


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert not shutil.which("no-such-program")
    driver = Driver(name="no", operations={"delete": ("no-such-program",)})
    job = Job(host="localhost", port=1, user="a", password="b", folder=str(tmp_path))
    with pytest.raises(ConfigError, match="no-such-program"):
        ProcessClient(driver).run(job, Looks(), lambda: None)


def test_an_mbox_may_quote_lines_that_begin_with_from() -> None:
    for form, names in (("mbox", (QUOTES_FROM,)), ("maildir", ())):
        driver = Driver(name="sh", operations={"delete": ("sh",)}, delivers=form)
        assert ProcessClient(driver).treatments == names


def test_what_a_program_prints_can_be_what_it_delivers(tmp_path: Path) -> None:
    script = "printf 'X-Pop3lab: 0123abcd.1.head\\n\\n'; echo oops >&2"
    seen = run(tmp_path, script, delivers="stdout")
    assert [each.octets for each in seen.delivered] == [b"X-Pop3lab: 0123abcd.1.head\n\n"]
    assert seen.output == "oops\n"


def test_who_prints_much_mail_is_not_stopped(tmp_path: Path) -> None:
    """As large as a client must be able to fetch, which is more than it may say."""
    script = "printf 'X-Pop3lab: 0123abcd.1.head\\n\\n'; head -c 70000000 /dev/zero"
    seen = run(tmp_path, script, looks=5000, delivers="stdout")
    assert (seen.ended, seen.printed) == ("itself", 0)
    assert [len(each.octets) for each in seen.delivered] == [70_000_028]
