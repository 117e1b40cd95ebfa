"""What can be given to each command, from the tables of commands and options."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.cases.catalogue import CASES
from pop3lab.cli.command_options import options_of
from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.cli.helper import HELPER_FILES
from pop3lab.clients.loader import shipped_drivers
from pop3lab.config.option import COMMAND_LINE, Option
from pop3lab.config.options import DIRECTORY_KEYWORDS
from pop3lab.config.types import BEHAVIOUR, FLAG

SHELLS = ("bash", "zsh", "fish")


class Candidates(NamedTuple):
    """What can stand in one place. files: so can the path of a file or folder."""

    words: Sequence[str] = ()
    files: bool = False


class GivenOption(NamedTuple):
    """A spelling of an option. value: what can follow it; None if nothing does."""

    word: str
    meaning: str
    value: Candidates | None


class GivenCommand(NamedTuple):
    """A command, or `pop3lab DIR`, whose name is empty."""

    name: str
    meaning: str
    operands: Candidates
    options: Sequence[GivenOption]


def given_commands() -> Iterator[GivenCommand]:
    """All commands, as they can be completed; `pop3lab DIR` comes last."""
    operands = _operands()
    for name, row in CLI_COMMANDS.items():
        yield GivenCommand(name, row.meaning, operands.get(name, Candidates()), _options(name))
    keywords = [*DIRECTORY_KEYWORDS, *_family("quirk")]
    yield GivenCommand("", "serve a folder", Candidates(keywords), _options("serve"))


def _operands() -> Mapping[str, Candidates]:
    of_files = ("serve", "doctor", "replay", "transcript")
    return {
        **{name: Candidates(files=True) for name in of_files},
        **{f"{family}s": Candidates(_family(family)) for family in ("quirk", "fault", "attack")},
        "profiles": Candidates([*PROFILES]),
        "cases": Candidates([*CASES]),
        "drivers": Candidates([*shipped_drivers()]),
        "check": Candidates([*shipped_drivers()], files=True),
        "scenario": Candidates(("check", "run", "schema"), files=True),
        "report": Candidates(("schema",), files=True),
        "helper": Candidates([*HELPER_FILES]),
        "completion": Candidates(SHELLS),
        "help": Candidates([*CLI_COMMANDS]),
    }


def _family(family: str) -> list[str]:
    return [name for name, row in BEHAVIOURS.items() if row.family == family]


def _options(command: str) -> list[GivenOption]:
    return [each for row in options_of(command) for each in _spellings(row)]


def _spellings(row: Option) -> Iterator[GivenOption]:
    if row.operand or not row.where & COMMAND_LINE:
        return
    if row.type is FLAG:
        yield GivenOption(row.word, row.help, None)
        yield GivenOption(f"--no-{row.name}", f"not: {row.help}", None)
    else:
        yield GivenOption(row.word, row.help, None if row.bare else _value(row))


def _value(row: Option) -> Candidates:
    if row.type is BEHAVIOUR:
        return Candidates([*BEHAVIOURS])
    named = {"profile": [*PROFILES], "cases": [*CASES]}
    words = named.get(row.name, row.type.choices)
    return Candidates(words, files=row.type.path)
