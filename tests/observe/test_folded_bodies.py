"""Long bodies in transcripts are folded, wherever their octets are cut, and never read again."""

from pathlib import Path

import pytest

from pop3lab import Pop3Server
from pop3lab.cli.transcript import run
from pop3lab.core.actions import Action, Close, Part, Pause, Send
from pop3lab.core.errors import ConfigError
from pop3lab.core.events import ActionPerformed, Event, LineReceived, RuleApplied
from pop3lab.observe.expectations import compare_dialogue
from pop3lab.observe.folded_bodies import NOT_WHOLE, SHOWN
from pop3lab.observe.transcript import parse, print_lines
from pop3lab.observe.transcript_file import TranscriptForm
from pop3lab.observe.transcript_formats import GrowingPage, JsonLines, parse_json
from pop3lab.observe.transcript_writer import TranscriptWriter
from pop3lab.recording.script import read_scripts
from tests.testing.clients import fetch

LINE = b"x" * 62 + b"\r\n"  # 16 of them are as much as is shown
END = Send(b".\r\n", Part.END)


def body(octets: bytes) -> Send:
    return Send(octets, Part.BODY)


def retr(*actions: Action) -> list[Event]:
    """A command, and what follows its status line."""
    begun = Send(b"+OK\r\n", Part.HEAD)
    performed = [ActionPerformed(1, action) for action in (begun, *actions)]
    return [LineReceived(1, b"RETR 1\r", verb="RETR", known=True), *performed]


def folded(*events: Event) -> str:
    writer = TranscriptWriter(folds=True)
    text = "".join(writer.text(0.0, event) for event in events)
    return text.replace("1    0.000 ", "")


WHOLE = "S: " + "x" * 62 + "\n"
CUT = "S| " + "x" * 62 + "\\r\n"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (LINE * 16, WHOLE * 16),
        (LINE * 17, WHOLE * 16 + "(folded: 64 octets, 1 line)\n"),
        (LINE * 40, WHOLE * 16 + "(folded: 1536 octets, 24 lines)\n"),
        (LINE * 16 + b"y", WHOLE * 16 + "(folded: 1 octet, 1 line)\n"),
        (b"y" * 1024 + b"\r\n", "S| " + "y" * 1024 + "\n(folded: 2 octets, 1 line)\n"),
        (b"y" * 5000, "S| " + "y" * 1024 + "\n(folded: 3976 octets, 1 line)\n"),
        (b"z" + LINE * 17, f"S: z{WHOLE[3:]}{WHOLE * 14}{CUT}(folded: 65 octets, 2 lines)\n"),
    ],
)
def test_the_first_octets_of_a_body_are_shown(octets: bytes, text: str) -> None:
    assert folded(*retr(body(octets), END)).startswith("C: RETR 1\nS: +OK\n" + text)


def test_a_body_is_folded_the_same_wherever_it_is_cut() -> None:
    octets = LINE * 20
    whole = folded(*retr(body(octets), END))
    assert whole.endswith(WHOLE + "(folded: 256 octets, 4 lines)\nS: .\n")
    for cut in range(1, len(octets)):
        assert folded(*retr(body(octets[:cut]), body(octets[cut:]), END)) == whole
    assert folded(*retr(*(body(bytes([octet])) for octet in octets), END)) == whole


def test_each_body_is_folded_by_itself() -> None:
    many = retr(body(LINE * 10), END) * 3 + retr(body(LINE * 17), END) * 2
    assert folded(*many).count(WHOLE) == 3 * 10 + 2 * 16
    assert folded(*many).count("(folded: 64 octets, 1 line)\nS: .\n") == 2


def test_a_note_within_a_body_comes_at_its_place() -> None:
    pieces: list[Action] = [body(LINE * 17), Pause(0.5), body(LINE), Close()]
    rule = RuleApplied(1, "RETR 1 -> close")
    assert folded(*retr(*pieces), rule).endswith(
        WHOLE + "(folded: 64 octets, 1 line)\n(pause 0.5)\n(folded: 64 octets, 1 line)\n(close)\n"
        "(rule: RETR 1 -> close)\n"
    )


