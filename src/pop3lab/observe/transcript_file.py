"""Writes the transcript of all sessions while they happen, in the form that suits the file."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol, TextIO

from pop3lab.core.events import ConnectionClosed, Event
from pop3lab.observe.answered_run import AnsweredRun
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.stderr import write_line_nonblocking
from pop3lab.observe.transcript import RULE_NOTE, VIOLATION_NOTE
from pop3lab.observe.transcript_writer import TranscriptWriter


class TranscriptForm(Protocol):
    """What a transcript looks like in a file."""

    def add(self, session: int, text: str) -> str:
        """Return what is to be written now. text: whole lines of one session."""

    def end_session(self, session: int) -> None:
        """At most a note follows in this session."""

    def end(self) -> str:
        """Return what is to be written at the end."""


class PlainText:
    """The text itself."""

    def add(self, session: int, text: str) -> str:
        """Return the text."""
        return text

    def end_session(self, session: int) -> None:
        """Nothing is kept."""

    def end(self) -> str:
        """Return nothing: all lines are written."""
        return ""


_PARTS = re.compile(r"^( *\d+ +[\d.]+ )([CS][:|]|\()(.*)$", re.MULTILINE)
_COLOURS = {"C": "36", "S": "32"}  # cyan, green
_RULE, _VIOLATION, _FAINT = "33", "1;31", "2"  # yellow, bold red


class ColouredText(PlainText):
    """The text in colours of a terminal: one for each side, and others for rules and violations."""

    def add(self, session: int, text: str) -> str:
        """Return the text with colours."""
        return coloured(text)


def coloured(text: str) -> str:
    """Return the lines of a transcript in colours of a terminal."""
    return _PARTS.sub(_coloured, text)


def _coloured(line: re.Match[str]) -> str:
    stamp, mark, rest = line.groups()
    return f"{_in(_FAINT, stamp)}{_in(_colour(mark, rest), mark + rest)}"


def _colour(mark: str, rest: str) -> str:
    if mark != "(":
        return _COLOURS[mark[0]]
    if rest.startswith(VIOLATION_NOTE):
        return _VIOLATION
    return _RULE if rest.startswith(RULE_NOTE) else _FAINT


def _in(colour: str, text: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def wants_colours(file: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the file is a terminal, and neither NO_COLOR nor TERM=dumb forbids colours."""
    return file.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def form_for(path: str, file: TextIO) -> TranscriptForm:
    """Return the form for a file by the extension of its name; colours for a terminal."""
    extension = os.path.splitext(path)[1]
    if extension in (".html", ".jsonl"):
        from pop3lab.observe.transcript_formats import GrowingPage, JsonLines  # rarely needed

        return GrowingPage() if extension == ".html" else JsonLines()
    return ColouredText() if wants_colours(file) else PlainText()


class TranscriptFile:
    """Writes the transcript to a file: a listener and a writer of an EventQueue.

    complaints: gets a line if the file can no longer be written; the sessions continue. is_secret:
    recognizes passwords and tokens of users. folds: only the beginning of long bodies is written.
    """

    wants_lines = True

    def __init__(
        self,
        file: TextIO,
        complaints: TextIO,
        is_secret: IsSecret = no_secrets,
        form: TranscriptForm | None = None,
        *,
        folds: bool = False,
    ) -> None:
        self._file: TextIO | None = file
        self._complaints = complaints
        self._transcript = TranscriptWriter(is_secret, folds=folds)
        self._form = form or PlainText()
        self._texts: list[str] = []

    def on_event(self, seconds: float, event: Event) -> None:
        """Keep the lines that the event completes, until write is called."""
        if text := self._transcript.text(seconds, event):
            self._texts.append(self._form.add(event.session, text))
        if isinstance(event, ConnectionClosed):
            self._form.end_session(event.session)

    def on_answered(self, run: AnsweredRun) -> None:
        """Keep the lines of a run, until write is called."""
        texts = self._transcript.run_texts(run)
        self._texts += [self._form.add(run.session, text) for text in texts if text]

    def write(self) -> None:
        """Write the lines that are complete."""
        text = "".join(self._texts)
        self._texts.clear()
        if text and self._file:
            self._write(self._file, text)

    def _write(self, file: TextIO, text: str) -> None:
        try:
            file.write(text)
            file.flush()
        except OSError as error:
            write_line_nonblocking(
                self._complaints, f"pop3lab: the transcript ends here: {error.strerror}"
            )
            self._file = None

    def close(self) -> None:
        """Write the rest, and close the file."""
        self._texts.append(self._form.end())
        self.write()
        if self._file:
            with suppress(OSError):
                self._file.close()
