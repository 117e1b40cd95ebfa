"""Running a client until it ends, or must be ended."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pop3lab import Pop3Server

TOO_LONG = 3  # times its own limit: then a client is killed


class Ran(NamedTuple):
    """What a client did, as its user sees it.

    code: its exit status; None: it had to be killed. output: what it said, on stdout and stderr.
    stored: texts of the messages that it delivered, lines ended by LF, in the order of their files.
    """

    code: int | None
    output: str
    stored: list[bytes]


def run(server: Pop3Server, home: Path, command: Sequence[str], limit: int) -> Ran:
    """In a home of its own. What it has stored is in the folder out."""
    out, said = home / "out", home / "said"
    out.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C"}
    environment["SSL_CERT_FILE"] = server.ca_file
    with said.open("wb") as file:  # no pipe: what a killed client has started may hold it
        process = subprocess.Popen(command, env=environment, cwd=home, stdout=file, stderr=file)
        code = _ended(process, TOO_LONG * limit)
    return Ran(code, said.read_text("utf-8", "backslashreplace"), _stored(out))


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def _stored(folder: Path) -> list[bytes]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [path.read_bytes().replace(b"\r\n", b"\n") for path in files]
