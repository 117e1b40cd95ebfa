"""The words of each known server, step by step: what its rows tell is what it sends."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping

import pytest

from pop3lab.behaviours.profiles.catalogue import PROFILES
from pop3lab.behaviours.profiles.profile import Profile, rules_from
from pop3lab.behaviours.profiles.wording import (
    STEPS,
    UNKNOWN_COMMAND,
    VERBS,
    StepWording,
    login_wording,
    refusal_wording,
    step_wordings,
    unknown_wording,
    wording_rule,
)
from pop3lab.cli.explain import run as explain
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.session import Session
from tests.behaviours.profiles.profiled import TOKEN, Profiled
from tests.dialogue import TIMESTAMP, done, fed, sent

SERVERS = sorted(PROFILES.keys() - {"by-the-book"})
SAID = (*VERBS, UNKNOWN_COMMAND)
LISTS = [step for step in STEPS if step not in SAID]
XOAUTH2 = b64encode(f"user=ann\1auth=Bearer {TOKEN}\1\1".encode()).decode()

# Steps whose command is not there.
LACKS: Mapping[str, set[str]] = {
    "aol-jpop": {"UIDL"},
    "av-proxy": {"STLS"},
    "exchange5x": {"CAPA", *LISTS},
    "gmail": {"STLS"},
    "mail-box": {"CAPA", "STLS", *LISTS},
    "popa3d": {"CAPA", "STLS", *LISTS},
}

# What is said here by the book.
OURS = (
    "now the password",
    "maildrop has 2 messages (56 octets)",
    "2 messages (56 octets)",
    "login failed",
    "unique-ids follow",
    "top of message follows",
    "capabilities follow",
    "nothing done",
    "message 1 deleted",
    "begin TLS",
    "bye",
    "unknown command",
)

every_server = pytest.mark.parametrize("name", SERVERS)
CASES = [(name, step) for name in SERVERS for step in SAID if step not in LACKS.get(name, ())]
NOT_THERE = [
    (name, step) for name, steps in LACKS.items() for step in sorted(steps & {*SAID}) if steps
]


def line_of(name: str, step: str) -> str:
    """What the server says first in this step of a session."""
    server = Profiled(name)
    server.capabilities = ServerCapabilities(tls=True)
    session = server.session()
    greeting = sent(done(session.greeting()))
    before = {
        "USER": ["USER ann"],
        "login": ["USER ann", "PASS secret"],
        "refusal": ["USER ann", "PASS wrong"],
        "STLS": ["STLS"],
        "CAPA": ["CAPA"],
        UNKNOWN_COMMAND: ["XYZZY"],
    }
    after = {"RETR": "RETR 1", "TOP": "TOP 1 0", "DELE": "DELE 1"}
    if step == "greeting":
        octets = greeting
    elif step == "login" and name == "outlook-o365":
        octets = said(session, "AUTH XOAUTH2", XOAUTH2)
    elif step in before:
        octets = said(session, *before[step])
    else:
        log_in(session)
        octets = said(session, after.get(step, step))
    line, end, _ = octets.decode("utf-8", "surrogateescape").partition("\r\n")
    assert end
    return line


def said(session: Session, *lines: str) -> bytes:
    """What is said to the last of them."""
    return [sent(done(fed(session, f"{line}\r\n".encode()))) for line in lines][-1]


def log_in(session: Session) -> None:
    if not said(session, "USER ann", "PASS secret").startswith(b"+OK"):
        assert said(session, "AUTH XOAUTH2", XOAUTH2).startswith(b"+OK")


def row_of(name: str, step: str) -> StepWording:
    """What is told of this step where it comes here: before login if it can, by a password."""
    found = {one.where: one for one in step_wordings(PROFILES[name])[step]}
    if step == "login" and name == "outlook-o365":
        return found["AUTH"]
    early = "state=AUTHORIZATION" if step in ("STLS", "CAPA", UNKNOWN_COMMAND) else ""
    return found.get(early) or found[""]


def pattern(template: str) -> str:
    """Of a text: numbers as they are, of what is made up only the form."""
    fields = {
        "n": "1",
        "octets": r"\d+",
        "count": "2",
        "deleted": "0",
        "user": "ann",
        "stamp": re.escape(TIMESTAMP),
        "host": re.escape("dbc.mtview.ca.us"),
        "ip": re.escape("192.0.2.1"),
        "id": "[0-9a-f]{16}",
        "verb": "XYZZY",
    }
    parts = re.split(r"\{(\w+)\}", template)
    return "".join(fields[part] if i % 2 else re.escape(part) for i, part in enumerate(parts))


@every_server
def test_each_step_is_told_known_or_not(name: str) -> None:
    told = step_wordings(PROFILES[name])
    assert list(told) == list(STEPS)
    for step, rows in told.items():
        assert bool(rows) is (step not in LACKS.get(name, ())), step
        assert len({row.where for row in rows}) == len(rows)
        assert all(
            row.profile_rule.unsure and row.profile_rule.grade == "D"
            for row in rows
            if not is_known(row)
        )


def is_known(row: StepWording) -> bool:
    return row.profile_rule.known


@pytest.mark.parametrize(("name", "step"), CASES, ids=[f"{n}: {s}" for n, s in CASES])
def test_what_is_sent_is_what_the_row_says(name: str, step: str) -> None:
    row = row_of(name, step)
    status, _, text = line_of(name, step).partition(" ")
    if name == "domino" and step == "greeting":
        text = text.partition(" <")[0]  # a timestamp that is none
    assert status == row.status
    assert re.fullmatch(pattern(row.text), text), (text, row)
    if not is_known(row):
        assert text in ("", TIMESTAMP) or (step == "STAT" and re.fullmatch(r"2 \d+", text))


@pytest.mark.parametrize(("name", "step"), NOT_THERE, ids=[f"{n}: {s}" for n, s in NOT_THERE])
def test_a_step_without_a_row_is_an_unknown_command(name: str, step: str) -> None:
    assert line_of(name, step) == line_of(name, UNKNOWN_COMMAND)


@every_server
def test_no_server_speaks_our_words_but_those_that_are_known_to_be_its_own(name: str) -> None:
    for step in SAID:
        text = line_of(name, step).partition(" ")[2]
        assert "pop3lab" not in text
        if text in OURS:
            said_in = UNKNOWN_COMMAND if step in LACKS.get(name, ()) else step
            assert is_known(row_of(name, said_in)), (step, text)


@pytest.mark.parametrize(
    ("name", "early", "late"),
    [
        (
            "exchange2003",
            "Command is not valid in this state.",
            "Command is not valid in this stat",
        ),
        (
            "exchange2010",
            "Command is not valid in this state.",
            "Command is not valid in this stat",
        ),
        (
            "outlook-o365",
            "Command is not valid in this state.",
            "Command is not valid in this stat",
        ),
        ("dovecot", "Unknown command.", "Unknown command: USER"),
    ],
)
def test_a_command_that_comes_in_a_state_that_is_not_its_own(
    name: str, early: str, late: str
) -> None:
    session = Profiled(name).session()
    done(session.greeting())
    for line in ("STAT", "LIST", "UIDL 1", "RETR 1", "TOP 1 0", "DELE 1", "RSET", "NOOP"):
        assert said(session, line) == f"-ERR {early}\r\n".encode()
    log_in(session)
    assert said(session, "USER ann").startswith(f"-ERR {late}".encode())
    assert said(session, "STAT").startswith(b"+OK 2 ")


def test_what_is_known_is_most() -> None:
    rows = [row_of(name, step) for name, step in CASES]
    unknown_ones = {name for name, step in CASES if not is_known(row_of(name, step))}
    assert sum(map(is_known, rows)) > len(rows) / 2
    assert {"dovecot", "courier", "cyrus", "uw-ipop3d", "popa3d", "tpop3d"}.isdisjoint(unknown_ones)


@every_server
def test_it_is_shown_step_by_step(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain("profiles", [name]) == 0
    shown, _, rules = capsys.readouterr().out.partition("Rules:")
    assert rules
    assert re.findall(r"^  (\w.*)$", shown, re.MULTILINE) == list(STEPS)
    words = " ".join(shown.split())
    for row in (row for rows in step_wordings(PROFILES[name]).values() for row in rows):
        line = " ".join(str(row).split())
        source = " ".join(row.profile_rule.source.split())
        assert (f"{line} {source} (" if is_known(row) else f"unknown, {source}: {line}") in words


def test_a_step_that_is_not_there_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    explain("profiles", ["popa3d", "by-the-book"])
    popa3d, _, by_the_book = capsys.readouterr().out.partition("by-the-book")
    assert "\n  STLS\n      no such command\n" in popa3d
    assert by_the_book.count("pop3lab's own reply") == len(STEPS)
    assert "Rules:" not in by_the_book


def test_the_words_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    explain("profiles", ["--json", "sina"])
    (sina,) = json.loads(capsys.readouterr().out)
    assert list(sina["words"]) == list(STEPS)
    assert sina["words"]["refusal"] == [
        {
            "where": "",
            "status": "-ERR",
            "text": "auth error",
            "source": "a session of telnet in notes of 2017 on the protocol",
            "grade": "B",
            "unsure": False,
            "known": True,
        }
    ]
    assert [word["known"] for word in sina["words"]["RETR"]] == [False]


def told(*rules: str) -> list[str]:
    profile = Profile("any", "a server", rules_from("a session", "B", *rules))
    return [f"{step}: {row}" for step, rows in step_wordings(profile).items() for row in rows]


def test_the_words_of_a_step() -> None:
    assert told(wording_rule("GREETING", 'a "b" \\ c'), wording_rule("USER", "")) == [
        'greeting: +OK a "b" \\ c',
        "USER: +OK",
    ]
    assert told(*login_wording("in"), *refusal_wording("out")) == [
        "login: +OK in",
        "refusal: -ERR out",
    ]
    assert told(
        wording_rule("PASS", "in"), wording_rule("AUTH", "by AUTH"), *refusal_wording("no", "AUTH")
    ) == [
        "login: +OK in",
        "login: AUTH: +OK by AUTH",
        "refusal: AUTH: -ERR no",
    ]
    assert told(
        wording_rule("QUIT", "farewell"), 'state=AUTHORIZATION -> wording QUIT "so soon?"'
    ) == [
        "QUIT: +OK farewell",
        "QUIT: state=AUTHORIZATION: +OK so soon?",
    ]
    assert told("capa-lines TOP,UIDL", "capa-lines TOP state=after") == [
        "CAPA before login: TOP, UIDL",
        "CAPA under TLS: TOP, UIDL",
        "CAPA after login: TOP",
    ]
    assert (
        told(
            'wording RETR "gone" err=yes',
            "uidl-unsupported",
            'wording PASS "x" err=yes code=IN-USE',
        )
        == []
    )


def test_the_later_words_are_told_once() -> None:
    assert told(wording_rule("USER", "one"), wording_rule("USER", "two")) == ["USER: +OK two"]


def test_what_is_not_in_force_is_no_word_of_a_step() -> None:
    made = rules_from("a session", "B", wording_rule("USER", "two"), in_force=False)
    assert not step_wordings(Profile("any", "a server", made))["USER"]


def test_what_is_unknown_is_said_without_words() -> None:
    rows = unknown_wording("USER", "refusal")
    assert [profile_rule.rule for profile_rule in rows] == [
        'wording USER ""',
        *(f'wording {verb} "" err=yes code=AUTH' for verb in ("PASS", "APOP", "AUTH")),
    ]
    assert not any(profile_rule.known for profile_rule in rows)
