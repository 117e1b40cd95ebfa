"""Writes pages and stubs that are made from tables: python -m docs.generate."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path

from docs.stubs import stub
from docs.violations import violations
from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.behaviours.profiles.profile import Profile, ProfileRule
from pop3lab.behaviours.profiles.wording import step_wordings
from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.cli.help import command_help, default_of, overview
from pop3lab.config.option import ENVIRONMENT, IN_FILE, Option
from pop3lab.config.options import TABLE
from pop3lab.control.commands import CONTROL_COMMANDS as CONTROL
from pop3lab.observe import json_events
from pop3lab.observe.counters import COUNTED
from pop3lab.rules.behaviour import Behaviour
from pop3lab.scenario.schema import SECTIONS, TOP, Key, Section

FOLDER = Path(__file__).parent

_INTRODUCTIONS = {
    "quirk": """\
# Quirks

A quirk is a standing peculiarity of a server. Each stands alone as a keyword, `pop3lab DIR
top-unsupported`, or with a [condition](rules.md). The grade behind a source says how it is known: A
seen in source code or a recording, B reported with a trace, C documented, D folklore.
""",
    "fault": """\
# Faults

A fault is an event at a point of a session. Where and when is said by a [condition](rules.md).
""",
    "attack": """\
# Attacks

What a hostile server, or somebody between it and the client, may try. Only for clients of your own.
""",
}


def pages() -> Mapping[str, str]:
    """The text of each page, by its file's name."""
    made: dict[str, Callable[[], str]] = {
        "reference/quirks.md": lambda: _family("quirk"),
        "reference/faults.md": lambda: _family("fault"),
        "reference/attacks.md": lambda: _family("attack"),
        "reference/counts.md": _counts,
        "reference/together.md": _together,
        "reference/profiles.md": _profiles,
        "reference/settings.md": _settings,
        "reference/commands.md": _commands,
        "reference/control.md": _control,
        "reference/scenario.md": _scenario,
        "violations.md": violations,
        **{f"../src/pop3lab/{family}s.pyi": partial(stub, family) for family in _INTRODUCTIONS},
    }
    return {name: make() for name, make in made.items()}


def _family(family: str) -> str:
    rows = [row for row in BEHAVIOURS.values() if row.family == family]
    rows.sort(key=lambda row: row.category)
    text = _INTRODUCTIONS[family]
    for category, members in groupby(rows, lambda row: row.category):
        text += f"\n## {category}\n"
        text += "".join(f"\n{''.join(_row(row))}" for row in members)
    return text


def _row(row: Behaviour) -> Iterator[str]:
    yield f"### `{row.name}`\n\n{_plain(row.meaning)}.\n"
    if row.parameters:
        yield "\n"
    for parameter in row.parameters:
        must = parameter.default is None
        default = "must be given" if must else f"default `{parameter.show(parameter.default)}`"
        what = f"{_plain(parameter.meaning)}; {parameter.kind.name}"
        yield f"- `{parameter.name}`: {what}; {default}\n"
    yield f"\nSource: {_plain(row.source)}.\n"
    if row.bugs:
        yield f"\nKnown client bugs: {_plain(row.bugs)}.\n"
    if row.counted:
        yield f"\nIts hits count {_plain(row.counted)}.\n"


def _counts() -> str:
    text = """\
# What is counted

A rule takes effect where a client gets something else than without it, or where something else
becomes of its messages. That is a hit: one for a command and all that is said to it, whatever the
rule does there; one for a login that is shown other messages than there are. The count is in
`hits`; each is a line in the transcript, an event, and one of `rules_applied`, but for what a
profile does: that is how this server is.

A rule with a condition that never took effect, and a fault, is told at the end: it fails a test. A
quirk without a condition, and the rules of a profile, may have nothing to do.

For these it can't be known whether a client gets something else, or it never does:

| | counted is |
|---|---|
"""
    rows = [row for row in BEHAVIOURS.values() if row.counted]
    return text + "".join(f"| `{row.name}` | {_plain(row.counted)} |\n" for row in rows)


_TOGETHER = """\
# What can't stand together

Two behaviours that decide the same thing are refused where both would hold for the same command,
and so is one that another leaves nothing to work on: [rules](rules.md) has more of it. A name in
braces is a value of the behaviour, `{on}` the commands of its rule.

## What is decided alone

| what | by one of these |
|---|---|
"""


