"""What may stand where a file is to be read or written, and is none."""

import os
import socket
from collections.abc import Callable
from pathlib import Path


def link(path: Path) -> None:
    target = path.parent / "elsewhere"
    target.write_text("mine\n")
    path.symlink_to(target)


def dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def device(path: Path) -> None:
    path.symlink_to("/dev/full")


Plant = Callable[[Path], None]
LINKS: dict[str, tuple[Plant, str]] = {
    "link": (link, "it is a link"),
    "dangling link": (dangling, "it is a link"),
    "link to a device": (device, "it is a link"),
}
ALL: dict[str, tuple[Plant, str]] = {
    **LINKS,
    "pipe": (os.mkfifo, "it is a pipe"),
    "folder": (lambda path: path.mkdir(), "it is a folder"),
    "socket": (bound, "it is a socket"),
}
