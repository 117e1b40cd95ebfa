"""A client that is a function of Python: it runs in a thread, and is judged by what it yields."""

import errno
import os
import re
import threading
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace

from pop3lab.cases.evidence import Delivered, RunSeen
from pop3lab.clients.job import Job, Patience

ClientFunction = Callable[[Job], Iterable[bytes]]

_STEP = 0.02  # seconds between two looks at a client that goes on
_TO_LEAVE = 1.0  # seconds that a client has whose connections were reset
_CODE = re.compile(r"\[([A-Z][A-Z0-9/-]*)\]")  # RFC 2449 section 8


class FunctionClient:
    """Drives a function, which yields each message before it deletes it, and raises if it fails.

    A function that can't do a job raises NotImplementedError. None can be killed.
    """

    kind = "library"
    treatments = ()

    def __init__(self, function: ClientFunction) -> None:
        self._function = function
        self.name = getattr(function, "__name__", type(function).__name__)

    def run(self, job: Job, patience: Patience, give_up: Callable[[], None]) -> RunSeen:
        """Do the job in a thread, which may have to be left behind."""
        if job.killed:
            return RunSeen(success=False, applicable=False)
        run = _ThreadRun(self._function, job)
        began = time.monotonic()
        run.start()
        quiet_cpu: float | None = None
        while run.is_alive() and not patience.is_over():
            run.join(_STEP)
            quiet_cpu = None if not patience.is_quiet() else quiet_cpu or run.cpu()
        seconds, cpu = time.monotonic() - began, run.cpu()
        cpu_after = 0.0 if quiet_cpu is None else cpu - quiet_cpu
        if not run.is_alive():
            return replace(run.seen(), seconds=seconds, cpu_after=cpu_after)
        give_up()
        run.join(_TO_LEAVE)
        return replace(
            run.seen(),
            success=False,
            ended=patience.ended,
            exit="",
            seconds=seconds,
            cpu=cpu,
            cpu_after=cpu_after,
        )


class _ThreadRun(threading.Thread):
    """One run: what it has yielded, and how it ended."""

    def __init__(self, function: ClientFunction, job: Job) -> None:
        super().__init__(name="pop3lab client", daemon=True)
        self._function = function
        self._job = job
        self._yielded: list[bytes] = []
        self._success = True
        self._exit = ""
        self._applicable = True
        self._cpu = 0.0

    def run(self) -> None:
        """Take what the function yields.

        An error is not kept: it would keep the frames of the function, and with them its sockets.
        """
        try:
            self._take(self._function(self._job))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the run has failed
            self._success = False
            self._exit = _exit_of(error)
            self._applicable = not isinstance(error, NotImplementedError)
        self._cpu = time.thread_time()

    def _take(self, messages: Iterable[bytes]) -> None:
        """Store each message; one that is too large fails in the function, where it is yielded."""
        limit = 0 if self._job.store_fails else self._job.file_limit
        if limit is None:
            for each in messages:
                time.sleep(self._job.store_delay)
                self._yielded.append(bytes(each))
            return
        if not isinstance(messages, Generator):
            raise NotImplementedError
        message = next(messages, None)
        while message is not None:
            if len(message) > limit:
                message = messages.throw(OSError(errno.EFBIG, os.strerror(errno.EFBIG)))
            else:
                self._yielded.append(bytes(message))
                message = next(messages, None)

    def cpu(self) -> float:
        """Seconds of the processor until now; 0 where a system can't tell that of a thread."""
        if not self.is_alive() or self.ident is None:
            return self._cpu
        if not hasattr(time, "pthread_getcpuclockid"):
            return 0.0
        return time.clock_gettime(time.pthread_getcpuclockid(self.ident))

    def seen(self) -> RunSeen:
        """What has come of it until now."""
        return RunSeen(
            success=self._success,
            exit=self._exit,
            delivered=[
                Delivered(f"{place:04}", octets) for place, octets in enumerate(self._yielded, 1)
            ],
            cpu=self._cpu,
            applicable=self._applicable,
        )


def _exit_of(error: BaseException) -> str:
    """The kind of an exception, and the response code in it, by which a caller can tell it."""
    code = _CODE.search(str(error))
    return type(error).__name__ + (f" [{code[1]}]" if code else "")