def _together() -> str:
    text = _TOGETHER
    for aspect, names in sorted(_by(lambda row: row.aspect).items()):
        text += f"| {aspect} | {names} |\n"
    text += "\n## What is taken, and needed\n\nBesides commands that are not obeyed.\n\n"
    text += "| what | where these hold there is none | these need it |\n|---|---|---|\n"
    taken, needed = _by(lambda row: row.takes), _by(lambda row: row.needs)
    for what in sorted({*taken, *needed}):
        text += f"| {what} | {taken.get(what, '')} | {needed.get(what, '')} |\n"
    text += "\n## By name\n\n| where this holds | these have nothing to work on |\n|---|---|\n"
    rows = [row for row in BEHAVIOURS.values() if row.against]
    text += "".join(f"| `{row.name}` | {_names(row.against)} |\n" for row in rows)
    return text


def _by(texts: Callable[[Behaviour], str | tuple[str, ...]]) -> dict[str, str]:
    """The names of the rows for each of their texts."""
    names: dict[str, list[str]] = {}
    for row in BEHAVIOURS.values():
        several = texts(row)
        for text in (several,) if isinstance(several, str) else several:
            names.setdefault(text, []).append(row.name)
    return {text: _names(some) for text, some in names.items()}


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _plain(text: str) -> str:
    """Text in which nothing is markup."""
    text = text.rstrip(".")
    return "".join(f"\\{letter}" if letter in "\\*_<>[]`|#" else letter for letter in text)


def _profiles() -> str:
    text = """\
# Profiles

A profile is a known server as a bundle of [rules](rules.md): `--profile NAME`,
`Pop3Server(profile="NAME")`. Each rule has its source and the grade of the evidence; what is unsure
says so. `mail-box` is the test server of Perl's Mail::Box; `pop3lab DIR` does the same in words of
its own.

The table of each shows what it says in the steps of a session, with fields such as `{count}` that
are filled in. Where nobody has told the words, they are unknown, and it answers `+OK` or `-ERR`
alone: RFC 1939 allows that and some servers do it, while any sentence would be taken for that
server's. Refusals besides a wrong password and an unknown command are worded as everywhere, but for
those of which a rule below says more.
"""
    for profile in PROFILES.values():
        text += f"\n## {profile.name}\n\n{_plain(profile.meaning)}.\n\n"
        if profile.rules:
            text += _words(profile)
            rows = (
                profile_rule
                for profile_rule in profile.rules
                if profile_rule not in _told_above(profile)
            )
            text += "".join(
                f"- `{profile_rule.rule}`: {_evidence(profile_rule)}\n" for profile_rule in rows
            )
        else:
            text += "It has no rules: it says what pop3lab says by the book.\n"
    return text


def _words(profile: Profile) -> str:
    text = "| step | what it says | source |\n|---|---|---|\n"
    for step, said in step_wordings(profile).items():
        if not said:
            text += f"| {step} | no such command here | |\n"
        for one in said:
            known = one.profile_rule.known
            source = _evidence(one.profile_rule) if known else _plain(one.profile_rule.source)
            words = f"{'' if known else 'unknown: '}`{_cell(str(one))}`"
            text += f"| {step} | {words} | {source} |\n"
    return f"{text}\n"


def _told_above(profile: Profile) -> set[ProfileRule]:
    """Its rules that stand in the table of words already."""
    return {one.profile_rule for said in step_wordings(profile).values() for one in said}


def _evidence(profile_rule: ProfileRule) -> str:
    marks = [
        profile_rule.grade,
        *["unsure"] * profile_rule.unsure,
        *["not in force"] * (not profile_rule.in_force),
    ]
    marks = marks if profile_rule.known else ["unknown"]
    return f"{_plain(profile_rule.source)} ({', '.join(marks)})"


