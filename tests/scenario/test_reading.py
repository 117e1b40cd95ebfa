"""Scenarios as they are written: what is right, and where a mistake is."""

import json
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from pop3lab.core.config import Limits
from pop3lab.core.errors import ConfigError
from pop3lab.observe.session_record import SessionRecord
from pop3lab.rules.rule import Rule
from pop3lab.scenario.scenario import load_scenario
from pop3lab.scenario.schema import SECTIONS, schema
from tests.forked import ran
from tests.served import SECONDS

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples" / "scenarios").glob("*.toml"))


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_right(example: Path) -> None:
    assert tomllib.loads(example.read_text())["about"]
    load_scenario(example)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[sever]\nprofile = 'x'", "sever: is not part of a scenario, did you mean 'server'?"),
        ("about = 3", "about: give a text"),
        ("[limits]\nbad-befor = 3", "limits.bad-befor: is not known, did you mean 'bad-before'?"),
        ("[limits]\nidle = 3", "limits.idle: is not known"),
        ("[limits]\nhandshake = 0", "handshake"),
        ("[server]\nquirk = []", "server.quirk: is not known, did you mean 'quirks'?"),
        ("[server]\nquirks = 'no-uidl'", "server.quirks: give a list of texts"),
        ("[server]\nquirks = ['rset-won']", "server.quirks[1]: at 'rset-won': unknown quirk"),
        (
            "[server]\ntls = 'startls'",
            "server.tls: 'startls' is not known, did you mean 'starttls'?",
        ),
        (
            "[server]\nprofile = 'gmial'",
            "server.profile: 'gmial' is not known, did you mean 'gmail'?",
        ),
        ("[server]\nidle = -1", "server.idle: give a number, 0 or more"),
        ("[server]\nseed = true", "server.seed: give a whole number, 0 or more"),
        ("[user]\nname = 'x'", "user: write it as [[user]]"),
        ("[[user]]\nname = 'x'", "user[1]: password is missing"),
        ("[[message]]\nuid = 'x'", "message[1]: give one of text, file, folder, generate"),
        ("[[message]]\ntext = ''\nfile = ''", "message[1]: give one of text"),
        ("[[message]]\ntext = ''\nsize = '2KiB'", "message[1]: size is for generate"),
        ("[[message]]\ngenerate = 1\nuid = 'x'", "message[1]: uid is for text and file"),
        ("[[message]]\nfile = 'none.eml'", "message[1]: [Errno 2]"),
        ("[[message]]\ntext = 'x'\nuser = 'bob'", "message[1].user: unknown user 'bob'"),
        (
            "[[user]]\nname = 'ann'\npassword = 'x'\n[[message]]\ntext = 'x'\nuser = 'anne'",
            "message[1].user: unknown user 'anne', did you mean 'ann'?",
        ),
        (
            "[[user]]\nname = 'ann'\npassword = 'x'\n" * 2,
            "user[2].name: 'ann' is given twice",
        ),
        ("[server]\nquirks = ['rset-one', 'rset-won']", "server.quirks[2]: at 'rset-won'"),
        (
            "[[rule]]\nwhen = 'RETR times=2'\ndo = 'close'\ntimes = 3",
            "rule[1]: times is given twice, as 2 in 'RETR times=2' and as 3",
        ),
        ("[[rule]]\nwhen = 'RETR'", "rule[1]: do is missing"),
        (
            "[[rule]]\ndo = 'rset-one'\n[[rule]]\nwhen = 'retrr'\ndo = 'rset-one'",
            "rule[2]: at 'retrr'",
        ),
        (
            "[[rule]]\nwhen = 'RETR'\ndo = 'rset-one'\ntimes = 0",
            "rule[1].times: give a whole number, 1 or more",
        ),
        ("[[expect]]", "expect[1]: give one of commands, transcript"),
        ("[[expect]]\ncommands = ['C: USER']", "expect[1]: 'C: USER' is not a command"),
        ("[[expect]]\ntranscript = 'USER'", "expect[1]: line 1"),
        ("[[rule]\n", "is not TOML"),
        ("[server]\nquirks = ['extra-crlf', 'crlf-for-empty']", "can't stand together"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as told:
        load_scenario(path)
    assert str(told.value).startswith(str(path))
    assert why in str(told.value)
    assert "\n" not in str(told.value)


def test_all_of_it_is_served(tmp_path: Path) -> None:
    (tmp_path / "own.eml").write_bytes(b"Subject: own\n")
    path = written(
        tmp_path,
        """
        [[user]]
        name = "ann"
        password = "secret"
        [[user]]
        name = "bob"
        password = "tanstaaf"
        [[message]]
        text = "Subject: one"
        uid = "A-1"
        [[message]]
        file = "own.eml"
        user = "bob"
        [[message]]
        generate = 2
        user = "bob"
        """,
    )
    server = load_scenario(path).server()
    first = server.messages[0]
    assert (first.uid, first.octets) == ("A-1", 14)
    assert len(server.messages) == 4
    assert (server.user, server.password) == ("ann", "secret")


AGREED = {
    "about = 'x'": True,
    "about = 3": False,
    "abuot = 'x'": False,
    "[server]": True,
    "server = []": False,
    "[server]\nprofile = 'gmail'": True,
    "[server]\nprofile = 'gmial'": False,
    "[server]\nprofile = 5": False,
    "[server]\ntls = 'implicit'\nauth = ['APOP']\nidle = 1.5\nseed = 0\nlogin-delay = 2": True,
    "[server]\ntls = 'none'": False,
    "[server]\nauthzid = ['user:user']": True,
    "[server]\nauthzid = 'user:user'": False,
    "[server]\nutf8 = true": True,
    "[server]\nutf8 = false": True,
    "[server]\nutf8 = 1": False,
    "[server]\nutf8 = 'yes'": False,
    "[server]\nidle = -0.5": False,
    "[server]\nidle = true": False,
    "[server]\nseed = -1": False,
    "[server]\nseed = 1.5": False,
    "[server]\nquirks = []": True,
    "[server]\nquirks = 'no-uidl'": False,
    "[server]\nquirks = [1]": False,
    "[[server]]": False,
    "[[user]]\nname = 'x'\npassword = 'y'": True,
    "[[user]]\nname = 'x'": False,
    "[user]\nname = 'x'\npassword = 'y'": False,
    "[[message]]\ntext = 'x'\nuid = 'A'": True,
    "[[message]]\nuid = 'A'": False,
    "[[message]]\ntext = 'x'\ngenerate = 1": False,
    "[[message]]\ntext = 'x'\nsize = '2KiB'": False,
    "[[message]]\ngenerate = 1\nsize = '2KiB'": True,
    "[[message]]\ngenerate = 0": True,
    "[[message]]\ngenerate = 1\nuid = 'A'": False,
    "[[message]]\nfolder = '.'\nuid = 'A'": False,
    "[[message]]\nfolder = '.'\nsize = '2KiB'": False,
    "[[message]]\nfolder = '.'": True,
    "[[rule]]\ndo = 'close'\ntimes = 1": True,
    "[[rule]]\ndo = 'close'\ntimes = 0": False,
    "[[rule]]\ndo = 'close'\ntimes = '1'": False,
    "[[rule]]\nwhen = 'RETR'": False,
    "[[expect]]\ncommands = []": True,
    "[[expect]]\ntranscript = ''": True,
    "[[expect]]": False,
    "[[expect]]\ncommands = []\ntranscript = ''": False,
}


@pytest.mark.parametrize("text", AGREED)
def test_the_schema_and_the_check_agree(tmp_path: Path, text: str) -> None:
    right = AGREED[text]
    assert Draft202012Validator(schema()).is_valid(tomllib.loads(text)) is right
    path = written(tmp_path, text)
    if right:
        load_scenario(path)
    else:
        with pytest.raises(ConfigError):
            load_scenario(path)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_right_by_the_schema(example: Path) -> None:
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(tomllib.loads(example.read_text()))


def test_no_commands_are_an_expectation(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, "[[expect]]\ncommands = []"))
    assert scenario.expected == [[]]
    silent, said = SessionRecord(1, "", 0.0), SessionRecord(1, "", 0.0)
    said.lines.append("QUIT")
    assert not list(scenario.mismatches([silent]))
    assert len(list(scenario.mismatches([said]))) == 1


