"""Each command and its answer."""

import asyncio
import json
from pathlib import Path

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.control.commands import CONTROL_COMMANDS, LONGEST, ControlContext, answer
from pop3lab.core.events import ConnectionOpened, LineReceived
from pop3lab.observe.counters import Counters, Statistics
from pop3lab.rules.engine import Rules
from pop3lab.stores.memory import MemoryStore
from tests.stores.mistaken import MBOX


@pytest.fixture
def reach(tmp_path: Path) -> ControlContext:
    first = (parse_rule("top-whole"), parse_rule("break-command"))
    stopped = tmp_path / "stopped"
    box = tmp_path / "box"
    box.mkdir()
    return ControlContext(str(box), Counters(Statistics()), Rules(first, live=True), stopped.touch)


def ask(reach: ControlContext, line: str | bytes) -> str:
    octets = line if isinstance(line, bytes) else line.encode()
    answered = asyncio.run(answer(reach, octets))
    assert answered.isprintable()
    return answered


def in_force(reach: ControlContext) -> list[str]:
    told = json.loads(ask(reach, "rules").removeprefix("ok "))
    assert told["seed"] == reach.rules.seed
    return [row["rule"] for row in told["rules"]]


def test_add(reach: ControlContext, tmp_path: Path) -> None:
    (tmp_path / "a  b").write_bytes(b"x")
    assert ask(reach, f"add {tmp_path}/a  b") == "ok 0001"
    assert ask(reach, f"  add   {tmp_path}/a  b ") == "ok 0002"
    assert ask(reach, f"add {tmp_path}/none") == f"err {tmp_path}/none: No such file or directory"
    assert ask(reach, f"add {tmp_path}/\nx\u2028y").startswith(f"err {tmp_path}/\\nx\\u2028y:")
    assert ask(reach, "add x\0y") == "err x\\x00y: No such file or directory"
    assert ask(reach, "add") == "err no file given: write add FILE"
    (tmp_path / "inbox").write_bytes(MBOX * 2)
    assert ask(reach, f"add {tmp_path}/inbox").endswith("several messages: add them one by one")


def test_add_in_memory(reach: ControlContext, tmp_path: Path) -> None:
    store = MemoryStore()
    reach = reach._replace(store=store, user="ann")
    for name in ("one for all", "two"):
        (tmp_path / name).write_bytes(b"Subject: one\n\nhello\n")
    assert ask(reach, f"add {tmp_path}/one for all for bob") == "ok 1"
    assert ask(reach, f"add {tmp_path}/one for all").endswith("/one: No such file or directory")
    assert ask(reach, f"add {tmp_path}/two") == "ok 2"
    now = store.look()
    assert [[entry.uid for entry in now(user)] for user in ("ann", "bob")] == [["2"], ["1"]]
    (tmp_path / "inbox").write_bytes(MBOX * 2)
    assert ask(reach, f"add {tmp_path}/inbox").endswith("add its messages one by one")
    nobody = reach._replace(user="")
    assert ask(nobody, f"add {tmp_path}/two") == "err whose message is it? write add FILE for USER"


def test_fault(reach: ControlContext) -> None:
    assert ask(reach, "fault user=ann   -> autodelete") == "ok user=ann -> autodelete"
    assert in_force(reach) == ["top-whole", "break-command", "user=ann -> autodelete"]
    wrong = ask(reach, "fault RETR 2 -> autodelet")
    assert wrong.startswith("err ")
    assert "did you mean 'autodelete'?" in wrong
    assert ask(reach, "fault").startswith("err ")
    assert (
        ask(reach, "fault RETR reset") == "err at 'reset': before it -> is missing: RETR -> reset"
    )
    assert "between -> and -> what happens is missing" in ask(reach, "fault RETR -> -> reset")


def test_rules_says_how_often_each_took_effect(reach: ControlContext) -> None:
    ask(reach, "fault RETR 2 -> cut-after 512 then reset")
    reach.rules.active[-1].hits = 3
    assert json.loads(ask(reach, "rules").removeprefix("ok "))["rules"][-1] == {
        "rule": "RETR 2 -> cut-after 512 then reset",
        "hits": 3,
    }


def test_unfault(reach: ControlContext) -> None:
    ask(reach, "fault user=ann -> autodelete")
    reach.rules.active[-1].hits = 2
    assert ask(reach, "unfault user=ann   -> autodelete") == "ok user=ann -> autodelete hits=2"
    assert in_force(reach) == ["top-whole", "break-command"]
    again = ask(reach, "unfault user=ann -> autodelete")
    assert again == "err 'user=ann -> autodelete' is not in force (rules lists those that are)"
    assert ask(reach, "unfault").startswith("err ")


