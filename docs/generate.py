"""Writes the pages of reference that say what the tables say: python -m docs.generate."""

import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

from pop3lab.faults.catalogue import PECULIARITIES
from pop3lab.faults.peculiarity import Peculiarity
from pop3lab.faults.profiles.catalogue import PROFILES
from pop3lab.faults.profiles.profile import Trait
from pop3lab.settings.kinds import Kind
from pop3lab.settings.table import Row
from pop3lab.settings.values import TABLE

FOLDER = Path(__file__).parent / "reference"

_INTRODUCTIONS = {
    "quirk": """\
# Quirks

A quirk is a standing peculiarity of a server. Each stands alone as a keyword, `pop3lab DIR
no-top`, or with a [condition](rules.md). The grade behind a source says how it is known: A read in
source code or a recorded session, B reported with a trace, C documented, D folklore.
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
        "quirks.md": lambda: _family("quirk"),
        "faults.md": lambda: _family("fault"),
        "attacks.md": lambda: _family("attack"),
        "profiles.md": _profiles,
        "settings.md": _settings,
    }
    return {name: make() for name, make in made.items()}


def _family(family: str) -> str:
    rows = [row for row in PECULIARITIES.values() if row.family == family]
    rows.sort(key=lambda row: row.category)
    text = _INTRODUCTIONS[family]
    for category, members in groupby(rows, lambda row: row.category):
        text += f"\n## {category}\n"
        text += "".join(f"\n{''.join(_row(row))}" for row in members)
    return text


def _row(row: Peculiarity) -> Iterator[str]:
    yield f"### `{row.name}`\n\n{_plain(row.meaning)}.\n"
    if row.parameters:
        yield "\n"
    for parameter in row.parameters:
        must = parameter.default is None
        default = "must be given" if must else f"default `{parameter.show(parameter.default)}`"
        yield f"- `{parameter.name}`: {_plain(parameter.meaning)}; {parameter.kind.name}; {default}\n"
    yield f"\nSource: {_plain(row.source)}.\n"
    if row.bugs:
        yield f"\nWhat clients made of it: {_plain(row.bugs)}.\n"


def _plain(text: str) -> str:
    """Text in which nothing is markup."""
    text = text.rstrip(".")
    return "".join(f"\\{letter}" if letter in "\\*_<>[]`|#" else letter for letter in text)


def _profiles() -> str:
    text = """\
# Profiles

A profile is a known server as a bundle of [rules](rules.md): `pop3lab serve --as NAME`,
`Pop3Server(profile="NAME")`. Each rule has its source and the grade of the evidence; what is unsure
says so. `mail-box` is the test server of Perl's Mail::Box, as `pop3lab DIR` is.
"""
    for profile in PROFILES.values():
        text += f"\n## {profile.name}\n\n{_plain(profile.meaning)}.\n\n"
        text += "".join(f"- `{trait.rule}`: {_evidence(trait)}\n" for trait in profile.traits)
    return text


def _evidence(trait: Trait) -> str:
    return f"{_plain(trait.source)} ({trait.grade}{', unsure' if trait.unsure else ''})"


def _settings() -> str:
    text = """\
# Settings of `pop3lab serve`

Each is an option, a variable and a key of the TOML file under the same name; the command line wins
over the environment, and that over the file.
"""
    rows = list(TABLE.values())
    for group, members in groupby(rows, lambda row: row.setting.group):
        text += f"\n## {group}\n\n| setting | value | default | |\n|---|---|---|---|\n"
        text += "".join(map(_setting, members))
    return text


def _setting(row: Row) -> str:
    kind: Kind = row.setting.kind
    value = _plain(kind.metavar or "true or false")
    default = "" if row.default in (None, (), False) else f"`{row.show(row.default)}`"
    return f"| `{row.name}` | {value} | {default} | {_plain(row.setting.help)} |\n"


def main() -> int:
    """Write them."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
