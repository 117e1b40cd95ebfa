"""Makes the n-th call of the operating system fail, or be the last."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

CALLS = [
    "open",
    "close",
    "read",
    "pread",
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
]


class Killed(BaseException):
    """The process would be no more."""


class Counted:
    """Counts calls; from number `at` on, or only then, they raise the error."""

    def __init__(self, at: int, error: Callable[[], BaseException], *, on: bool) -> None:
        self.calls = 0
        self._at = at
        self._error = error
        self._on = on

    def __call__(self) -> None:
        self.calls += 1
        if self.calls == self._at or (self._on and self.calls > self._at):
            raise self._error()


@contextmanager
def failing(
    at: int, error: Callable[[], BaseException] = Killed, *, on: bool = True
) -> Iterator[Counted]:
    """Within it, calls fail from the at-th on; or only that one.

    Descriptors that were opened here, and can't be closed any more, are closed at the end, as those
    of a process that is killed.
    """
    counted = Counted(at, error, on=on)
    opened: dict[int, os.stat_result] = {}

    def replaced(call: Callable[..., object]) -> Callable[..., object]:
        def counting(*arguments: object, **named: object) -> object:
            if call is not really_close:
                counted()
            result = call(*arguments, **named)
            if call is really_close:
                counted()  # a descriptor is gone, even if closing it fails
            if isinstance(result, int) and call is really_open:
                opened[result] = really_fstat(result)
            return result

        return counting

    really_open: Callable[..., object] = os.open
    really_close: Callable[..., object] = os.close
    really_fstat = os.fstat
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, replaced(getattr(os, name)))
        try:
            yield counted
        except Killed:
            patch.undo()
            _close(opened)
            raise


def _close(opened: dict[int, os.stat_result]) -> None:
    for descriptor, status in opened.items():
        with suppress(OSError):
            if os.path.samestat(status, os.fstat(descriptor)):
                os.close(descriptor)
