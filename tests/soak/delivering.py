"""Delivers mail into an mbox file: `python -m tests.soak.delivering STYLE FILE COUNT`.

Each style is a way in which programs of Debian open, lock and append.
"""

import fcntl
import mailbox
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random

_PAUSE = 0.003  # seconds between two looks at a lock
_BETWEEN = 0.3  # seconds at most between two deliveries: a session takes about as long


def _text(style: str, number: int) -> bytes:
    """A message; its subject tells it from all others."""
    lines = b"I must not send lines.\n" * (number * 37 % 180)
    return b"Subject: %s-%d\n\n%s" % (style.encode(), number, lines)


def _whole(style: str, number: int) -> bytes:
    return b"From ben@host Thu Jan  1 00:00:00 1970\n" + _text(style, number) + b"\n"


@contextmanager
def _dotlock(path: str) -> Iterator[None]:
    while True:
        try:
            os.close(os.open(f"{path}.lock", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            break
        except FileExistsError:
            time.sleep(_PAUSE)
    try:
        yield
    finally:
        os.unlink(f"{path}.lock")


def _polled(descriptor: int) -> None:
    while True:
        with suppress(BlockingIOError):
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_PAUSE)


def python_kept_open(path: str) -> Callable[[bytes], None]:
    box = mailbox.mbox(path)

    def deliver(text: bytes) -> None:
        _locked(box)
        box.add(text)
        box.flush()
        box.unlock()

    return deliver


def python(path: str) -> Callable[[bytes], None]:
    def deliver(text: bytes) -> None:
        box = mailbox.mbox(path)
        _locked(box)
        box.add(text)
        box.close()

    return deliver


def _locked(box: mailbox.mbox) -> None:
    while True:
        try:
            return box.lock()
        except mailbox.ExternalClashError:
            time.sleep(_PAUSE)


def fcntl_polled(path: str) -> Callable[[bytes], None]:
    def deliver(text: bytes) -> None:
        with open(path, "ab") as file:
            _polled(file.fileno())
            file.write(text)

    return deliver


def fcntl_waited_for_kept_open(path: str) -> Callable[[bytes], None]:
    """Without O_APPEND, and in two writes."""
    descriptor = os.open(path, os.O_RDWR)

    def deliver(text: bytes) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_EX)
        os.lseek(descriptor, 0, os.SEEK_END)
        os.write(descriptor, text[:20])
        os.write(descriptor, text[20:])
        fcntl.lockf(descriptor, fcntl.LOCK_UN)

    return deliver


def dotlock_kept_open(path: str) -> Callable[[bytes], None]:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)

    def deliver(text: bytes) -> None:
        with _dotlock(path):
            os.write(descriptor, text)

    return deliver


def dotlock_then_fcntl(path: str) -> Callable[[bytes], None]:
    """As Exim and Postfix do: neither is waited for while the other is held."""

    def deliver(text: bytes) -> None:
        while True:
            with _dotlock(path), open(path, "ab") as file, suppress(BlockingIOError):
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.write(text)
                return
            time.sleep(_PAUSE)

    return deliver


def flock(path: str) -> Callable[[bytes], None]:
    """Waits for the ends of sessions."""

    def deliver(text: bytes) -> None:
        with open(path, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(text)

    return deliver


def dotlockfile(path: str) -> Callable[[bytes], None]:
    """Debian's liblockfile."""

    def deliver(text: bytes) -> None:
        command = ["dotlockfile", "-l", "-r", "100", f"{path}.lock"]
        subprocess.run(command, check=True)
        with open(path, "ab") as file:
            file.write(text)
        subprocess.run(["dotlockfile", "-u", f"{path}.lock"], check=True)

    return deliver


def procmail(path: str) -> Callable[[bytes], None]:
    """It takes a dotlock, and fcntl."""

    def deliver(text: bytes) -> None:
        settings = [f"DEFAULT={path}", "LOCKSLEEP=1", "LOGFILE=/dev/null", "/dev/null"]
        subprocess.run(["procmail", "-m", *settings], input=text, check=True)

    return deliver


_IN_PYTHON = (python_kept_open, python)
_IN_PROGRAMS = (dotlockfile, procmail)
STYLES = {
    way.__name__: way
    for way in (
        *_IN_PYTHON,
        fcntl_polled,
        fcntl_waited_for_kept_open,
        dotlock_kept_open,
        dotlock_then_fcntl,
        flock,
        *_IN_PROGRAMS,
    )
}
# Those that exclude each other: what the others do to each other is no server's fault.
TOGETHER = {
    "fcntl": ("python_kept_open", "python", "fcntl_polled", "fcntl_waited_for_kept_open"),
    "dotlock": ("python", "dotlock_kept_open", "dotlock_then_fcntl", "dotlockfile", "procmail"),
    "flock": ("flock",),
}


def main(style: str, path: str, count: str) -> None:
    """Returns when all has been delivered."""
    way = STYLES[style]
    deliver = way(path)
    random = Random(style)
    for number in range(int(count)):
        deliver((_text if way in _IN_PYTHON else _whole)(style, number))
        time.sleep(random.random() * _BETWEEN)


if __name__ == "__main__":
    main(*sys.argv[1:])
