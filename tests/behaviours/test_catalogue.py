"""Each name of the catalogue: known, explained, sourced, and one value in all five forms."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pop3lab import attacks, behaviours, faults, quirks
from pop3lab.behaviours.catalogue import BEHAVIOURS, make_effect, parse_rule
from pop3lab.cli import factories as parts
from pop3lab.cli.explain import run as explain
from pop3lab.cli.words import Words, server_texts
from pop3lab.config.options import TABLE
from pop3lab.config.reading import load, load_directory
from pop3lab.control.commands import ControlContext, answer
from pop3lab.core.errors import ConfigError
from pop3lab.core.hooks import Hooks
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.rules.behaviour import Behaviour, Effect
from pop3lab.rules.engine import Rules
from pop3lab.scenario.scenario import load_scenario
from pop3lab.testing.pop3_server import Pop3Server

ROWS = list(BEHAVIOURS.values())
NAMES = [row.name for row in ROWS]
FAMILIES = {"quirk", "fault", "attack"}

# Values for what has no default.
SOME: Mapping[str, object] = {
    "wording text": "Hello {user}",
    "unknown-command text": "what is {verb}?",
    "capa-lines lines": "TOP,UIDL",
    "extra-command verb": "XTND",
    "extra-command reply": "+OK",
}
BY_KIND: Mapping[str, object] = {
    "a whole number, 0 or more": 3,
    "a whole number": 3,
    "a number of seconds, or inf": 0.5,
    "a number, 0 or more": 2.0,
    "octets": b'a "quoted" \\ \r\n\x00\xff octet',
    "a text": "some text",
    "whole numbers with commas": (1, 3),
}


def values(row: Behaviour) -> dict[str, object]:
    """What must be given, and nothing else."""
    return {
        parameter.name: SOME.get(f"{row.name} {parameter.name}", _value(parameter.kind.name))
        for parameter in row.parameters
        if parameter.default is None
    }


def _value(kind: str) -> object:
    """One of the kind, or the first word of a choice."""
    return BY_KIND.get(kind) or kind.removeprefix("one of ").split(", ")[0]


def made(row: Behaviour) -> Effect:
    """By the function that Python has for it."""
    family = {"quirk": quirks, "fault": faults, "attack": attacks}[row.family]
    make = getattr(family, row.name.replace("-", "_"))
    what = make(*values(row).values())
    assert isinstance(what, Effect)
    return what


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_it_is_explained_and_sourced(row: Behaviour, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", row.name)
    assert row.family in FAMILIES
    assert row.category
    assert row.source
    assert row.meaning == row.meaning.strip().rstrip(".")
    assert "\n" not in row.meaning
    assert all(parameter.meaning for parameter in row.parameters)
    assert set(row.against) <= BEHAVIOURS.keys()
    assert isinstance(made(row).hooks(Rules().server), Hooks)
    assert explain(f"{row.family}s", [row.name]) == 0
    told = capsys.readouterr().out
    assert told.startswith(row.name)
    assert "Source: " in told


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_each_word_of_a_choice_makes_hooks(row: Behaviour) -> None:
    for parameter in row.parameters:
        for word in parameter.kind.words:
            effect = make_effect(row.name, **python_values(row, {parameter.name: word}))
            assert isinstance(effect.hooks(Rules().server), Hooks)


def python_values(row: Behaviour, chosen: Mapping[str, object]) -> dict[str, object]:
    """What must be given and what is chosen, by the names that Python has for it."""
    return {name.replace("-", "_"): value for name, value in {**values(row), **chosen}.items()}


def test_a_row_is_declared_under_its_name() -> None:
    declared = {
        name: value.name
        for module in vars(behaviours).values()
        if isinstance(module, ModuleType)
        for name, value in vars(module).items()
        if isinstance(value, Behaviour)
    }
    assert declared == {name.replace("-", "_"): name for name in declared.values()}
    assert declared.items() >= {("uidl_ambiguous", "uidl-ambiguous")}


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_it_is_one_value_in_all_five_forms(row: Behaviour, tmp_path: Path) -> None:
    text = str(made(row))
    assert str(parse_rule(text)) == text
    condition = "session=2"
    rule = f"{condition} -> {text}"
    forms = {
        "Python": python(row),
        "command line": options(condition, text),
        "the seed's command line": seed(tmp_path, "--rule", rule, wanted=rule),
        "its former words": seed(tmp_path, "--when", condition, text, wanted=rule),
        "keyword": f"{condition} -> {seed(tmp_path, text, wanted=text)}",
        "scenario": scenario(tmp_path, condition, text),
        "control": control(rule),
    }
    assert forms == dict.fromkeys(forms, rule)


WHENS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("TOP 1 2=0", ("TOP", 1, 0), {}),
    ("TOP 2=0", ("TOP", None, 0), {}),
    ("AUTH 1=CRAM-MD5", ("AUTH", "CRAM-MD5"), {}),
    ("AUTH words=0", ("auth",), {"words": 0}),
    ('USER 1="a b"', ("USER", "a b"), {}),
    ("RESPONSE 1=PLAIN nth=2", ("response", "PLAIN"), {"nth": 2}),
]


@pytest.mark.parametrize(("when", "words", "named"), WHENS, ids=[when for when, _, _ in WHENS])
def test_a_condition_on_words_is_one_value_in_all_forms(
    when: str, words: tuple[Any, ...], named: dict[str, Any], tmp_path: Path
) -> None:
    rule = f"{when} -> reset"
    with Pop3Server() as server:
        made = server.when(*words, **named).do("reset").rule
    assert made == parse_rule(rule)
    assert str(made) == rule
    assert options(when, "reset") == rule
    assert seed(tmp_path, "--rule", rule, wanted=rule) == rule
    assert scenario(tmp_path, when, "reset") == rule
    assert control(rule) == rule


def python(row: Behaviour) -> str:
    with Pop3Server() as server:
        return str(server.when(session=2).do(made(row)).rule).removeprefix("any ")


def options(condition: str, text: str) -> str:
    texts = server_texts(["memory:", "--rule", f"{condition} -> {text}"])
    (active,) = parts.rules(load(texts, {}).settings).active
    return str(active.rule)


def seed(folder: Path, *words: str, wanted: str) -> str:
    """The rule, among those that the server of the seed has besides."""
    asked = Words(TABLE.values(), words)
    settings = load_directory(asked.texts, asked.operands).settings
    active = parts.rules(settings.replace(target=str(folder))).active
    return next(str(one.rule) for one in active if str(one.rule) == wanted)


def scenario(folder: Path, condition: str, text: str) -> str:
    path = folder / "scenario.toml"
    path.write_text(f"[[rule]]\nwhen = '{condition}'\ndo = '''{text}'''\n")
    (rule,) = load_scenario(path).options["rules"]
    return str(rule)


def control(rule: str) -> str:
    rules = Rules(live=True)
    reach = ControlContext(".", Counters(Statistics()), rules, lambda: None)
    told = asyncio.run(answer(reach, f"fault {rule}\n".encode()))
    assert told == f"ok {rule}"
    return str(rules.active[0].rule)


@pytest.mark.parametrize(
    ("command", "name", "sentence"),
    [
        ("faults", "uidl-unsupported", "is a quirk: write pop3lab quirks uidl-unsupported"),
        ("profiles", "stls-strip-err", "is an attack: write pop3lab attacks stls-strip-err"),
        ("faults", "cut-afer", "unknown fault 'cut-afer', did you mean 'cut-after'?"),
    ],
)
def test_one_of_another_family_is_named_with_its_command(
    command: str, name: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        explain(command, [name])


def test_a_mistake_is_the_same_sentence_in_all_forms(tmp_path: Path) -> None:

    told = []
    for form in (
        lambda: parse_rule("cut-afer 5"),
        lambda: options("RETR", "cut-afer 5"),
        lambda: seed(tmp_path, "--rule", "RETR -> cut-afer 5", wanted=""),
        lambda: scenario(tmp_path, "RETR", "cut-afer 5"),
    ):
        with pytest.raises(ConfigError) as error:
            form()
        told.append(str(error.value))
    rules = Rules(live=True)
    reach = ControlContext(".", Counters(Statistics()), rules, lambda: None)
    told.append(asyncio.run(answer(reach, b"fault cut-afer 5\n")))
    sentence = "unknown quirk or fault 'cut-afer', did you mean 'cut-after'?"
    assert all(sentence in one for one in told), told
