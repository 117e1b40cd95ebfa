"""A session in another process, which is then killed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pop3lab.core.errors import MaildropBusy

_PROGRAM = """
import sys
from pop3lab.stores.factory import create_store
maildrop = create_store(sys.argv[1]).open("ann")
print("open", flush=True)
sys.stdin.read()
"""


def busy_until_killed(target: Path, open_here: Callable[[], object]) -> None:
    """While the other has it open, it can't be opened here."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, target], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(MaildropBusy, match="another session"):
            open_here()
        other.kill()
        other.wait()
