"""Running a client as a user does, but in a home of its own."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

SECONDS = 20

MDA = Path(__file__).parent / "store.sh"  # sh store.sh FOLDER: stores one message


def run(command: Sequence[str], home: Path) -> str:
    """The client's stdout. No configuration of the person who runs the tests plays a part."""
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C"}
    result = subprocess.run(
        command, env=environment, cwd=home, capture_output=True, timeout=SECONDS, check=False
    )
    assert result.returncode == 0, (result.stdout + result.stderr).decode(errors="replace")
    return result.stdout.decode()


def configuration(path: Path, text: str) -> Path:
    """A file that only its owner may read: it holds a password, and clients insist."""
    path.write_text(text)
    path.chmod(0o600)
    return path
