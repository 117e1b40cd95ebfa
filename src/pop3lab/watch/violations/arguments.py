"""Commands whose arguments are not those of the command."""

import re
from collections.abc import Iterator

from pop3lab.core.arguments import number
from pop3lab.core.commands import COMMANDS, Command
from pop3lab.watch.violations.said import Said, is_number
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
    "Each command has its arguments, one space before each and none behind the last: TOP needs a "
    "number and a count of lines, STAT has no argument, a message number is decimal, and the "
    "digest of APOP has 32 digits in lower case. Lenient servers look away, others refuse.",
)

_DIGEST = re.compile(r"[0-9a-f]{32}")


def judge(said: Said, seen: Seen) -> Iterator[Violation]:
    """The line as a command."""
    if said.response:
        return
    if not said.verb:
        yield NO_KEYWORD
    command = COMMANDS.get(said.verb)
    if command and _is_wrong(command, said):
        yield WRONG_ARGUMENTS


def _is_wrong(command: Command, said: Said) -> bool:
    words = [said.rest or ""] if said.verb in ("USER", "PASS") else said.words
    most = len(command.arguments)
    if not most - command.optional <= len(words) <= most or not all(words):
        return True
    if said.verb == "APOP":
        return not _DIGEST.fullmatch(words[-1])
    kinds = zip(command.arguments, words, strict=False)
    return any(kind is number and not is_number(word) for kind, word in kinds)
