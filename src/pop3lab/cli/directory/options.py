"""What the command line asks for.

Nothing heavy is imported here, argparse neither: the port line is waiting for it.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO

KEYWORDS = {
    "minimal": "no APOP, TOP and UIDL",
    "apoponly": "USER is refused: only APOP logs in",
    "autodelete": "what was retrieved whole is deleted at QUIT",
    "noextra": "no CRLF before the final dot of a message that ends in CRLF",
    "standardport": "listen on port 110",
}

LEAST_IDLE = 0.05  # seconds, as in pop3lab.core.config, which would take a while to import

_STDERR = 2


class UsageError(Exception):
    """The command line can't be obeyed. The text is one line that says what to change."""


class DirectorySettings:
    """A command line that can be obeyed. Raises UsageError."""

    def __init__(self, words: list[str]) -> None:
        self.transcript: TextIO | None = None  # open for writing
        self._transcript_path = ""
        self.idle = 600.0  # seconds
        self.hint = False
        self.events = 0  # the descriptor that they are written to, if any
        self.control = False
        self.exit_on_stdin_eof = False
        self.max_lifetime = 0.0  # seconds, if it has an end
        self.whens: list[tuple[str, str]] = []  # rules: when and what
        self.seed: int | None = None  # of chance
        self.profile = ""
        self.utf8 = False
        operands = self._take_options(words)
        if not operands:
            raise UsageError("which folder? usage: pop3lab DIR [keyword ...] [option ...]")
        self.folder, *self.keywords = operands
        _check_folder(self.folder)
        if "apoponly" in self.keywords and "minimal" in self.keywords:
            raise UsageError("apoponly and minimal exclude each other: minimal has no APOP")
        if self.utf8 and self.profile in ("", "mail-box"):
            raise UsageError("--utf8 needs --profile NAME: Mail::Box's test server has no UTF8")
        if not self.plain:
            self._check_rules()

    @property
    def plain(self) -> bool:
        """Whether no rules are asked for, besides what the keywords mean."""
        return not self.whens and not self.profile and KEYWORDS.keys() >= set(self.keywords)

    def open_transcript(self) -> None:
        """Only once all else is well, as what is there will be gone. Raises UsageError."""
        if self._transcript_path:
            self.transcript = _open(self._transcript_path)

    def _check_rules(self) -> None:
        from pop3lab.cli.directory.rules import rules  # heavy, and rarely needed

        rules(self)

    def _take_options(self, words: list[str]) -> list[str]:
        operands = []
        rest = iter(words)
        for word in rest:
            if word.startswith("--"):
                self._take_option(word, rest)
            else:
                operands.append(word)
        return operands

    def _take_option(self, word: str, rest: "Iterator[str]") -> None:
        option, equals, value = word.partition("=")
        if option not in _OPTIONS:
            raise UsageError(f"unknown option {option!r}, {_nearest(option, _OPTIONS)}")
        least, most, take = _OPTIONS[option]
        values = [value] if equals else []
        if len(values) > most:
            raise UsageError(f"{option} takes no value")
        while len(values) < least:
            values.append(next(rest, ""))
        take(self, *values)

    def _take_transcript(self, value: str) -> None:
        if not value:
            raise UsageError("--transcript needs a file")
        self._transcript_path = value

    def _take_idle(self, value: str) -> None:
        self.idle = _seconds("--idle", value)
        if self.idle < LEAST_IDLE:
            raise UsageError(f"--idle needs {LEAST_IDLE} seconds at least")

    def _take_hint(self) -> None:
        self.hint = True

    def _take_events(self, value: str = str(_STDERR)) -> None:
        self.events = _descriptor(value)

    def _take_control(self) -> None:
        self.control = True

    def _take_exit_on_stdin_eof(self) -> None:
        self.exit_on_stdin_eof = True

    def _take_max_lifetime(self, value: str) -> None:
        self.max_lifetime = _seconds("--max-lifetime", value)

    def _take_when(self, when: str, what: str) -> None:
        if not what:
            raise UsageError("--when needs two values: --when WHEN WHAT")
        self.whens.append((when, what))

    def _take_profile(self, value: str) -> None:
        if not value:
            raise UsageError("--profile needs a name")
        self.profile = value

    def _take_utf8(self) -> None:
        self.utf8 = True

    def _take_seed(self, value: str) -> None:
        if not value.isdecimal():
            raise UsageError("--seed needs a whole number")
        self.seed = int(value)


# The least and most values that an option takes; those beyond the least only behind a `=`.
_OPTIONS: "dict[str, tuple[int, int, Callable[..., None]]]" = {
    "--transcript": (1, 1, DirectorySettings._take_transcript),
    "--idle": (1, 1, DirectorySettings._take_idle),
    "--hint": (0, 0, DirectorySettings._take_hint),
    "--events": (0, 1, DirectorySettings._take_events),
    "--control": (0, 0, DirectorySettings._take_control),
    "--exit-on-stdin-eof": (0, 0, DirectorySettings._take_exit_on_stdin_eof),
    "--max-lifetime": (1, 1, DirectorySettings._take_max_lifetime),
    "--when": (2, 2, DirectorySettings._take_when),
    "--profile": (1, 1, DirectorySettings._take_profile),
    "--utf8": (0, 0, DirectorySettings._take_utf8),
    "--seed": (1, 1, DirectorySettings._take_seed),
}


def _seconds(option: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < 1e9:
        raise UsageError(f"{option} needs a number of seconds above 0")
    return seconds


def _descriptor(value: str) -> int:
    if not value.isdecimal() or int(value) < _STDERR:
        raise UsageError(
            f"--events={value}: give a descriptor that is open for writing, from 2 on;"
            " 1 is for the port and the statistics"
        )
    try:
        os.write(int(value), b"")
    except (OSError, OverflowError):
        raise UsageError(f"--events={value}: descriptor {value} is not open for writing") from None
    return int(value)


def _open(path: str) -> "TextIO":
    from pop3lab.files.streams import OutputStream  # rarely needed

    try:
        stream = OutputStream(path)  # a pipe that nobody reads must not keep the port line waiting
        stream.empty()
        return stream
    except OSError as error:
        raise UsageError(f"cannot write the transcript to {path!r}: {error.strerror}") from None


def _check_folder(folder: str) -> None:
    if not os.path.exists(folder):
        raise UsageError(f"{folder!r} does not exist: give a folder of messages")
    if not os.path.isdir(folder):
        raise UsageError(
            f"{folder!r} is not a folder: give a folder of messages;"
            " an mbox file is for pop3lab serve"
        )
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError(f"{folder!r} is not readable: its messages could not be served")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{folder!r} is not writable: its messages could not be deleted")


def _nearest(word: str, known: "Iterable[str]") -> str:
    from difflib import get_close_matches

    return f"did you mean {get_close_matches(word.lower(), known, 1, 0.0)[0]!r}?"
