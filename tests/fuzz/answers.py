"""What came back for one command line, read as RFC 1939 says and by nothing of pop3lab."""

from collections.abc import Iterable
from typing import NamedTuple

from pop3lab.core.actions import Action, OffloadNext, Pause, Send


class Answer(NamedTuple):
    """status: b"+OK", b"-ERR", b"+" for a challenge, or nothing. ends: names of other actions."""

    status: bytes
    text: bytes = b""
    body: bytes | None = None
    ends: tuple[str, ...] = ()


def read(actions: Iterable[Action]) -> Answer:
    """The one answer that these actions are; anything else fails."""
    said = b""
    ends: list[str] = []
    for action in actions:
        if isinstance(action, Send):
            assert not ends, "something is said after the end"
            assert action.data, "an empty Send"
            said += action.data
        elif not isinstance(action, Pause | OffloadNext):
            ends.append(type(action).__name__)
    assert len(ends) <= 1, ends
    if not said:
        return Answer(b"", ends=tuple(ends))
    status, text, body = _parts(said)
    return Answer(status, text, body, tuple(ends))


def _parts(said: bytes) -> tuple[bytes, bytes, bytes | None]:
    line, end, body = said.partition(b"\r\n")
    assert end, said
    assert line.replace(b"\r", b"\n").count(b"\n") == 0, line
    status, _, text = line.partition(b" ")
    assert status in (b"+OK", b"-ERR", b"+"), said
    if not body:
        return status, text, None
    assert status == b"+OK", said
    assert is_one_body(body), said
    return status, text, body


def is_one_body(body: bytes) -> bool:
    """Whether the dot that ends it stands at its end and nowhere before."""
    return (b"\r\n" + body).find(b"\r\n.\r\n") == len(body) - 3
