"""Attaching strace to a running server: to list its calls, or to disturb one of them."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_CALL = re.compile(r"(\d+) +([a-z_0-9]+)\(")
_ANSWER = re.compile(r'send\w*\(.*"(\+OK|-ERR)')
_NO_FILE_CALLS = ("mmap",)  # that is about memory, although files can be mapped
_BY_CHANCE = ("epoll_wait", "futex")  # how often a thread waits differs from run to run
_KILL = "signal=KILL"
_MOMENT = 5  # seconds: much more than is needed to obey a command


class Point(NamedTuple):
    """The nth call of this name that a thread makes once strace is attached."""

    call: str
    nth: int


@dataclass(frozen=True)
class Disturbance:
    """What happens instead of a call: the process is killed, or the call fails.

    how: `signal=KILL` or `error=NAME`. on: at all calls of the name from there on, too.
    file: calls count only if they name it.
    """

    point: Point
    how: str
    on: bool = False
    file: str | None = None

    @property
    def kills(self) -> bool:
        return self.how == _KILL

    @property
    def options(self) -> list[str]:
        call, nth = self.point
        rule = f"inject={call}:{self.how}:when={nth}{'+' if self.on else ''}"
        return ["-e", f"trace={call}", "-e", rule, *(("-P", self.file) if self.file else ())]

    def __str__(self) -> str:
        return f"{self.how} at {self.point.call} {self.point.nth}{' and later' if self.on else ''}"


class Log(NamedTuple):
    """What strace writes; it is complete only when strace is gone."""

    path: Path

    @property
    def lines(self) -> list[str]:
        return self.path.read_text("latin-1").splitlines()

    @property
    def disturbed(self) -> bool:
        return any("(INJECTED)" in line or "killed by SIGKILL" in line for line in self.lines)


@contextmanager
def attached(process: int, log: Path, disturbance: Disturbance | None = None) -> Iterator[Log]:
    """strace at the process until the block ends; where it kills, until the process is dead."""
    options = disturbance.options if disturbance else []
    command = ["strace", "-f", "-y", "-o", str(log), "-p", str(process), *options]
    with _started(command) as tracer:
        try:
            _wait_until_attached(tracer)
            yield Log(log)
            if disturbance and disturbance.kills:
                _wait(tracer)
        finally:
            tracer.terminate()


def _started(command: list[str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        raise AssertionError("strace is not installed: the crash tests need it") from None


def _wait_until_attached(tracer: subprocess.Popen[str]) -> None:
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    assert "attached" in said, (
        "strace can't attach to the server, so nothing could be tested: ptrace has to be allowed"
        f" here (in a container: --cap-add=SYS_PTRACE). strace said: {said.strip()!r}"
    )


def _wait(tracer: subprocess.Popen[str]) -> None:
    try:
        tracer.wait(_MOMENT)
    except subprocess.TimeoutExpired:
        pass  # the call never came; the log says so


@dataclass
class Traced:
    """What a server did from a command's arrival to its answer, and how it went on."""

    on_files: list[Point] = field(default_factory=list)
    answer: Point | None = None
    after: Point | None = None  # the first that no thread has reached before, if there is one


def traced(log: Log, command: str, path: Path) -> Traced:
    """path: calls count as calls on files if they name it or something below it."""
    result = Traced()
    counts: Counter[tuple[str, str]] = Counter()
    passed: set[Point] = set()
    began = False
    for line in log.lines:
        began = began or f'"{command}' in line
        if not (match := _CALL.match(line)):
            continue
        thread, call = match.groups()
        counts[thread, call] += 1
        point = Point(call, counts[thread, call])
        if result.answer and point not in passed and call not in _BY_CHANCE:
            result.after = point
            return result
        passed.add(point)
        if began and _ANSWER.search(line):
            result.answer = point
        elif began and not result.answer and str(path) in line and call not in _NO_FILE_CALLS:
            result.on_files.append(point)
    assert result.answer, f"strace did not see how {command} was answered"
    return result
