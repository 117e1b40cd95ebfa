"""`pop3lab transcript FILE`: prints a transcript as text, a page, or JSON lines."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from pop3lab.cli.words import read_words
from pop3lab.config.option import Option
from pop3lab.config.types import FLAG
from pop3lab.core.errors import ConfigError
from pop3lab.files.reading import MAX_LIST_FILE, read_whole
from pop3lab.observe.transcript import print_lines
from pop3lab.observe.transcript_file import coloured, wants_colours
from pop3lab.observe.transcript_formats import html_page, parse_either, print_json

_CLEAN = 0

OPTIONS = (
    Option("options", FLAG, "print a self-contained page", name="html", default=False),
    Option("options", FLAG, "print an object per line", name="json", default=False),
)


def run(command: str, words: Sequence[str]) -> int:
    """Print it on stdout, as text in colour if that is a terminal. Raises ConfigError, OSError."""
    found, operands = read_words(OPTIONS, words)
    if len(operands) != 1:
        raise ConfigError("transcript needs one FILE, a transcript")
    if found["html"] and found["json"]:
        raise ConfigError("--html and --json exclude each other: give one of them")
    lines = read_transcript(operands[0], partial(parse_either, folded=True))
    if found["html"]:
        text = html_page(lines, os.path.basename(operands[0]))
    elif found["json"]:
        text = print_json(lines)
    else:
        text = print_lines(lines)
        text = coloured(text) if wants_colours(sys.stdout) else text
    sys.stdout.write(text)
    sys.stdout.flush()
    return _CLEAN


_Parsed = TypeVar("_Parsed")


def read_transcript(path: str, parse: Callable[[str], _Parsed]) -> _Parsed:
    """Read a transcript and parse it. Raises ConfigError with the name of the file."""
    try:
        text = read_whole(path, MAX_LIST_FILE).decode("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not a transcript: it is not UTF-8") from None
    try:
        return parse(text)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
