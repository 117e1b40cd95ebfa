"""The process of a run, and all that it starts."""

import os
import resource
import signal
import sys
from types import FrameType


def prepare_process() -> None:
    """For all that is started from here: one core, as many files as allowed, bytecode kept."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each start would compile all imports
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, _leave)


def _leave(signal_number: int, _: FrameType | None) -> None:
    """As an exception, so that all that was started is ended."""
    sys.exit(128 + signal_number)
