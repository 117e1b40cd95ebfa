"""Writes what is made of tables, and the code that pages show: python -m docs.generate."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path

from docs.api import has_api, with_api
from docs.examples import examples, with_code
from docs.man_page import man_page
from docs.speed import has_figures, speed, with_figures
from docs.stubs import stub
from docs.violations import violations
from docs.web_api import web_reference
from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.behaviours.profiles.profile import Profile, ProfileRule
from pop3lab.behaviours.profiles.wording import step_wordings
from pop3lab.cases.case import Case
from pop3lab.cases.catalogue import CASES
from pop3lab.cases.judges.registry import JUDGES
from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.cli.help import command_help, default_of, overview
from pop3lab.config.option import ENVIRONMENT, IN_FILE, Option
from pop3lab.config.options import TABLE
from pop3lab.control.commands import CONTROL_COMMANDS as CONTROL
from pop3lab.observe import json_events
from pop3lab.observe.counters import COUNTED
from pop3lab.rules.behaviour import Behaviour
from pop3lab.scenario.schema import SECTIONS, TOP, Key, Section
from pop3lab.web.openapi import openapi_text

FOLDER = Path(__file__).parent

_INTRODUCTIONS = {
    "quirk": """\
# Quirks

A quirk is a lasting peculiarity of a server. Use it alone as a keyword, `pop3lab DIR
top-unsupported`, or with a [condition](rules.md). The letter after a source grades the evidence. A:
seen in source code or a recording. B: reported with a trace. C: documented. D: folklore.
""",
    "fault": """\
# Faults

A fault goes wrong at one point of a session. A [condition](rules.md) says where and when. The
letter after a source grades the evidence, as for [quirks](quirks.md).
""",
    "attack": """\
# Attacks

An attack is a trick of a hostile server, or of somebody between server and client. Use attacks only
against clients that you wrote or may test. The letter after a source grades the evidence, as for
[quirks](quirks.md).
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
        "reference/web.md": web_reference,
        "reference/scenario.md": _scenario,
        "reference/cases.md": _cases,
        "reference/speed.md": speed,
        "violations.md": violations,
        "man/pop3lab.1": man_page,
        "../src/pop3lab/web/openapi.json": openapi_text,
        **{f"../src/pop3lab/{family}s.pyi": partial(stub, family) for family in _INTRODUCTIONS},
    }
    return {name: make() for name, make in made.items()} | dict(_filled())


def _filled() -> Iterator[tuple[str, str]]:
    for path in [*sorted(FOLDER.rglob("*.md")), FOLDER / "../README.md"]:
        page = path.read_text(encoding="utf-8")
        if has_api(page) or any(examples(page)) or has_figures(page):
            filled = with_figures(with_api(with_code(page)))
            yield path.relative_to(FOLDER).as_posix(), filled


def _family(family: str) -> str:
    rows = [row for row in BEHAVIOURS.values() if row.family == family]
    rows.sort(key=lambda row: row.category)
    text = _INTRODUCTIONS[family]
    for category, members in groupby(rows, lambda row: row.category):
        text += f"\n## {category}\n"
        text += "".join(f"\n{''.join(_row(row))}" for row in members)
    return text


def _row(row: Behaviour) -> Iterator[str]:
    yield f"### `{row.name}`\n\n{_sentence(_plain(row.meaning))}.\n"
    if row.parameters:
        yield "\n"
    for parameter in row.parameters:
        must = parameter.default is None
        default = "required" if must else f"default `{parameter.show(parameter.default)}`"
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

A rule takes effect when the client gets something else because of it, or when something else
happens to the client's messages. That is a hit. A command and its whole reply count as one hit,
whatever the rule does there; so does a login that sees a changed maildrop. `hits` has the count.
The transcript shows each hit, and each is an event and counts as one of `rules_applied`. Rules of a
profile are not reported: they are how that server works.

A fault, or a rule with a condition, that never took effect is reported at the end and fails a test.
A quirk without a condition, or a rule of a profile, may have nothing to do.

