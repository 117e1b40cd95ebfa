"""The lines of CAPA, and the mechanisms in its SASL line (RFC 2449 section 6)."""

from collections.abc import Callable, Collection, Iterable

from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.effects.hooks import ReplyChange
from pop3lab.effects.listings import body_lines, with_lines

CapaLines = list[bytes]  # without line ends


def capa_lines(change: Callable[[SessionState, CapaLines], CapaLines]) -> ReplyChange:
    """Return a change of the reply to CAPA that changes its lines."""

    def say(session: SessionState, request: Request, reply: Reply) -> Reply:
        if not reply.ok or reply.body is None:
            return reply
        return with_lines(reply, reply.body, change(session, body_lines(reply.body)))

    return say


def hide_capabilities(lines: CapaLines, words: Collection[str]) -> CapaLines:
    """Return the lines without the capabilities and SASL mechanisms of these names."""
    names = {word.upper().encode() for word in words}
    left = [line for line in lines if line.upper().partition(b" ")[0] not in names]
    kept = [name for name in _mechanisms(left) if name.upper() not in names]
    return _with_sasl(left, kept)


def show_capability(lines: CapaLines, added: bytes) -> CapaLines:
    """Return the lines with this one, if it is missing."""
    return lines if added in lines else [*lines, added]


def show_mechanisms(lines: CapaLines, names: Iterable[str]) -> CapaLines:
    """Return the lines with these SASL mechanisms added."""
    both = dict.fromkeys([*_mechanisms(lines), *(name.encode() for name in names)])
    return _with_sasl(lines, list(both))


def keep_mechanisms(lines: CapaLines, names: Collection[str]) -> CapaLines:
    """Return the lines without any other SASL mechanisms than these."""
    known = {name.upper().encode() for name in names}
    return _with_sasl(lines, [name for name in _mechanisms(lines) if name.upper() in known])


def only_mechanisms(lines: CapaLines, names: Iterable[str]) -> CapaLines:
    """Return the lines with exactly these SASL mechanisms."""
    return _with_sasl(lines, [name.encode() for name in names])


def _mechanisms(lines: CapaLines) -> CapaLines:
    return [name for line in lines if _is_sasl(line) for name in line.split()[1:]]


def _with_sasl(lines: CapaLines, names: CapaLines) -> CapaLines:
    """Return the lines with this SASL line, in its old place or at the end; none without names."""
    line = [b" ".join([b"SASL", *names])] if names else []
    place = next((n for n, found in enumerate(lines) if _is_sasl(found)), len(lines))
    others = [found for found in lines if not _is_sasl(found)]
    return [*others[:place], *line, *others[place:]]


def _is_sasl(line: bytes) -> bool:
    return line.upper().partition(b" ")[0] == b"SASL"
