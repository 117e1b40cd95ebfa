"""Octets that no line of a client may have."""

from collections.abc import Iterator

from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

BARE_LF = Violation(
    "bare-lf",
    "MUST",
    "RFC 1939 section 3",
    "the line ended in LF without CR",
    "A command ends in CRLF. Many servers take LF alone for a line end; others wait for the CR "
    "until they give the client up, and the client works with one server and hangs with the next.",
)
LINE_TOO_LONG = Violation(
    "line-too-long",
    "MUST",
    "RFC 2449 section 4",
    "the command had more than 255 octets with its CRLF",
    "A server need not take more than 255 octets for a command, its CRLF included, and may cut, "
    "refuse or hang up on a longer one. Names and passwords must fit into that; SASL responses on "
    "lines of their own need not, which is the way out for what is longer.",
)
INITIAL_RESPONSE_TOO_LONG = Violation(
    "initial-response-too-long",
    "MUST",
    "RFC 5034 section 4",
    "AUTH with its initial response had more than 255 octets with its CRLF",
    "AUTH is a command like any other and has at most 255 octets. An initial response that would "
    "make it longer (an OAuth token mostly does) must wait for the server's empty challenge and be "
    "sent on a line of its own, where the limit does not hold.",
)
NUL = Violation(
    "nul",
    "MUST",
    "RFC 1939 section 3",
    "the line had a NUL in it",
    "Keywords and arguments are printable ASCII. A server written in C may take the NUL for the "
    "end of the line and obey another command than the one that was sent.",
)
CONTROL = Violation(
    "control-character",
    "MUST",
    "RFC 1939 section 3",
    "the line had a control character in it",
    "Keywords and arguments are printable ASCII, with single spaces between them: no TAB, no DEL, "
    "and no CR but the one before LF. What a server makes of such a line is anybody's guess.",
)
EIGHT_BIT = Violation(
    "eight-bit",
    "MUST",
    "RFC 1939 section 3, RFC 6856 section 2.2",
    "the line had octets above 127 that were not asked for",
    "Keywords and arguments are printable ASCII. Only in USER, PASS and APOP may there be UTF-8, "
    "and only where the server has announced UTF8: elsewhere each server has its own idea of the "
    "character set, and a password with an umlaut fails with some of them.",
)

_MOST = 255
_UTF8 = frozenset({"USER", "PASS", "APOP"})
_HIGH = bytes(range(128, 256))
_CONTROLS = bytes([*range(1, 32), 127])


def check_octets(said: Said, seen: Seen) -> Iterator[Violation]:
    """The line as octets, wherever it stands."""
    line = said.octets.removesuffix(b"\r")
    too_long = len(line) + len(b"\r\n") > _MOST
    if too_long and not said.response:
        yield INITIAL_RESPONSE_TOO_LONG if said.verb == "AUTH" else LINE_TOO_LONG
    if not too_long and not said.octets.endswith(b"\r"):  # of a long line the end may be cut off
        yield BARE_LF
    if not said.response:
        yield from _characters(line, said, seen)


def _characters(line: bytes, said: Said, seen: Seen) -> Iterator[Violation]:
    if b"\0" in line:
        yield NUL
    if line.translate(None, _CONTROLS) != line:
        yield CONTROL
    if line.translate(None, _HIGH) != line and not _is_taken(said, seen):
        yield EIGHT_BIT


def _is_taken(said: Said, seen: Seen) -> bool:
    """Whether the server has said that it takes UTF-8 here."""
    offered = "UTF8" in (seen.capabilities or {}) or "UTF8" in (seen.before or {}) or seen.utf8
    if said.verb not in _UTF8 or not offered:
        return said.early and said.verb in _UTF8  # it may have learnt so from what is still unread
    try:
        said.octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