def test_quirk(reach: ControlContext) -> None:
    assert ask(reach, "quirk autodelete on") == "ok autodelete on"
    assert ask(reach, "quirk autodelete on") == "ok autodelete on"
    assert in_force(reach) == ["top-whole", "break-command", "autodelete"]
    assert ask(reach, "quirk autodelete off") == "ok autodelete off"
    assert ask(reach, "quirk top-whole off") == "ok top-whole off"
    assert ask(reach, "quirk top-whole off") == "ok top-whole off"
    assert in_force(reach) == ["break-command"]
    for line in ("quirk", "quirk autodelete", "quirk on", "quirk autodelete of"):
        assert ask(reach, line) == "err write quirk NAME on, or quirk NAME off"
    assert "did you mean 'autodelete'?" in ask(reach, "quirk autodelet on")


def test_wait(reach: ControlContext) -> None:
    reach.counts.on_event(0.0, ConnectionOpened(1, ""))
    assert ask(reach, "wait connections=1").startswith("ok sessions=0 ")
    late = ask(reach, "wait connections=1 RETR=2 timeout=10ms")
    assert late.startswith("err timeout: there is sessions=0 ")
    assert "connections=1" in late
    assert ask(reach, "wait sesions=1") == (
        "err unknown counter 'sesions', did you mean 'sessions'?"
    )
    assert ask(reach, "wait QUITT=1") == ("err unknown counter 'QUITT', did you mean 'QUIT'?")
    assert ask(reach, "wait connections=1 BREAK=0 APOP=0").startswith("ok ")  # BREAK is a rule's
    ask(reach, "quirk break-command off")
    assert ask(reach, "wait BREAK=0").startswith("err unknown counter 'BREAK'")
    reach.counts.on_event(0.0, LineReceived(1, b"quitt"))
    assert ask(reach, "wait QUITT=1").startswith("ok ")
    reach.counts.cancel_waits()
    assert ask(reach, "wait RETR=1").startswith("err stdin has ended: there is sessions=0 ")
    assert ask(reach, "wait QUITT=1").startswith("ok ")


def test_a_wrong_number_of_what_is_waited_for(reach: ControlContext) -> None:
    for number in ("x", "", "-1", "nan", "inf"):
        said = f"needs a number, 0 or more, not {number!r}"
        assert ask(reach, f"wait sessions={number}") == f"err sessions= {said}"
        assert ask(reach, f"wait sessions=1 timeout={number}") == f"err timeout= {said}"
    assert ask(reach, "wait").startswith("err nothing to wait for")


def test_stats_and_reset(reach: ControlContext) -> None:
    reach.counts.on_event(0.0, ConnectionOpened(1, ""))
    ask(reach, "quirk autodelete on")
    ask(reach, "quirk top-whole off")
    assert json.loads(ask(reach, "stats").removeprefix("ok "))["connections"] == 1
    assert ask(reach, "reset") == "ok"
    assert json.loads(ask(reach, "stats").removeprefix("ok "))["connections"] == 0
    assert in_force(reach) == ["top-whole", "break-command"]


def test_quit(reach: ControlContext, tmp_path: Path) -> None:
    assert not (tmp_path / "stopped").exists()
    assert ask(reach, "quit") == "ok"
    assert (tmp_path / "stopped").exists()


def test_help_names_each_command(reach: ControlContext) -> None:
    listed = ask(reach, "help").removeprefix("ok ").split("; ")
    assert [usage.split()[0] for usage in listed] == list(CONTROL_COMMANDS)
    for word, command in CONTROL_COMMANDS.items():
        assert ask(reach, f"help {word}") == f"ok {command.usage}: {command.meaning}"
        assert command.usage.split()[0] == word


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"", "an empty line (help lists the commands)"),
        (b" \t ", "an empty line (help lists the commands)"),
        (b"help nope", "unknown command 'nope'"),
        (b"help wiat", "unknown command 'wiat', did you mean 'wait'?"),
        (b"stats junk", "stats takes no argument, not 'junk'"),
        (b"quit 1", "quit takes no argument, not '1'"),
        (b"reset all", "reset takes no argument, not 'all'"),
        (b"rules  x y", "rules takes no argument, not 'x y'"),
        (b"STATS", "unknown command 'STATS'"),
        (b"quitt", "unknown command 'quitt', did you mean 'quit'? (help lists the commands)"),
        (b"\xff\x00\x1b[2J", "unknown command "),
        (b"x" * LONGEST, f"this line is too long: give less than {LONGEST} octets"),
    ],
)
def test_a_wrong_line(reach: ControlContext, line: bytes, complaint: str) -> None:
    assert ask(reach, line).startswith(f"err {complaint}")
