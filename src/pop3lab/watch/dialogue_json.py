"""Dialogues as JSON lines: an object for each line, with its session, seconds and who.

What was said is the member `text` where it is printable ASCII that ended in CRLF, which is left
out; else `octets`, all of them in base64. A note is `text` as it stands in its brackets.
"""

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping

from pop3lab.core.errors import ConfigError
from pop3lab.watch.dialogue import Line, Who

_FORM = '{"session": 1, "seconds": 0.25, "who": "client", "text": "NOOP"}'


def print_json(lines: Iterable[Line]) -> str:
    """Each line as an object, with its line end."""
    return "".join(f"{json.dumps(_object(line))}\n" for line in lines)


def parse_json(text: str) -> list[Line]:
    """The lines of the text; empty ones don't count.

    Raises ConfigError, which names the number of the line, what is wrong and the right form.
    """
    return [
        _line(written, number)
        for number, written in enumerate(text.split("\n"), 1)
        if written.strip()
    ]


def _object(line: Line) -> dict[str, object]:
    said = line.octets.removesuffix(b"\r\n")
    whole = line.octets == said + _end(line.who)
    if whole and said.isascii() and said.decode("ascii").isprintable():
        told = {"text": said.decode("ascii")}
    else:
        told = {"octets": b64encode(line.octets).decode("ascii")}
    return {"session": line.session, "seconds": line.seconds, "who": line.who, **told}


def _line(written: str, number: int) -> Line:
    try:
        return _read(json.loads(written))
    except (ValueError, OverflowError, RecursionError) as error:
        raise ConfigError(f"line {number}: {error}; the form is {_FORM}") from error


def _read(read: object) -> Line:
    match read:
        case {
            "session": int(session),
            "seconds": int() | float() as seconds,
            "who": "client" | "server" | "" as who,
            **told,
        } if math.isfinite(seconds):
            return Line(session, float(seconds), who, _octets(who, told))
    raise ValueError("it is no object with session, seconds and who")


def _octets(who: Who, told: Mapping[object, object]) -> bytes:
    match told:
        case {"text": str(text)} if text.isascii():
            return text.encode("ascii") + _end(who)
        case {"octets": str(octets)}:
            return b64decode(octets, validate=True)
    raise ValueError("it has neither text, in ASCII, nor octets, in base64")


def _end(who: Who) -> bytes:
    return b"\r\n" if who else b""
