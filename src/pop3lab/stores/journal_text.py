"""What a journal of a deletion looks like, and what it may say.

Its first line is the SHA-256 of the rest, JSON: a list of files, or an object with the files and
the way into the trash. Anybody who may write to the folder may have written it: it is taken at its
word only if each of its words could be ours.
"""

import json
import os
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from pop3lab.stores.place import Place
from pop3lab.stores.regular import Regular

OCTETS = 134_217_728  # of a journal, at most: about a million files


class JournalDamaged(Exception):
    """It is none of ours, or no longer. The text goes on behind its name."""


class Task(NamedTuple):
    """What a journal says: files that are to go, for good or into the trash."""

    files: Collection[Regular]
    trash: Sequence[str] = ()  # the way to it from the root


def written(task: Task) -> bytes:
    """The journal. Raises ValueError if it is too long."""
    files = list(task.files)
    text = json.dumps({"trash": task.trash, "files": files} if task.trash else files)
    octets = sha256(text.encode("ascii")).hexdigest().encode("ascii") + b"\n" + text.encode("ascii")
    if len(octets) > OCTETS:
        raise ValueError("these are too many messages to delete at once")
    return octets


def read(journal: bytes, place: Place) -> Task:
    """What it says. Raises JournalDamaged."""
    digest, _, text = journal.partition(b"\n")
    if sha256(text).hexdigest().encode("ascii") != digest:
        raise JournalDamaged("is not as it was written")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise JournalDamaged("is none of ours") from error
    if not isinstance(content, dict):
        return Task(_files(content, place))
    if content.get("trash") != list(place.trash):
        raise JournalDamaged("names another trash")
    return Task(_files(content.get("files"), place), place.trash)


def _files(rows: Any, place: Place) -> list[Regular]:
    if not isinstance(rows, list):
        raise JournalDamaged("is none of ours")
    return [_file(row, place) for row in rows]


def _file(row: Any, place: Place) -> Regular:
    """A ctime does not count: it changes when another name of the file is removed."""
    if not isinstance(row, list) or len(row) not in (4, 5) or not isinstance(row[0], str):
        raise JournalDamaged("has a row that is no file")
    name, *numbers = row
    if not all(type(number) is int for number in numbers):
        raise JournalDamaged("has a row that is no file")
    if place.where(name) is None or not _could_be_listed(name):
        raise JournalDamaged("names what is no message here")
    return Regular(name, *numbers).but_for_ctime()


def _could_be_listed(name: str) -> bool:
    """Whether a file system can have it: other surrogates than those of fsdecode it can't."""
    try:
        return os.fsdecode(os.fsencode(name)) == name
    except ValueError:
        return False
