"""Answers that are always the same, kept ready by the line that asks for them."""

from collections.abc import Mapping

from pop3lab.core.commands import COMMANDS, Command
from pop3lab.core.script import Script
from pop3lab.core.wire import whole

Ready = Mapping[bytes, tuple[str, bytes]]  # line without its LF: verb, octets of the answer

NOTHING: Ready = {}


def ready_answers(commands: Mapping[str, Command], script: Script) -> Ready:
    """Those that a session may give without looking further."""
    return {
        line: (verb, octets)
        for line, (verb, octets) in _CONSTANT.items()
        if commands.get(verb) is COMMANDS[verb]
        and not (script.changes_reply(verb) or script.changes_actions(verb))
    }


def _constant_answers() -> Ready:
    return {
        row.verb.encode() + b"\r": (row.verb, whole(row.constant))
        for row in COMMANDS.values()
        if row.constant
    }


_CONSTANT = _constant_answers()