def test_an_endless_status_line_is_folded_too() -> None:
    endless = Send(b"e" * 10_000, Part.HEAD)
    text = folded(LineReceived(1, b"NOOP\r"), ActionPerformed(1, endless), *retr())
    assert text.startswith("C: NOOP\nS| " + "e" * SHOWN + "\n(folded: 8976 octets, 1 line)\nC: ")


def test_the_octets_of_a_secret_are_not_shown_by_the_cut() -> None:
    refused = LineReceived(1, b"PASS other\r", verb="PASS", known=True)
    secret = LineReceived(1, b"hunter2-is-it\r", verb="HUNTER2-IS-IT")
    head = Send(b"e" * (SHOWN - 7) + b"HUNTER2-IS-IT", Part.HEAD)
    text = folded(refused, secret, ActionPerformed(1, head), *retr())
    assert "HUNTER" not in text
    assert "*" * 7 + "\n(folded: 6 octets, 1 line)" in text


# Readers

FOLDED = """\
S: +OK
C: RETR 1
S: +OK
S: Subject: one
(folded: 3976 octets, 81 lines)
S: .
"""


def test_no_reader_takes_a_folded_body_for_a_whole_one() -> None:
    sentence = f"^line 5: {NOT_WHOLE}$".replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(ConfigError, match=sentence):
        read_scripts(FOLDED)
    with pytest.raises(ConfigError, match=sentence):
        compare_dialogue(FOLDED, [])
    assert print_lines(parse(FOLDED, folded=True)) == FOLDED
    row = '{"session": 1, "seconds": 0, "who": "", "text": "folded: 1 octet, 1 line"}'
    with pytest.raises(ConfigError, match=r"^line 2: a body is folded here"):
        parse_json(f"\n{row}\n")


def test_what_only_looks_like_it_is_no_folded_body() -> None:
    for line in ("S: folded: 1 octet, 1 line", "(folded: a hand)", "(folded: )"):
        assert len(parse(line)) == 1


# A server's own transcripts


def test_what_is_saved_is_folded_and_what_is_asserted_is_whole(tmp_path: Path) -> None:
    lines = [f"line {number:4}" for number in range(200)]
    with Pop3Server(["\n".join(lines)]) as server:
        fetch(server)
        server.wait_session()
        transcript = server.transcript
        assert "S: line  199\n" in transcript
        assert "S: line  199\n" in server.sessions[0].transcript
        assert "line  199" not in transcript.since({}, folded=True)
        for name in ("said.txt", "said.jsonl", "said.html"):
            path = tmp_path / name
            transcript.save(path)
            text = path.read_text()
            assert ("line   50" in text, "line  199" in text) == (True, False)
            assert "folded: 1176 octets, 107 lines" in text
            transcript.save(path, transcript_bodies=True)
            assert "line  199" in path.read_text()
        transcript.save(tmp_path / "whole.txt", transcript_bodies=True)
        assert (tmp_path / "whole.txt").read_text() == str(transcript)


@pytest.mark.parametrize("words", [[], ["--html"], ["--json"]])
def test_a_folded_transcript_can_be_shown(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "said").write_text(FOLDED)
    assert run("transcript", [str(tmp_path / "said"), *words]) == 0
    assert "folded: 3976 octets, 81 lines" in capsys.readouterr().out


@pytest.mark.parametrize("form", [GrowingPage(), JsonLines()])
def test_a_file_of_another_form_is_folded_too(form: TranscriptForm) -> None:
    text = form.add(1, "1 0.0 S| te\n1 0.0 (folded: 64 octets, 1 line)\n") + form.end()
    assert "folded: 64 octets, 1 line" in text
