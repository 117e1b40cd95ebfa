"""Transcripts that are written while sessions happen: as text, in colour, as a page, as JSON."""

import io
from collections.abc import Iterator

import pytest

from pop3lab.core.actions import Part, Send
from pop3lab.core.events import (
    ActionPerformed,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    LineReceived,
    RuleApplied,
    ViolationFound,
)
from pop3lab.observe.transcript import parse
from pop3lab.observe.transcript_file import TranscriptFile, coloured, form_for, wants_colours
from pop3lab.observe.transcript_formats import html_page, parse_either, print_json
from pop3lab.observe.transcript_writer import TranscriptWriter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def events(session: int) -> Iterator[Event]:
    yield ConnectionOpened(session, "127.0.0.1:1")
    yield ActionPerformed(session, Send(b"+OK <b>\r\n", Part.HEAD))
    yield LineReceived(session, b"NOOP\r")
    yield RuleApplied(session, "NOOP -> reset")
    yield ConnectionClosed(session, "closed")
    yield ViolationFound(session, "no-quit", "it left without QUIT")


def written(path: str, *sessions: int, file: io.StringIO | None = None) -> str:
    """What a file of this name has before its end."""
    file = file or io.StringIO()
    transcript = TranscriptFile(file, io.StringIO(), form=form_for(path, file))
    for session in sessions:
        for event in events(session):
            transcript.on_event(0.0, event)
            transcript.write()
    return file.getvalue()


def ended(path: str, *sessions: int) -> str:
    """What it has in the end."""
    texts: list[str] = []

    class Kept(io.StringIO):
        def close(self) -> None:
            texts.append(self.getvalue())

    file = Kept()
    transcript = TranscriptFile(file, io.StringIO(), form=form_for(path, file))
    for session in sessions:
        for event in events(session):
            transcript.on_event(0.0, event)
    transcript.close()
    return texts[0]


def text(*sessions: int) -> str:
    writer = TranscriptWriter()
    return "".join(writer.text(0.0, event) for one in sessions for event in events(one))


def test_any_other_name_gets_the_text() -> None:
    assert written("said.txt", 1, 2) == ended("/dev/stderr", 1, 2) == text(1, 2)


def test_json_lines_are_written_at_once() -> None:
    assert written("said.jsonl", 1) == print_json(parse(text(1)))
    assert parse_either(ended("said.jsonl", 1, 2)) == parse_either(text(1, 2)) == parse(text(1, 2))


def test_a_page_grows_by_the_sessions_that_ended_with_what_is_noted_then() -> None:
    page = html_page(parse(text(1, 2)))
    first = page.index("<h2>Session 2")
    assert written("said.html", 1) == ""  # a note may follow
    assert written("said.html", 1, 2) == page[: page.rindex("<section>", 0, first)]
    assert ended("said.html", 1, 2) == page
    assert ended("said.html") == html_page([])


def test_a_page_shows_sessions_that_do_not_end() -> None:
    transcript = TranscriptFile(file := io.StringIO(), io.StringIO(), form=form_for("a.html", file))
    for session in (2, 1):
        transcript.on_event(0.0, LineReceived(session, b"NOOP\r"))
    assert file.getvalue() == ""
    end = form_for("a.html", file)
    for session in (2, 1):
        end.add(session, f"{session} 0.000 C: NOOP\n")
    assert end.end() == html_page(parse("1 0.000 C: NOOP\n2 0.000 C: NOOP\n"))


def test_a_terminal_gets_a_colour_for_each_side_and_for_what_stands_out() -> None:
    shown = written("/dev/stderr", 1, file=Terminal()).splitlines()
    colours = [line.split("\x1b[0m")[1].split("m")[0].removeprefix("\x1b[") for line in shown]
    assert colours == ["2", "32", "36", "33", "2", "1;31"]
    plain = written("said.txt", 1)
    assert coloured(plain) == "\n".join([*shown, ""])
    assert "36mC: NOOP\x1b[0m" in coloured(plain)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm"}, True),
    ],
)
def test_colours_are_for_terminals_that_want_them(environ: dict[str, str], wanted: bool) -> None:
    assert wants_colours(Terminal(), environ) is wanted
    assert not wants_colours(io.StringIO(), environ)
