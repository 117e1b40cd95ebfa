"""The transcript of sessions as text, JSON lines and HTML."""

import json
import math
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby

from pop3lab.core.errors import ConfigError
from pop3lab.observe.known_secrets import IsSecret, no_secrets
from pop3lab.observe.timed_events import TimedEvent
from pop3lab.observe.transcript import (
    RULE_NOTE,
    VIOLATION_NOTE,
    TranscriptLine,
    Who,
    check_whole,
    parse,
)
from pop3lab.observe.transcript_writer import TranscriptWriter


class Transcript:
    """The transcript of one or all sessions.

    str() returns its text up to now, in lines of `C:` and `S:`; `in` looks for a part of the text.
    The text is made when you ask for it: a transcript that nobody looks at costs nothing.
    """

    def __init__(
        self, look: Callable[[], Sequence[TimedEvent]], is_secret: IsSecret = no_secrets
    ) -> None:
        """look: returns all events until now. is_secret: tells passwords and tokens of users."""
        self._look = look
        self._is_secret = is_secret

    def __str__(self) -> str:
        return self.since({})

    @property
    def ends(self) -> Mapping[int, float]:
        """The time of the last event of each session."""
        return {event.session: seconds for seconds, event in self._look()}

    def since(self, ends: Mapping[int, float], *, folded: bool = False) -> str:
        """Return the text of everything that happened after the ends of an earlier time.

        folded: only the first 1,024 octets of each body.
        """
        transcript = TranscriptWriter(self._is_secret, folds=folded)
        texts = ((at, event.session, transcript.text(at, event)) for at, event in self._look())
        return "".join(text for at, session, text in texts if at > ends.get(session, -math.inf))

    def __repr__(self) -> str:
        return f"<transcript>\n{self}"

    def __contains__(self, text: str) -> bool:
        """Whether it has this text."""
        return text in str(self)

    def json_lines(self) -> str:
        """Return the transcript as JSON, one object per line."""
        return print_json(parse(str(self)))

    def html(self) -> str:
        """Return the transcript as a self-contained HTML page."""
        return html_page(parse(str(self)))

    def save(self, path: str | os.PathLike[str], *, transcript_bodies: bool = False) -> None:
        """Write the transcript to a file.

        A new file gets mode 0600. An existing file is overwritten; a link is refused.

        Args:
            path: The file. The extension selects the format: .html, .jsonl, or text for any other.
            transcript_bodies: Write bodies whole, as a replay needs them, instead of folded.

        Raises:
            OSError: The file can't be written.
        """
        from pop3lab.files.streams import OutputStream

        text = self.since({}, folded=not transcript_bodies)
        form = _FORMS.get(os.path.splitext(path)[1])
        if form:
            text = form(parse(text, folded=True))
        with OutputStream(os.fspath(path), wait_for_reader=True, encoding="utf-8") as file:
            file.empty()
            file.write(text)


# HTML: a self-contained page without scripts

_FOLDED = 6  # so many consecutive lines of the server are folded after the first

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1f24; --faint: #59636e;
  --client: #0a4f9c; --server: #1a6329; --rule: #fff3d6; --violation: #ffe3e0; --edge: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ground: #15181c; --ink: #e6e8eb; --faint: #9aa4af;
  --client: #86b8ff; --server: #7fd492; --rule: #3a2f12; --violation: #46201c; --edge: #d9a441; } }
body { background: var(--ground); color: var(--ink); margin: 2rem auto; max-width: 72rem;
  padding: 0 1rem; font: 0.9rem/1.5 ui-monospace, monospace; }
h1, h2 { font-family: system-ui, sans-serif; }
p { margin: 0; }
p, summary > span { display: flex; gap: 1rem; }
small { color: var(--faint); flex: 0 0 6rem; text-align: right; user-select: none; }
code { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; min-width: 0; }
.client b { color: var(--client); }
.server b { color: var(--server); }
.server { padding-left: 2rem; }
em { color: var(--faint); }
summary { cursor: pointer; }
summary > span { display: inline-flex; }
aside { border-left: 0.3rem solid var(--edge); margin: 0.4rem 0 0.4rem 7rem;
  padding: 0.2rem 0.8rem; background: var(--rule); }