def test_the_schema_has_every_key() -> None:
    properties = schema()["properties"]
    assert isinstance(properties, dict)
    assert properties.keys() == {*SECTIONS, "about"}
    for name, section in SECTIONS.items():
        table = properties[name].get("items", properties[name])
        assert table["properties"].keys() == section.keys.keys()


def run_scenario(*words: str) -> "subprocess.CompletedProcess[str]":
    return ran(["scenario", *words], seconds=SECONDS)


def test_the_command_checks_and_prints_the_schema(tmp_path: Path) -> None:
    good, bad = written(tmp_path, "about = 'x'"), tmp_path / "none.toml"
    assert run_scenario("check", str(good)).stdout == f"{good}: ok\n"
    refused = run_scenario("check", str(good), str(bad))
    assert refused.returncode == 2
    assert "none.toml: cannot be read" in refused.stderr
    assert json.loads(run_scenario("schema").stdout) == schema()
    assert "did you mean 'check'?" in run_scenario("chek").stderr
    assert run_scenario("check").returncode == 2


def test_a_key_is_read_under_its_former_name(tmp_path: Path) -> None:
    assert (
        load_scenario(written(tmp_path, "[server]\nas = 'gmail'\n")).options["profile"] == "gmail"
    )


def test_limits_are_those_of_the_server(tmp_path: Path) -> None:
    text = "[server]\nidle = 9\n[limits]\nline = 47\nbad-before = 3\nlogin = 2.5\n"
    options = load_scenario(written(tmp_path, text)).options
    assert options["limits"] == Limits(line=47, bad_before=3, login=2.5)
    assert options["idle"] == 9
    names = {name.replace("-", "_") for name in SECTIONS["limits"].keys}
    assert names == {field.name for field in fields(Limits)} - {
        *("idle", "busy_step", "delay_addresses", "hash_threads", "hashes_waiting", "tls_buffer"),
        "message",  # of mail in, which a scenario has not
    }


def test_each_rule_is_parsed_once(tmp_path: Path) -> None:
    """The options have the rules themselves, not texts to be parsed again."""
    text = "[server]\nquirks = ['uidl-unsupported']\n[[rule]]\nwhen = 'RETR 2'\ndo = 'reset'\n"
    rules = load_scenario(written(tmp_path, text)).options["rules"]
    assert [type(rule) for rule in rules] == [Rule, Rule]
    assert [str(rule) for rule in rules] == ["uidl-unsupported", "RETR 2 -> reset"]