def _settings() -> str:
    text = """\
# Options

Of the server, whichever command runs it. For `pop3lab serve` each is also a variable,
`POP3LAB_TLS_PORT` for `--tls-port`, and a key of the TOML file, `tls-port`; the command line wins
over the environment, and that over the file. `pop3lab DIR` has the same options, with defaults of
its own; it reads no variable, and no file but the one of `--config`. In a variable, blanks stand
between several values, line ends between rules.

Octets may be `10KiB` or `2MiB`, seconds `1.5`, `2s` or `200ms`.
"""
    for group, members in groupby(TABLE.values(), lambda row: row.group):
        text += f"\n## {group}\n\n| option | value | default | of `pop3lab DIR` | |\n"
        text += "|---|---|---|---|---|\n"
        text += "".join(map(_setting, members))
    return text


def _setting(row: Option) -> str:
    value = _plain(row.type.metavar or "true or false")
    default, of_directory = default_of(row), default_of(row, directory=True)
    cells = [f"`{row.name}`", value, _code(default)]
    cells += [_code(of_directory) if of_directory != default else "", _meaning(row)]
    return f"| {' | '.join(cells)} |\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _meaning(row: Option) -> str:
    """With where it cannot stand."""
    places = ((ENVIRONMENT, "no variable"), (IN_FILE, "not in the file"))
    not_there = [name for place, name in places if not row.where & place]
    more = f" ({', '.join(not_there)})" if not_there else ""
    return f"{_plain(row.help)}{more}"


_COMMANDS = """\
# Command line

`pop3lab` with a folder is the test server, by the contract of the one of Perl's Mail::Box. With one
of the words below it is another command; a folder of such a name is written `./serve`.
"""


def _commands() -> str:
    text = f"{_COMMANDS}\n## `pop3lab DIR`\n\n{_verbatim(overview())}"
    for name, row in CLI_COMMANDS.items():
        text += f"\n## `pop3lab {name}`\n\n{_plain(_sentence(row.meaning))}.\n\n"
        if name == "doctor":
            text += "It takes the options of `pop3lab serve`.\n"
        else:
            text += _verbatim(command_help(name))
    return text


_CONTROL = """\
# Control and events

## Commands

With `--control`, of `pop3lab DIR` and of `pop3lab serve`, each line on stdin is a command, and each
is answered by one line on stdout: `ok`, perhaps with more, or `err` and why. They are obeyed one
after the other. The answers stand behind the line with the port, and before the statistics. How to
use them: [other languages](../howto/languages.md).

| command | |
|---|---|
"""

_COUNTS = """
## What `wait` and `stats` count

Besides these, each verb in upper case: `wait RETR=3`.

| name | |
|---|---|
"""


def _control() -> str:
    text = _CONTROL
    text += "".join(
        f"| `{_cell(row.usage)}` | {_plain(row.meaning)} |\n" for row in CONTROL.values()
    )
    text += _COUNTS
    text += "".join(f"| `{name}` | {_plain(meaning)} |\n" for name, meaning in COUNTED.items())
    assert json_events.__doc__
    return f"{text}\n## Events\n\n`--events` writes them.\n\n{_verbatim(json_events.__doc__)}"


_SCENARIO = """\
# Scenario files

TOML, for `pop3lab scenario`. How to use them: [scenarios](../howto/scenarios.md). A mistake is
named with its place and the nearest right word. `pop3lab scenario schema` prints a JSON Schema,
with which editors complete and check.
"""


def _scenario() -> str:
    text = f"{_SCENARIO}\n## Outside all tables\n\n{_keys(TOP)}"
    for name, section in SECTIONS.items():
        form = f"[[{name}]]" if section.many else f"[{name}]"
        text += f"\n## `{form}`\n\n{_plain(_sentence(section.meaning))}.{_one_of(section)}\n\n"
        text += _keys(section.keys)
    return text


def _one_of(section: Section) -> str:
    names = ", ".join(f"`{name}`" for name in section.one_of)
    return f" Exactly one of {names} is there." if names else ""


_KINDS = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    list: "list of texts",
}


def _keys(keys: Mapping[str, Key]) -> str:
    rows = "".join(
        f"| `{name}` | {_kind(key)} | {_plain(key.meaning)} |\n" for name, key in keys.items()
    )
    return f"| key | value | |\n|---|---|---|\n{rows}"


def _kind(key: Key) -> str:
    kind = " or ".join(f"`{word}`" for word in key.words) or _KINDS[key.kind]
    return f"{kind}, must be given" if key.must else kind


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _verbatim(text: str) -> str:
    return f"```text\n{text.strip()}\n```\n"


def main() -> int:
    """Write them."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
