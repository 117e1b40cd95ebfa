"""Folders that somebody may take for one of messages, and what each is."""

import os
from collections.abc import Callable
from pathlib import Path

from pop3lab.stores.look_alikes import Likeness

MBOX = b"From a@b Thu Jan  1 00:00:00 1970\nSubject: 1\n\none\n\n"


def _maildir(path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (path / name).mkdir(parents=True)
    (path / "cur" / "1.1.host:2,S").write_bytes(b"Subject: 1\n\n")
    (path / "dovecot-uidlist").touch()


def _half_made_maildir(path: Path) -> None:
    (path / "new").mkdir(parents=True)


def _folders(path: Path) -> None:
    for name in ("b", "a"):
        (path / name).mkdir(parents=True)


def _maildirs_within(path: Path) -> None:
    (path / ".config").mkdir(parents=True)
    _maildir(path / ".Sent")


def _hidden(path: Path) -> None:
    path.mkdir()
    (path / ".a").write_bytes(b"")
    (path / ".b").write_bytes(b"Subject: 1\n\n")


def _links(path: Path) -> None:
    path.mkdir()
    (path / "1").symlink_to("/etc/hostname")


def _mbox(path: Path) -> None:
    path.mkdir()
    (path / "inbox").write_bytes(MBOX * 2)


def _mboxes(path: Path) -> None:
    _mbox(path)
    (path / "empty").touch()
    (path / "sent").write_bytes(MBOX * 3)


Make = Callable[[Path], None]

MISTAKEN: list[tuple[Make, Likeness, str]] = [
    (_maildir, Likeness.MAILDIR, ""),
    (_half_made_maildir, Likeness.MAILDIR, ""),
    (_folders, Likeness.FOLDERS, "a"),
    (_maildirs_within, Likeness.FOLDERS, ".Sent"),
    (_hidden, Likeness.HIDDEN, ".b"),
    (_links, Likeness.LINKS, "1"),
    (_mbox, Likeness.MBOX, "inbox"),
    (_mboxes, Likeness.MBOX, "inbox"),
]


def _empty(path: Path) -> None:
    path.mkdir()


def _kept_by_git(path: Path) -> None:
    path.mkdir()
    (path / ".gitkeep").touch()
    (path / ".gitignore").write_bytes(b"*\n")


def _mh(path: Path) -> None:
    path.mkdir()
    (path / ".mh_sequences").write_bytes(b"cur: 1\n")


def _mh_with_mail(path: Path) -> None:
    _mh(path)
    (path / "1").write_bytes(b"Subject: 1\r\n\r\n")
    (path / "drafts").mkdir()


def _mbox_of_one(path: Path) -> None:
    path.mkdir()
    (path / "1").write_bytes(MBOX.replace(b"\n", b"\r\n"))


def _message_and_folders(path: Path) -> None:
    _folders(path)
    text = b"Subject: 1\n\nFrom here\n\nFrom there\n"
    (path / "1.eml").write_bytes(text.replace(b"\n", b"\r\n"))


def _trash(path: Path) -> None:
    (path / ".pop3lab-trash").mkdir(parents=True)
    os.mkfifo(path / ".pipe")


EMPTY: list[Make] = [_empty, _kept_by_git, _mh, _trash]

RIGHT: list[Make] = [
    _mh_with_mail,
    _mbox_of_one,
    _message_and_folders,
]
