"""The verbs that conditions name."""

import re

from pop3lab.core.commands import COMMANDS
from pop3lab.faults.words import near

_VERB = re.compile(r"[A-Z][A-Z0-9-]*")
_EXTENSION = "X"  # what the verbs of extensions begin with
ANY = "ANY"
_MISTYPED = 0.75  # how like a known verb an unknown one must be to be a mistake

VERBS = (
    *COMMANDS,
    "CONNECT",
    "GREETING",
    "RESPONSE",
    "LOGIN",
    "LAST",
    "RPOP",
    "XTND",
    "HELP",
    "BREAK",
    "EXIT",
)


def verb_of(text: str) -> str:
    """The verb that a word names, or nothing.

    In any case, if it is a known one; others are in upper case, as a mistyped condition never is.
    """
    verb = text.upper() if text.isascii() else text
    if not _VERB.fullmatch(verb):
        return ""
    known = verb in VERBS or verb == ANY or verb.startswith(_EXTENSION)
    return verb if known or text == verb else ""


def meant(verb: str) -> str:
    """The known verb that this seems to be, mistyped."""
    known = not verb or verb in VERBS or verb.startswith(_EXTENSION)
    return "" if known else near(verb, VERBS, _MISTYPED)
