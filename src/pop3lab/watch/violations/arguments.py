"""Commands whose arguments are not those of the command."""

import re
from collections.abc import Iterator

from pop3lab.core.arguments import number
from pop3lab.core.commands import COMMANDS, Command
from pop3lab.core.errors import NotUnderstood
from pop3lab.watch.violations.said import Said
from pop3lab.watch.violations.seen import Seen
from pop3lab.watch.violations.violation import Violation

NO_KEYWORD = Violation(
    "no-keyword",
    "MUST",
    "RFC 1939 section 3",
    "the line had no keyword at its beginning",
    "A command begins with its keyword. An empty line, or one that begins with a space, is no "
    "command: it is refused, and the client may take that for the answer to its next one.",
)
WRONG_ARGUMENTS = Violation(
    "wrong-arguments",
    "MUST",
    "RFC 1939 sections 3, 5 and 7; RFC 2449 section 3",
    "the arguments were not those that the command takes",
    "Each command has its arguments, and nothing stands behind the last, no space either: TOP "
    "needs a number and a count of lines, STAT has no argument, a message number is decimal, and "
    "the digest of APOP has 32 digits in lower case. Lenient servers look away, others refuse.",
)

SEVERAL_SPACES = Violation(
    "several-spaces",
    "MUST",
    "RFC 1939 section 3",
    "more than one space stood before an argument",
    "Keyword and arguments are each separated by a single space. Dovecot and we skip the others; "
    "a server that doesn't finds an empty argument and refuses the command. What stands behind "
    "`PASS ` is the password, whatever it begins with, and never counted.",
)
SPACES_BEHIND_KEYWORD = Violation(
    "spaces-behind-keyword",
    "MUST",
    "RFC 1939 section 3, RFC 2449 section 3",
    "a command without an argument ended in spaces",
    "A space separates the keyword from an argument: where there is none, CRLF stands directly "
    "behind the keyword. Dovecot and we look away; other servers find an empty argument and refuse "
    "the command.",
)

_DIGEST = re.compile(r"[0-9a-f]{32}")


def check_arguments(said: Said, seen: Seen) -> Iterator[Violation]:
    """The line as a command."""
    if said.response:
        return
    if not said.verb:
        yield NO_KEYWORD
    command = COMMANDS.get(said.verb)
    if command and not command.rest:
        yield from _spaces(command, said)
    if command and _is_wrong(command, said):
        yield WRONG_ARGUMENTS


def _spaces(command: Command, said: Said) -> Iterator[Violation]:
    """Those that a server may look away from; within a name they may be meant."""
    rest = said.rest or ""
    if not said.words:
        if said.rest is not None and len(command.arguments) == command.optional:
            yield SPACES_BEHIND_KEYWORD
    elif rest.startswith(" ") or ("  " in rest.rstrip(" ") and said.verb != "USER"):
        yield SEVERAL_SPACES


def _is_wrong(command: Command, said: Said) -> bool:
    words = [said.rest or ""] if said.verb in ("USER", "PASS") else said.words
    most = len(command.arguments)
    if not most - command.optional <= len(words) <= most or not all(words):
        return True
    if said.verb == "APOP":
        return not _DIGEST.fullmatch(words[-1])
    kinds = zip(command.arguments, words, strict=False)
    return any(kind is number and not _is_number(word) for kind, word in kinds)


def _is_number(word: str) -> bool:
    try:
        number(word)
    except NotUnderstood:
        return False
    return True
