import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.errors import ConfigError
from pop3lab.observe.transcript import TranscriptLine
from pop3lab.observe.transcript_formats import parse_json, print_json
from tests.observe.test_dialogue import LINES


@given(LINES)
def test_what_was_printed_is_read_as_it_was(lines: list[TranscriptLine]) -> None:
    text = print_json(lines)
    assert text.isascii()
    assert text.count("\n") == len(lines)
    assert parse_json(text) == lines


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (TranscriptLine(1, 0.25, "client", b"NOOP\r\n"), {"who": "client", "text": "NOOP"}),
        (TranscriptLine(1, 0.25, "client", b"NOOP\n"), {"who": "client", "octets": "Tk9PUAo="}),
        (TranscriptLine(1, 0.25, "server", b'a\\"\r\n'), {"who": "server", "text": 'a\\"'}),
        (TranscriptLine(1, 0.25, "server", b"\xe9\r\n"), {"who": "server", "octets": "6Q0K"}),
        (TranscriptLine(1, 0.25, "server", b"\t\r\n"), {"who": "server", "octets": "CQ0K"}),
        (TranscriptLine(1, 0.25, "", b"close"), {"who": "", "text": "close"}),
        (TranscriptLine(1, 0.25, "", b"a\r\n"), {"who": "", "octets": "YQ0K"}),
    ],
)
def test_forms(line: TranscriptLine, told: dict[str, object]) -> None:
    assert json.loads(print_json([line])) == {"session": 1, "seconds": 0.25, **told}


NOOP = {"session": 1, "seconds": 0, "who": "client", "text": "NOOP"}


def test_whole_seconds_are_fine() -> None:
    assert parse_json(f"\n{json.dumps(NOOP)}\n\n") == [
        TranscriptLine(1, 0.0, "client", b"NOOP\r\n")
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "{",
        "[]",
        "1",
        "[" * 100_000,
        json.dumps({**NOOP, "who": "nobody"}),
        json.dumps({**NOOP, "session": "1"}),
        json.dumps({**NOOP, "seconds": float("nan")}),
        json.dumps({**NOOP, "seconds": 10**400}),
        json.dumps({**NOOP, "text": "\xe9"}),
        json.dumps({**NOOP, "text": 1}),
        json.dumps({"session": 1, "seconds": 0, "who": ""}),
        json.dumps({"session": 1, "seconds": 0, "who": "", "octets": "?"}),
    ],
)
def test_a_mistake_names_its_line_and_the_form(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r'^line 2: .*; the form is \{"session": 1, '):
        parse_json(f"{json.dumps(NOOP)}\n{wrong}\n")


@pytest.mark.slow
@given(st.recursive(st.none() | st.text() | st.floats() | st.integers(), st.lists))
def test_any_json_is_read_or_refused(value: object) -> None:
    with pytest.raises(ConfigError):
        parse_json(json.dumps(value))