aside.violation { background: var(--violation); }
"""


def html_page(lines: Iterable[TranscriptLine], title: str = "POP3 sessions") -> str:
    """Return a page with a section for each session, in the order of their numbers.

    C and S mark the speaker, as in the text. Long replies are folded; rules and violations are
    cards.
    """
    sessions = groupby(sorted(lines, key=_session), _session)
    body = "".join(_section(number, list(said)) for number, said in sessions)
    return f"{_head(title)}{body}{_FOOT}"


_FOOT = "</body>\n</html>\n"


def _head(title: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n"
    )


class GrowingPage:
    """A page to which each session is added when it has ended: the form of a TranscriptFile."""

    def __init__(self, title: str = "POP3 sessions") -> None:
        self._head = _head(title)
        self._said: dict[int, list[TranscriptLine]] = {}
        self._ended = 0  # a session that has ended; a note may still follow

    def add(self, session: int, text: str) -> str:
        """Keep these lines of a session; return the section of the one that ended before."""
        before = self._end_session() if session != self._ended else ""
        self._said.setdefault(session, []).extend(parse(text, folded=True))
        return before

    def end_session(self, session: int) -> None:
        """The section of this session follows, when another one says something."""
        self._ended = session

    def end(self) -> str:
        """Return the rest of the page, with the sessions that are still open."""
        rest = "".join(map(self._section, sorted(self._said)))
        return f"{self._begun()}{rest}{_FOOT}"

    def _end_session(self) -> str:
        number, self._ended = self._ended, 0
        return f"{self._begun()}{self._section(number)}" if number in self._said else ""

    def _section(self, number: int) -> str:
        return _section(number, self._said.pop(number))

    def _begun(self) -> str:
        head, self._head = self._head, ""
        return head


def _session(line: TranscriptLine) -> int:
    return line.session


def _section(number: int, lines: Sequence[TranscriptLine]) -> str:
    heading = f"Session {number}" if number else "Dialogue"
    groups = groupby(lines, lambda line: line.who)
    body = "".join(text for who, said in groups for text in _group(who, list(said)))
    return f"<section>\n<h2>{heading}</h2>\n{body}</section>\n"


def _group(who: str, lines: Sequence[TranscriptLine]) -> Iterator[str]:
    if who != "server" or len(lines) < _FOLDED:
        yield from map(_line, lines)
        return
    octets = sum(len(line.octets) for line in lines[1:])
    more = f"<em>and {len(lines) - 1} lines, {octets} octets</em>"
    rest = "".join(map(_line, lines[1:]))
    yield f"<details>\n<summary>{_said(lines[0], 'span')} {more}</summary>\n{rest}</details>\n"


def _line(line: TranscriptLine) -> str:
    return f"{_said(line, 'p') if line.who else _note(line)}\n"


def _said(line: TranscriptLine, element: str) -> str:
    who, text = str(line)[:2], str(line)[3:]
    said = f"{_time(line)}<b>{who}</b><code>{escape(text)}</code>"
    return f'<{element} class="{line.who}">{said}</{element}>'


def _note(line: TranscriptLine) -> str:
    text = str(line)[1:-1]
    for kind, prefix in (("rule", RULE_NOTE), ("violation", VIOLATION_NOTE)):
        if text.startswith(prefix):
            fields = escape(text.removeprefix(prefix))
            return f'<aside class="{kind}"><b>{kind}</b> <code>{fields}</code></aside>'
    return f"<p>{_time(line)}<em>({escape(text)})</em></p>"


def _time(line: TranscriptLine) -> str:
    return f"<small>{line.seconds:.3f}</small>" if line.session else ""


# JSON lines: an object per line, with session, seconds and who

_FORM = '{"session": 1, "seconds": 0.25, "who": "client", "text": "NOOP"}'


def print_json(lines: Iterable[TranscriptLine]) -> str:
    """Return each line as an object on a line of its own."""
    return "".join(f"{json.dumps(_object(line))}\n" for line in lines)


class JsonLines:
    """Each line as an object: the form of a TranscriptFile."""

    def add(self, session: int, text: str) -> str:
        """Return these lines as JSON."""
        return print_json(parse(text, folded=True))

    def end_session(self, session: int) -> None:
        """Nothing is kept."""

    def end(self) -> str:
        """Return nothing: all lines are written."""
        return ""


def parse_either(text: str, *, folded: bool = False) -> list[TranscriptLine]:
    """Parse a transcript, as text or JSON lines. folded: its bodies may be. Raises ConfigError."""
    parse_form = parse_json if text.lstrip().startswith("{") else parse
    return parse_form(text, folded=folded)


def parse_json(text: str, *, folded: bool = False) -> list[TranscriptLine]:
    """Parse JSON lines; empty lines are ignored. folded: its bodies may be.

    Raises ConfigError with the number of the line, the mistake and the right form.
    """
    lines = []
    for number, written in enumerate(text.split("\n"), 1):
        if written.strip():
            lines.append(_dialogue_json_line(written, number))
            if not folded:
                check_whole(lines[-1], number)
    return lines


def _object(line: TranscriptLine) -> dict[str, object]:
    said = line.octets.removesuffix(b"\r\n")
    whole = line.octets == said + _end(line.who)
    if whole and said.isascii() and said.decode("ascii").isprintable():
        fields = {"text": said.decode("ascii")}
    else:
        fields = {"octets": b64encode(line.octets).decode("ascii")}
    return {"session": line.session, "seconds": line.seconds, "who": line.who, **fields}


def _dialogue_json_line(written: str, number: int) -> TranscriptLine:
    try:
        return _read(json.loads(written))
    except (ValueError, OverflowError, RecursionError) as error:
        raise ConfigError(f"line {number}: {error}; the form is {_FORM}") from error


def _read(read: object) -> TranscriptLine:
    match read:
        case {
            "session": int(session),
            "seconds": int() | float() as seconds,
            "who": "client" | "server" | "" as who,
            **fields,
        } if math.isfinite(seconds):
            return TranscriptLine(session, float(seconds), who, _octets(who, fields))
    raise ValueError("it is not an object with session, seconds and who")


def _octets(who: Who, fields: Mapping[object, object]) -> bytes:
    match fields:
        case {"text": str(text)} if text.isascii():
            return text.encode("ascii") + _end(who)
        case {"octets": str(octets)}:
            return b64decode(octets, validate=True)
    raise ValueError("it has neither text, in ASCII, nor octets, in base64")


def _end(who: Who) -> bytes:
    return b"\r\n" if who else b""


_FORMS: Mapping[str, Callable[[Iterable[TranscriptLine]], str]] = {
    ".html": html_page,
    ".jsonl": print_json,
}


# Abbreviated for a report: long replies are folded, and only the last lines are kept

_SERVER = re.compile(r"\d+ +[\d.]+ S")
_LONG = 10  # consecutive lines of the server that are folded
_KEPT = 6  # kept at the start of these, and one at the end
_MOST = 1000  # lines in total


def abbreviate(text: str) -> str:
    """Return the part of a transcript that people read."""
    lines = [line for run in _runs(text) for line in run]
    if len(lines) > _MOST:
        lines = [f"({len(lines) - _MOST} lines before these)\n", *lines[-_MOST:]]
    return "".join(lines)


def _runs(text: str) -> Iterator[Sequence[str]]:
    for is_server, run in groupby(text.splitlines(keepends=True), _is_server):
        lines = list(run)
        if is_server and len(lines) > _LONG:
            yield [*lines[:_KEPT], f"({len(lines) - _KEPT - 1} lines more)\n", lines[-1]]
        else:
            yield lines


def _is_server(line: str) -> bool:
    return _SERVER.match(line) is not None
