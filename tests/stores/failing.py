"""Makes the n-th call of the operating system fail, or be the last."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

CALLS = [
    "open",
    "close",
    "read",
    "pread",
    "pwrite",
    "write",
    "fsync",
    "fstat",
    "stat",
    "listdir",
    "rename",
    "unlink",
    "link",
    "mkdir",
    "fchmod",
    "fchown",
    "ftruncate",
    "getxattr",
    "setxattr",
    "removexattr",
    "utime",
]


class Killed(BaseException):
    """The process would be no more."""


class Counted:
    """Counts calls; from number `at` on, or only then, they raise the error.

    names: of the calls, as they came: whoever sweeps over them must see that those it is about did.
    """

    def __init__(self, at: int, error: Callable[[], BaseException], *, on: bool) -> None:
        self.calls = 0
        self.names: Counter[str] = Counter()
        self._at = at
        self._error = error
        self._on = on

    def __call__(self, name: str) -> None:
        self.calls += 1
        self.names[name] += 1
        if self.calls == self._at or (self._on and self.calls > self._at):
            raise self._error()


@contextmanager
def failing(
    at: int, error: Callable[[], BaseException] = Killed, *, on: bool = True, torn: bool = False
) -> Iterator[Counted]:
    """Within it, calls fail from the at-th on; or only that one.

    torn: if the at-th is a write, half of it is done.

    Descriptors that were opened here, and can't be closed any more, are closed at the end, as those
    of a process that is killed.
    """
    counted = Counted(at, error, on=on)
    opened: dict[int, os.stat_result] = {}

    def replaced(name: str) -> Callable[..., object]:
        call: Callable[..., object] = getattr(os, name)

        def counting(*arguments: object, **named: object) -> object:
            if call is not really_close:
                _half(torn and counted.calls + 1 == at, name, call, *arguments)
                counted(name)
            result = call(*arguments, **named)
            if call is really_close:
                counted(name)  # a descriptor is gone, even if closing it fails
            if isinstance(result, int) and call is really_open:
                opened[result] = really_fstat(result)
            return result

        return counting

    really_open: Callable[..., object] = os.open
    really_close: Callable[..., object] = os.close
    really_fstat = os.fstat
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, replaced(name))
        try:
            yield counted
        except Killed:
            patch.undo()
            _close(opened)
            raise


def _half(now: bool, name: str, call: Callable[..., object], *arguments: object) -> None:
    if now and name in {"write", "pwrite"}:
        descriptor, octets, *where = arguments
        assert isinstance(octets, bytes)
        call(descriptor, octets[: len(octets) // 2], *where)


def _close(opened: dict[int, os.stat_result]) -> None:
    for descriptor, status in opened.items():
        with suppress(OSError):
            if os.path.samestat(status, os.fstat(descriptor)):
                os.close(descriptor)
