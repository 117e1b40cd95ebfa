"""A client that is a program: one run in a session and with a HOME of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from pop3lab.cases.evidence import RunSeen
from pop3lab.cases.treatment import QUOTES_FROM
from pop3lab.clients.delivered import MOST_READ, delivered_in, keep_printed
from pop3lab.clients.driver import NOT_APPLICABLE, Driver
from pop3lab.clients.job import Job, Patience
from pop3lab.clients.template import fill_in
from pop3lab.core.errors import ConfigError

_STEP = 0.01  # seconds between two looks at a program that goes on
_TO_FINISH = 1.0  # seconds behind its end for what it has started, as to store a message
_MOST_OUTPUT = 65_536  # octets of each stream that are kept
_MOST_PRINTED = 64 << 20  # octets, behind which a program is stopped
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_STREAMS = ("stdout", "stderr")
_OURS = {"out", "home", "files", *_STREAMS}  # in the folder of a case

# Stores a message from stdin under the next free number, once it is whole.
_MDA = """\
#!/bin/sh
{pause}
new=$(mktemp '{out}/.XXXXXXXX') || exit 75
cat > "$new" || {{ rm -f "$new"; exit 75; }}
number=1
until ln "$new" "{out}/$number" 2> /dev/null; do
    [ -e "{out}/$number" ] || exit 75
    number=$((number + 1))
done
rm "$new"
"""

_FAILING_MDA = """\
#!/bin/sh
exit 75
"""

# Limits the size of files, in blocks of 512 octets; writing more then fails with an error.
_LIMITED = ("sh", "-c", 'trap "" XFSZ; ulimit -f "$1"; shift; exec "$@"', "sh")


class ProcessClient:
    """Drives a program."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.kind = driver.kind
        self.name = driver.name
        self.treatments = (QUOTES_FROM,) if driver.delivers == "mbox" else ()

    def run(self, job: Job, patience: Patience, give_up: Callable[[], None]) -> RunSeen:
        """Do the job; at the end, kill what is left of it. Raises ConfigError."""
        words = self.driver.operations.get("delete" if job.delete else "keep")
        if words is None or not self._can(job):
            return RunSeen(success=False, applicable=False)
        place = _Place(Path(job.folder), self.driver, job)
        before = delivered_in(place.out, self.driver.delivers)
        process = _Process(place.command(words), place)
        ended = process.wait(patience)
        if self.driver.delivers == "stdout":
            keep_printed(place.folder / "stdout", place.out)
        after = delivered_in(place.out, self.driver.delivers)
        status = process.status
        return RunSeen(
            success=ended and status in self.driver.success,
            exit=_exit_of(status),
            ended="itself" if ended else patience.ended,
            delivered=[after[name] for name in after if name not in before],
            gone=[name for name in before if name not in after],
            output=place.output(),
            printed=place.printed(),
            files=place.strangers(),
            seconds=process.seconds,
            cpu=process.cpu,
            cpu_after=0.0 if ended else max(0.0, process.cpu - 2 * patience.until_last_octet),
            rss=process.rss,
            crashed=ended and not job.killed and _is_crash(status),
            applicable=status != NOT_APPLICABLE,
        )

    def _can(self, job: Job) -> bool:
        driver = self.driver
        stores = "mda" in driver.placeholders or not (job.store_fails or job.store_delay)
        return job.tls in driver.tls and job.auth in driver.auth and stores


def _exit_of(status: int) -> str:
    if status >= 0:
        return f"exit {status}"
    return signal.Signals(-status).name


def _is_crash(status: int) -> bool:
    """Whether it ended by a signal, or is a shell which says that the program in it has."""
    crashes = (signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV)
    return status < 0 or status - 128 in crashes


