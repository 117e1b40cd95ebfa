"""`pop3lab quirks`, `faults`, `attacks` and `profiles`: list and explain the catalogue."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.behaviours.profiles.profile import Profile, ProfileRule
from pop3lab.behaviours.profiles.wording import StepWording, step_wordings
from pop3lab.catalogue import BehaviourRecord
from pop3lab.cli.listing import JSON, paragraph, print_rows
from pop3lab.cli.words import read_words
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.rules.behaviour import Behaviour

_FAMILIES = {"quirks": "quirk", "faults": "fault", "attacks": "attack"}
_SINGULAR = {**_FAMILIES, "profiles": "profile"}

OPTIONS = (JSON,)


def run(command: str, words: Sequence[str]) -> int:
    """List them, or explain the named ones. Raises ConfigError."""
    found, names = read_words(OPTIONS, words)
    rows = _rows(command)
    for name in names:
        if name not in rows:
            raise ConfigError(_unknown(command, name, rows))
    chosen = [rows[name] for name in names or rows]
    print_rows(
        chosen,
        as_json=_as_json if found["json"] else None,
        explained=_explained if names else None,
        listed=_listed,
    )
    return 0


def _unknown(command: str, name: str, rows: Iterable[str]) -> str:
    if other := BEHAVIOURS.get(name):
        article = "an" if other.family == "attack" else "a"
        return f"{name!r} is {article} {other.family}: write pop3lab {other.family}s {name}"
    hint = nearest(name, rows) or f"; `pop3lab {command}` lists all"
    return f"unknown {_SINGULAR[command]} {name!r}{hint}"


def _rows(command: str) -> Mapping[str, Behaviour | Profile]:
    if command == "profiles":
        return dict(PROFILES)
    family = _FAMILIES[command]
    return {name: row for name, row in BEHAVIOURS.items() if row.family == family}


def _listed(rows: Sequence[Behaviour | Profile]) -> Iterator[str]:
    width = max((len(row.name) for row in rows), default=0)
    category = ""
    for row in rows:
        if isinstance(row, Behaviour) and row.category != category:
            yield f"{chr(10) if category else ''}{row.category}:\n"
            category = row.category
        yield f"  {row.name:<{width}}  {row.meaning}\n"


def _explained(row: Behaviour | Profile) -> Iterator[str]:
    yield f"{_usage(row)}\n\n{paragraph(row.meaning)}"
    if isinstance(row, Profile):
        yield from _told(row)
        return
    for parameter in row.parameters:
        default = (
            "" if parameter.default is None else f" (default: {parameter.show(parameter.default)})"
        )
        text = f"{parameter.name}: {parameter.meaning}; {parameter.kind.name}{default}"
        yield paragraph(text, 2)
    yield "\n" + paragraph(f"Source: {row.source}")
    if row.bugs:
        yield paragraph(f"Known client bugs: {row.bugs}")
    if row.counted:
        yield paragraph(f"Its hits count {row.counted}")


def _told(profile: Profile) -> Iterator[str]:
    yield "\nReplies, step by step:\n"
    for step, said in step_wordings(profile).items():
        yield f"\n  {step}\n"
        yield from map(_line, said)
        if not said:
            yield f"      {_nothing(profile)}\n"
    if profile.rules:
        yield "\nRules:\n"
    for rule in profile.rules:
        yield f"\n  {rule.rule}\n{paragraph(_evidence(rule), 6)}"


def _line(said: StepWording) -> str:
    if not said.profile_rule.known:
        return paragraph(f"unknown, {said.profile_rule.source}: {said}", 6)
    return f"      {said}\n{paragraph(_evidence(said.profile_rule), 8)}"


def _nothing(profile: Profile) -> str:
    """Return the text for a step without a known reply."""
    return "no such command" if profile.rules else "pop3lab's own reply"


def _usage(row: Behaviour | Profile) -> str:
    if isinstance(row, Profile):
        return row.name
    words = [p.name.upper() if p.default is None else f"[{p.name}=...]" for p in row.parameters]
    return " ".join([row.name, *words])


def _evidence(rule: ProfileRule) -> str:
    marks = [rule.grade, *["unsure"] * rule.unsure, *["not in force"] * (not rule.in_force)]
    marks = marks if rule.known else ["unknown"]
    return f"{rule.source} ({', '.join(marks)})"


def _word(said: StepWording) -> Mapping[str, object]:
    told = {
        name: getattr(said.profile_rule, name) for name in ("source", "grade", "unsure", "known")
    }
    return {"where": said.where, "status": said.status, "text": said.text, **told}


def _as_json(row: Behaviour | Profile) -> Mapping[str, object]:
    if isinstance(row, Profile):
        words = {step: list(map(_word, said)) for step, said in step_wordings(row).items()}
        rules = [rule._asdict() for rule in row.rules]
        return {**row._asdict(), "words": words, "rules": rules}
    return asdict(BehaviourRecord.of(row))