For these behaviours the server can't know whether the client gets something else, or the client
never does:

| behaviour | counted |
|---|---|
"""
    rows = [row for row in BEHAVIOURS.values() if row.counted]
    return text + "".join(f"| `{row.name}` | {_plain(row.counted)} |\n" for row in rows)


_TOGETHER = """\
# What can't stand together

Two behaviours that decide the same thing are refused if both would hold for the same command. So is
a behaviour that another leaves nothing to act on. [Rules](rules.md#together) explains both. A name
in braces is a value of the behaviour; `{on}` stands for the commands of its rule.

## Exclusive decisions

| decision | made by one of these |
|---|---|
"""


def _together() -> str:
    text = _TOGETHER
    for aspect, names in sorted(_by(_decisions).items()):
        text += f"| {aspect} | {names} |\n"
    text += "\n## Removed and required\n\nBesides commands that are not executed.\n\n"
    text += "| subject | removed by | required by |\n|---|---|---|\n"
    taken, needed = _by(lambda row: row.takes), _by(lambda row: row.needs)
    for what in sorted({*taken, *needed}):
        text += f"| {what} | {taken.get(what, '')} | {needed.get(what, '')} |\n"
    text += "\n## By name\n\n| where this holds | these have nothing to act on |\n|---|---|\n"
    rows = [row for row in BEHAVIOURS.values() if row.against]
    text += "".join(f"| `{row.name}` | {_names(row.against)} |\n" for row in rows)
    return text


def _decisions(row: Behaviour) -> tuple[str, ...]:
    """What a row decides; where that is a value, each decision that others make, too."""
    aspects = (row.aspect,) if isinstance(row.aspect, str) else row.aspect
    choices = {f"the {{{p.name}}}": p.kind.words for p in row.parameters}
    several = [[f"the {word}" for word in choices.get(text, ())] or [text] for text in aspects]
    return tuple(text for some in several for text in some if len(some) == 1 or text in _SHARED)


_SHARED = {row.aspect for row in BEHAVIOURS.values()}


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

A profile imitates a real server by a bundle of [rules](rules.md): `--profile NAME`,
`Pop3Server(profile="NAME")`. Each rule has its source and the grade of the evidence, as for
[quirks](quirks.md), and is marked if unsure. `mail-box` is the test server of Perl's Mail::Box;
`pop3lab DIR` does the same with replies of its own.

The table of each profile shows the replies at each step of a session. Fields such as `{count}` are
filled in. If the wording is unknown, the server replies with `+OK` or `-ERR` alone: RFC 1939 allows
that and some servers do it, while any invented sentence would be taken for that server's. Except
for a wrong password and an unknown command, refusals have pop3lab's own wording, unless a rule of
the profile says otherwise.
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
            text += "It has no rules: the replies are pop3lab's own.\n"
    return text


def _words(profile: Profile) -> str:
    text = "| step | reply | source |\n|---|---|---|\n"
    for step, said in step_wordings(profile).items():
        if not said:
            text += f"| {step} | no such command | |\n"
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

These options belong to the server, whichever command runs it. For `pop3lab serve` each option is
also an environment variable, `POP3LAB_TLS_PORT` for `--tls-port`, and a key of the TOML file,
`tls-port`. The command line takes precedence over the environment, and the environment over the
file. `pop3lab DIR` has the same options with defaults of its own; it does not read the environment,
and reads settings from no file except that of `--config`. In a variable, separate several values by
spaces, and rules by line ends.

Octets may be written `10KiB` or `2MiB`, seconds `1.5`, `2s` or `200ms`.
"""
    for group, members in groupby(TABLE.values(), lambda row: row.group):
        text += (
            f"\n## {group}\n\n| option | value | default | default of `pop3lab DIR` | meaning |\n"
        )
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


_CASES = """\
# Cases

The situations in which [check](../howto/check.md) tries a client. Each has a server of its own.
Rules stand behind the number of the run in which they are in force; `*` stands for all runs.
"""

_FINDINGS = """
## Findings

Findings with a grade count in every case, unless the case gives another grade. The others count
only in the cases that name them. Small letters name [violations](../violations.md).

| finding | meaning | grade |
|---|---|---|
"""


def _cases() -> str:
    text = _CASES
    for group, members in groupby(CASES.values(), lambda case: case.group):
        text += f"\n## {group}\n" + "".join(f"\n{_case(case)}" for case in members)
    text += _FINDINGS
    for judge in sorted(JUDGES.values(), key=lambda judge: judge.id):
        grade = judge.grade.value if judge.grade else ""
        text += f"| `{judge.id}` | {_plain(judge.meaning)} | {grade} |\n"
    return text


def _case(case: Case) -> str:
    text = f"### {case.number} {case.id}\n\n{_told(case.situation)} {_told(case.why)}\n\n"
    rows = {
        "Expected": _told(case.expected),
        "Job": _job(case),
        "Clause": case.clause,
        "Rules": _code(case.rules),
        "Fails with": ", ".join(f"`{name}`" for name in case.fail.split()),
        "Warns of": ", ".join(f"`{name}`" for name in case.warn.split()),
        "Informs of": ", ".join(f"`{name}`" for name in case.info.split()),
        "Source": _plain(case.source),
    }
    return text + "".join(f"- {name}: {told}\n" for name, told in rows.items() if told)


_JOB_TLS = {"": "", "stls": "STLS", "implicit": "TLS from the first octet"}


def _job(case: Case) -> str:
    """What the client is asked for."""
    words = ["fetch and delete" if case.operation == "delete" else "fetch and keep"]
    words += [f"{case.runs} runs"] if case.runs > 1 else []
    words += [word for word in (_JOB_TLS[case.tls], case.auth.upper()) if word]
    words += [f"profile `{case.profile}`"] if case.profile else []
    return ", ".join(words)


def _told(text: str) -> str:
    """Sentences, with the dot at their end."""
    return f"{_plain(text)}."


_COMMANDS = """\
# Command line

`pop3lab DIR` is the test server, with the contract of the test server of Perl's Mail::Box. If the
first word is one of the commands below, pop3lab runs that command; write `./serve` for a folder of
that name.
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

With `--control`, `pop3lab DIR` and `pop3lab serve` read commands from stdin, one per line, and
answer each with one line on stdout: `ok`, perhaps with a result, or `err` and the reason. They
execute commands one after the other. The answers come after the line with the port and before the
statistics. [Other languages](../howto/languages.md) shows how to use them.

Changes of users and tokens hold until the server stops, or until SIGHUP makes it read its settings
and files again.

| command | meaning |
|---|---|
"""

_COUNTS = """
## Counters of `wait` and `stats`

Each verb has a counter, too, in upper case: `wait RETR=3`.

| name | counts |
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
    return f"{text}\n## Events\n\n`--events` writes events.\n\n{_verbatim(json_events.__doc__)}"


_SCENARIO = """\
# Scenario files

The keys of the TOML files that `pop3lab scenario` reads; see [scenarios](../howto/scenarios.md).
Error messages give the place of a mistake and a suggestion. `pop3lab scenario schema` prints a JSON
Schema, which editors use to complete keys and to mark mistakes.
"""


def _scenario() -> str:
    text = f"{_SCENARIO}\n## Top level\n\n{_keys(TOP)}"
    for name, section in SECTIONS.items():
        form = f"[[{name}]]" if section.many else f"[{name}]"
        text += f"\n## `{form}`\n\n{_plain(_sentence(section.meaning))}.{_one_of(section)}\n\n"
        text += _keys(section.keys)
    return text


def _one_of(section: Section) -> str:
    names = ", ".join(f"`{name}`" for name in section.one_of)
    return f" Give exactly one of {names}." if names else ""


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
    return f"| key | value | meaning |\n|---|---|---|\n{rows}"


def _kind(key: Key) -> str:
    kind = " or ".join(f"`{word}`" for word in key.words) or _KINDS[key.kind]
    return f"{kind}, required" if key.must else kind


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
