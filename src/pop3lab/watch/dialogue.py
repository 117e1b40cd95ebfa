r"""Dialogues as text, for people and programs: what a session said, or is to say.

A line is the session's number, the seconds since its beginning, and one of

    C: text     the client sent this line, ended by CRLF
    S: text     the server did
    C| text     octets in which a CRLF at the end is not implied
    S| text
    (note)      something else happened: (opened ...), (pause 0.5), (close) ...

Octets outside 0x20-0x7E, and the backslash, are escapes: \r, \n, \t, \\, \x00. Who writes by hand
leaves out number and seconds, indents as he likes, and has empty lines and # comments.
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from pop3lab.core.errors import ConfigError
from pop3lab.watch.escapes import BadEscape, escaped, unescaped

Who = Literal["client", "server", ""]

_STAMP = r"(?:([1-9][0-9]{0,14}) +(-?[0-9]{1,12}(?:\.[0-9]{1,6})?) +)?"
_LINE = re.compile(_STAMP + r"(?:([CS])([:|])(?: (.*))?|\((.*)\)\s*)")
_NEAR = re.compile(r"(?:[-0-9.]+\s+)*(c|s)(?:lient|erver)?\b\s*([:|>]?)\s?(.*)", re.IGNORECASE)
_WHO: dict[str, Who] = {"C": "client", "S": "server"}
_LETTERS = {who: letter for letter, who in _WHO.items()}
_FORMS = "a line is `C: text`, `S: text`, `C| octets`, `S| octets`, `(note)` or `# comment`"


class Line(NamedTuple):
    """Octets that were sent at once, or a note.

    session: 1 for the first; 0 in a dialogue written by hand, which has neither numbers nor times.
    who: empty for a note. octets: with their line end; of a note its text in UTF-8.
    """

    session: int
    seconds: float
    who: Who
    octets: bytes

    @property
    def note(self) -> str:
        """The text of a note; of another line, nothing."""
        return "" if self.who else self.octets.decode("utf-8", "backslashreplace")

    def __str__(self) -> str:
        """Without number and seconds: `C: NOOP`."""
        if not self.who:
            return f"({escaped(self.octets)})"
        letter = _LETTERS[self.who]
        if self.octets.endswith(b"\r\n"):
            return f"{letter}: {escaped(self.octets[:-2])}"
        return f"{letter}| {escaped(self.octets)}"


def stamp(session: int, seconds: float) -> str:
    """What stands before a line."""
    return f"{session} {seconds:8.3f} "


def print_lines(lines: Iterable[Line]) -> str:
    """Each line with its line end. Seconds are rounded to milliseconds."""
    return "".join(
        f"{stamp(line.session, line.seconds) if line.session else ''}{line}\n" for line in lines
    )


def parse(text: str) -> list[Line]:
    """The lines of the text, which may be printed or written by hand.

    Raises ConfigError, which names the number of the line, what is wrong and the nearest right
    form.
    """
    lines = []
    for number, written in enumerate(text.split("\n"), 1):
        line = written.removesuffix("\r").lstrip(" \t")
        if line.strip() and not line.startswith("#"):
            lines.append(_parsed(line, number))
    return lines


def _parsed(line: str, number: int) -> Line:
    match = _LINE.fullmatch(line)
    if not match:
        raise ConfigError(f"line {number}: {_clipped(line)} is no line of this form: {_near(line)}")
    session, seconds, letter, mark, text, note = match.groups()
    try:
        octets = unescaped((note if letter is None else text) or "")
    except BadEscape as bad:
        column = bad.column + max(match.start(5), match.start(6))
        raise ConfigError(f"line {number}: {_clipped(line)}, column {column}: {bad.what}") from bad
    end = b"\r\n" if mark == ":" else b""
    return Line(int(session or 0), float(seconds or 0), _WHO.get(letter, ""), octets + end)


def _near(line: str) -> str:
    if line.startswith("("):
        return f"did you mean {_clipped(line.rstrip() + ')')}?"
    if near := _NEAR.fullmatch(line):
        mark = "|" if near[2] == "|" else ":"
        return f"did you mean {_clipped(f'{near[1].upper()}{mark} {near[3]}')}?"
    return _FORMS


def _clipped(line: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in line)
    return f"`{shown}`" if len(shown) <= 60 else f"`{shown[:57]}...`"
