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

_USAGE = "pop3lab DIR [keyword ...] [--transcript FILE] [--idle SECONDS] [--hint]"

HELP = f"""usage: {_USAGE}

Serve the files of a folder as messages by POP3 on 127.0.0.1, user `user`, password `password`.
The first line of stdout is the port; the statistics follow when the server shuts down
(SIGTERM, SIGINT, or the POP3 commands EXIT and QUIT).

keywords, any number in any order:
{"".join(f"  {word:<18} {meaning}{chr(10)}" for word, meaning in KEYWORDS.items())}
options:
  --transcript FILE  write what client and server say to FILE, passwords masked
  --idle SECONDS     close a connection after so long without a command (default: 600)
  --hint             say on stderr how to connect
  --version          print the version
  --help             print this

exit codes: 0 a clean end, 2 wrong usage or DIR, 3 cannot listen
"""


class UsageError(Exception):
    """The command line can't be obeyed. The text is one line that says what to change."""


class Settings:
    """A command line that can be obeyed. Raises UsageError."""

    def __init__(self, words: list[str]) -> None:
        self.transcript: TextIO | None = None  # open for writing
        self._transcript_path = ""
        self.idle = 600.0  # seconds
        self.hint = False
        operands = self._take_options(words)
        if not operands:
            raise UsageError(f"which folder? usage: {_USAGE}")
        self.folder, *self.keywords = operands
        _check_folder(self.folder)
        _check_keywords(self.keywords)

    def open_transcript(self) -> None:
        """Only once all else is well, as what is there will be gone. Raises UsageError."""
        if self._transcript_path:
            self.transcript = _open(self._transcript_path)

    def _take_options(self, words: list[str]) -> list[str]:
        operands = []
        rest = iter(words)
        for word in rest:
            if not word.startswith("--"):
                operands.append(word)
            elif word == "--hint":
                self.hint = True
            else:
                self._take_option(word, rest)
        return operands

    def _take_option(self, word: str, rest: "Iterator[str]") -> None:
        option, equals, value = word.partition("=")
        if option == "--hint":
            raise UsageError("--hint takes no value")
        if option not in _OPTIONS:
            raise UsageError(
                f"unknown option {option!r}, {_nearest(option, (*_OPTIONS, '--hint'))}"
            )
        _OPTIONS[option](self, value if equals else next(rest, ""))

    def _take_transcript(self, value: str) -> None:
        if not value:
            raise UsageError("--transcript needs a file")
        self._transcript_path = value

    def _take_idle(self, value: str) -> None:
        try:
            self.idle = float(value)
        except ValueError:
            self.idle = 0.0
        if not 0.0 < self.idle < 1e9:
            raise UsageError("--idle needs a number of seconds above 0")


_OPTIONS: "dict[str, Callable[[Settings, str], None]]" = {
    "--transcript": Settings._take_transcript,
    "--idle": Settings._take_idle,
}


def _open(path: str) -> "TextIO":
    try:
        # Without O_NONBLOCK a pipe that nobody reads would keep the port line waiting.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o666)
        os.set_blocking(descriptor, True)
        return open(descriptor, "w", encoding="ascii", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"cannot write the transcript to {path!r}: {error.strerror}") from None


def _check_folder(folder: str) -> None:
    if not os.path.exists(folder):
        raise UsageError(f"{folder!r} does not exist: give a folder of messages")
    if not os.path.isdir(folder):
        raise UsageError(f"{folder!r} is not a folder: give a folder of messages")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError(f"{folder!r} is not readable: its messages could not be served")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{folder!r} is not writable: its messages could not be deleted")


def _check_keywords(keywords: list[str]) -> None:
    for word in keywords:
        if word not in KEYWORDS:
            raise UsageError(f"unknown keyword {word!r}, {_nearest(word, KEYWORDS)}")
    if "apoponly" in keywords and "minimal" in keywords:
        raise UsageError("apoponly and minimal exclude each other: minimal has no APOP")


def _nearest(word: str, known: "Iterable[str]") -> str:
    from difflib import get_close_matches

    return f"did you mean {get_close_matches(word.lower(), known, 1, 0.0)[0]!r}?"