class _Place:
    """The folder of a case: where the program delivers, its HOME, its files."""

    def __init__(self, folder: Path, driver: Driver, job: Job) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.home = folder / "home"
        self._files = folder / "files"
        self._told = _STREAMS[driver.delivers == "stdout" :]  # streams with no mail in them
        for each in (self.out, self.home / "tmp", self._files):
            each.mkdir(parents=True, exist_ok=True)
        self._job = job
        self._values = self._make_values(driver, job)
        for name, text in driver.files.items():
            self._write(name, fill_in(text, self._values))

    def _make_values(self, driver: Driver, job: Job) -> Mapping[str, str]:
        scheme = "pop3s" if job.tls == "implicit" else "pop3"
        paths = {name: str(self._files / name) for name in (*driver.files, "mda")}
        pause = f"sleep {job.store_delay}" if job.store_delay else ""
        mda = _FAILING_MDA if job.store_fails else _MDA.format(out=self.out, pause=pause)
        self._write("mda", mda, mode=0o700)
        return {
            "host": job.host,
            "port": f"{job.port}",
            "user": job.user,
            "password": job.password,
            "escaped-password": re.sub(r'(["\\])', r"\\\1", job.password),
            "hex-password": "".join(f"\\x{octet:02x}" for octet in job.password.encode()),
            "url-user": quote(job.user, safe=""),
            "url-password": quote(job.password, safe=""),
            "token": job.token,
            "timeout": f"{max(1, round(job.timeout))}",
            "url": f"{scheme}://{job.host}:{job.port}",
            "ca": job.ca_file,
            "cert": job.cert_file,
            "key": job.key_file,
            "out": str(self.out),
            "home": str(self.home),
            "tls": driver.tls[job.tls],
            "auth": driver.auth[job.auth],
            **paths,
        }

    def _write(self, name: str, text: str, mode: int = 0o600) -> None:
        path = self._files / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            file.write(text)

    def command(self, words: Sequence[str]) -> list[str]:
        """The command line."""
        command = [fill_in(word, self._values) for word in words]
        if self._job.file_limit is None:
            return command
        return [*_LIMITED, f"{self._job.file_limit // 512}", *command]

    @property
    def environment(self) -> Mapping[str, str]:
        """Nothing of the user's, and all that a program may write is in HOME."""
        home = str(self.home)
        variables = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "TMPDIR": os.path.join(home, "tmp"),
            "XDG_CONFIG_HOME": f"{home}/.config",
            "XDG_CACHE_HOME": f"{home}/.cache",
            "XDG_DATA_HOME": f"{home}/.local/share",
            "XDG_STATE_HOME": f"{home}/.local/state",
        }
        return variables | ({"SSL_CERT_FILE": self._job.ca_file} if self._job.ca_file else {})

    def output(self) -> str:
        """What the run has printed: of each stream the last of it, without the random path."""
        texts = []
        for name in self._told:
            with (self.folder / name).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _MOST_OUTPUT))
                texts.append(file.read(_MOST_OUTPUT).decode("utf-8", "replace"))
        return "".join(texts).replace(str(self.folder), "")

    def printed(self) -> int:
        """Octets that the run has printed until now, mail apart."""
        return self._size_of(self._told)

    def is_flooded(self) -> bool:
        """Whether the run has printed more than anybody reads."""
        return self.printed() > _MOST_PRINTED or self._size_of(_STREAMS) > MOST_READ

    def _size_of(self, streams: Iterable[str]) -> int:
        return sum((self.folder / name).stat().st_size for name in streams)

    def strangers(self) -> list[str]:
        """Files beside those of the case."""
        return [str(path) for path in self.folder.iterdir() if path.name not in _OURS]


class _Process:
    """A program that was started, and what it has taken."""

    def __init__(self, command: Sequence[str], place: _Place) -> None:
        self._began = time.monotonic()
        self.status = 0
        self.seconds = self.cpu = 0.0
        self.rss = 0
        self._place = place
        with (
            (place.folder / "stdout").open("wb") as stdout,
            (place.folder / "stderr").open("wb") as stderr,
        ):
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the client is the user's own
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    cwd=place.home,
                    env=place.environment,
                    start_new_session=True,
                )
            except OSError as error:
                told = (
                    f"{command[0]} can't be started: {error.strerror}: give a program on the PATH"
                )
                raise ConfigError(told) from error

    def wait(self, patience: Patience) -> bool:
        """Wait for its end, and say whether it came in time; kill what is left in any case.

        What it has started may still store what it was given: whether that is done must not hang on
        who is quicker.
        """
        ended = self._reap(os.WNOHANG)
        while not (ended or patience.is_over() or self._place.is_flooded()):
            self._note_memory()
            time.sleep(_STEP)
            ended = self._reap(os.WNOHANG)
        self.seconds = time.monotonic() - self._began
        ends = time.monotonic() + _TO_FINISH
        while ended and self._has_left_some() and time.monotonic() < ends:
            time.sleep(_STEP)
        self._kill_all()
        if not ended:
            self._reap(0)
        return ended

    def _reap(self, options: int) -> bool:
        """Take note of how it ended, if it has."""
        pid, status, used = os.wait4(self._process.pid, options)
        if pid == 0:
            return False
        self.status = self._process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu = used.ru_utime + used.ru_stime
        inherited = used.ru_maxrss <= _own_peak()
        self.rss = max(self.rss, 0 if inherited else used.ru_maxrss * _RSS_UNIT)
        return True

    def _note_memory(self) -> None:
        """The most that it has had until now, where a system tells."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text("ascii", "replace")
        except OSError:
            return
        if peak := _PEAK.search(status):
            self.rss = int(peak[1]) * 1024

    def _has_left_some(self) -> bool:
        """Whether anything that it has started goes on."""
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _kill_all(self) -> None:
        """The program, and all that it has started and left behind."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # nobody is left


def version_of(driver: Driver) -> str:
    """The version that the program tells; empty if it does not."""
    command, pattern = driver.version
    if not command:
        return ""
    try:
        told = subprocess.run(  # noqa: S603 - the client is the user's own
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(pattern, told.stdout + told.stderr)
    return found[1] if found else ""


def _own_peak() -> int:
    """Return the most memory that this process had: a child begins with that as its own peak."""
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
