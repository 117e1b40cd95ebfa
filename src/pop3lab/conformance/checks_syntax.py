"""Checks of octets, arguments and SASL responses."""

import re
from collections.abc import Iterator

from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ClientLine
from pop3lab.conformance.login_attempts import is_base64
from pop3lab.conformance.violation import Violation
from pop3lab.core.command import COMMANDS, CommandSpec
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.request import number

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
    "A server need not accept a command of more than 255 octets, including CRLF. It may truncate "
    "or refuse a longer one, or close the connection. Names and passwords must fit into that "
    "length. SASL responses on lines of their own need not, so use them for anything longer.",
)
INITIAL_RESPONSE_TOO_LONG = Violation(
    "initial-response-too-long",
    "MUST",
    "RFC 5034 section 4",
    "AUTH with its initial response had more than 255 octets with its CRLF",
    "AUTH is a command like any other and has at most 255 octets. An initial response that would "
    "make it longer, as most OAuth tokens do, must wait for the server's empty challenge. It is "
    "then sent on a line of its own, where the limit does not apply.",
)
NUL = Violation(
    "nul",
    "MUST",
    "RFC 1939 section 3",
    "the line contained a NUL",
    "Keywords and arguments are printable ASCII. A server written in C may take the NUL for the "
    "end of the line and execute another command than the client sent.",
)
CONTROL_CHARACTER = Violation(
    "control-character",
    "MUST",
    "RFC 1939 section 3",
    "the line contained a control character",
    "Keywords and arguments are printable ASCII, separated by single spaces. TAB, DEL and a CR "
    "that is not followed by LF are not allowed. Servers differ in what they make of such a line.",
)
EIGHT_BIT = Violation(
    "eight-bit",
    "MUST",
    "RFC 1939 section 3, RFC 6856 section 2.2",
    "the line had octets above 127 that were not allowed",
    "Keywords and arguments are printable ASCII. Only USER, PASS and APOP may contain UTF-8, and "
    "only if the server has announced UTF8. Otherwise each server assumes a character set of its "
    "own, and a password with an umlaut fails with some of them.",
)

_MOST = 255
_UTF8 = frozenset({"USER", "PASS", "APOP"})
_HIGH = bytes(range(128, 256))
_CONTROLS = bytes([*range(1, 32), 127])


def check_octets(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check the octets of any line."""
    octets = line.octets.removesuffix(b"\r")
    too_long = len(octets) + len(b"\r\n") > _MOST
    if too_long and not line.response:
        yield INITIAL_RESPONSE_TOO_LONG if line.verb == "AUTH" else LINE_TOO_LONG
    if not too_long and not line.octets.endswith(b"\r"):  # a long line may be truncated
        yield BARE_LF
    if not line.response:
        yield from _characters(octets, line, knowledge)


def _characters(octets: bytes, line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    if b"\0" in octets:
        yield NUL
    if octets.translate(None, _CONTROLS) != octets:
        yield CONTROL_CHARACTER
    if octets.translate(None, _HIGH) != octets and not _is_taken(line, knowledge):
        yield EIGHT_BIT


def _is_taken(line: ClientLine, knowledge: ClientKnowledge) -> bool:
    """Whether the server has announced that it accepts UTF-8 here."""
    offered = (
        "UTF8" in (knowledge.capabilities or {})
        or "UTF8" in (knowledge.capabilities_before_tls or {})
        or knowledge.utf8
    )
    if line.verb not in _UTF8 or not offered:
        return line.early and line.verb in _UTF8  # it may have read on
    try:
        line.octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# Arguments

NO_KEYWORD = Violation(
    "no-keyword",
    "MUST",
    "RFC 1939 section 3",
    "the line did not begin with a keyword",
    "A command begins with its keyword. An empty line, or a line that begins with a space, is not "
    "a command. The server refuses it, and the client may take the refusal for the reply to its "
    "next command.",
)
WRONG_ARGUMENTS = Violation(
    "wrong-arguments",
    "MUST",
    "RFC 1939 sections 3, 5 and 7; RFC 2449 section 3",
    "the arguments did not fit the command",
    "Each command has its own arguments, and nothing follows the last one, not even a space. TOP "
    "needs a number and a count of lines, STAT has no argument, a message number is decimal, and "
    "the digest of APOP has 32 digits in lower case. Lenient servers tolerate mistakes; others "
    "refuse the command.",
)

SEVERAL_SPACES = Violation(
    "several-spaces",
    "MUST",
    "RFC 1939 section 3",
    "there was more than one space before an argument",
    "A single space separates the keyword and each argument. Dovecot and pop3lab skip additional "
    "spaces. Other servers see an empty argument and refuse the command. Everything after `PASS ` "
    "is the password, even if it begins with spaces, so PASS is exempt.",
)
SPACES_BEHIND_KEYWORD = Violation(
    "spaces-behind-keyword",
    "MUST",
    "RFC 1939 section 3, RFC 2449 section 3",
    "a command without an argument ended in spaces",
    "A space separates the keyword from an argument. Without an argument, CRLF follows the "
    "keyword directly. Dovecot and pop3lab tolerate the space; other servers see an empty "
    "argument and refuse the command.",
)

_DIGEST = re.compile(r"[0-9a-f]{32}")


def check_arguments(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check the line as a command."""
    if line.response:
        return
    if not line.verb:
        yield NO_KEYWORD
    command = COMMANDS.get(line.verb)
    if command and not command.rest:
        yield from _spaces(command, line)
    if command and _is_wrong(command, line):
        yield WRONG_ARGUMENTS


def _spaces(command: CommandSpec, line: ClientLine) -> Iterator[Violation]:
    """Check for extra spaces, except within names, where they may be intended."""
    rest = line.rest or ""
    if not line.words:
        if line.rest is not None and len(command.arguments) == command.optional:
            yield SPACES_BEHIND_KEYWORD
    elif rest.startswith(" ") or ("  " in rest.rstrip(" ") and line.verb != "USER"):
        yield SEVERAL_SPACES


def _is_wrong(command: CommandSpec, line: ClientLine) -> bool:
    words = [line.rest or ""] if line.verb in ("USER", "PASS") else line.words
    most = len(command.arguments)
    if not most - command.optional <= len(words) <= most or not all(words):
        return True
    if line.verb == "APOP":
        return not _DIGEST.fullmatch(words[-1])
    kinds = zip(command.arguments, words, strict=False)
    return any(kind is number and not _is_number(word) for kind, word in kinds)


def _is_number(word: str) -> bool:
    try:
        number(word)
    except NotUnderstood:
        return False
    return True


# SASL responses

NOT_BASE64 = Violation(
    "not-base64",
    "MUST",
    "RFC 5034 section 4, RFC 4648 section 4",
    "a SASL response was not base64",
    "Each line of a SASL exchange is base64, padded and without other characters, or an asterisk "
    "to cancel. A client that wants to do something else must cancel first.",
)


def check_response(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check a SASL response, on its own line or after AUTH."""
    if line.response:
        response = line.octets.removesuffix(b"\r")
        fine = response == b"*" or is_base64(response)
    elif line.verb == "AUTH" and len(line.words) == 2:
        response = line.words[1].encode("utf-8", "surrogateescape")
        fine = response == b"=" or is_base64(response)
    else:
        return
    if not fine:
        yield NOT_BASE64
