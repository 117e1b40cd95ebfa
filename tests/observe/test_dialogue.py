import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.core.errors import ConfigError
from pop3lab.observe.escapes import BadEscape, escaped, unescaped
from pop3lab.observe.transcript import TranscriptLine, Who, parse, print_lines

WHO: list[Who] = ["client", "server", ""]
ODD = [b"\r", b"\n", b"\r\n", b"\x00", b"\xff", b"\\", b" ", b"C| ", b"S: ", b"(", b")", b"#"]
OCTETS = st.binary() | st.lists(st.sampled_from(ODD)).map(b"".join)
SECONDS = st.integers(-(10**9), 10**9).map(lambda milliseconds: milliseconds / 1000)
NUMBERED = st.builds(TranscriptLine, st.integers(1, 10**9), SECONDS, st.sampled_from(WHO), OCTETS)
BY_HAND = st.builds(TranscriptLine, st.just(0), st.just(0.0), st.sampled_from(WHO), OCTETS)
LINES = st.lists(NUMBERED | BY_HAND)


def client(octets: bytes) -> TranscriptLine:
    return TranscriptLine(0, 0.0, "client", octets)


@given(LINES)
def test_what_was_printed_is_read_as_it_was(lines: list[TranscriptLine]) -> None:
    text = print_lines(lines)
    assert text.isascii()
    assert parse(text) == lines
    assert print_lines(parse(text)) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"NOOP\r\n", "C: NOOP"),
        (b"NOOP\n", "C| NOOP\\n"),
        (b"NOOP", "C| NOOP"),
        (b"", "C| "),
        (b"\r\n", "C: "),
        (b"\n", "C| \\n"),
        (b"\r\r\n", "C: \\r"),
        (b"\n\r", "C| \\n\\r"),
        (b"a\r\nb\r\n", "C: a\\r\\nb"),
        (b"  a\tb \r\n", "C:   a\\tb "),
        (b"C| x\r\n", "C: C| x"),
        (b"\\x00\x00\x7f\xe9\r\n", "C: \\\\x00\\x00\\x7f\\xe9"),
    ],
)
def test_octets_have_one_form(octets: bytes, text: str) -> None:
    assert print_lines([client(octets)]) == f"{text}\n"
    assert parse(text) == [client(octets)]


def test_lines_have_number_and_seconds_unless_they_are_written_by_hand() -> None:
    lines = [
        TranscriptLine(1, 0.0, "", b"connection opened from 192.0.2.1:5"),
        TranscriptLine(12, 3.14159, "server", b"+OK\r\n"),
        TranscriptLine(1, -0.5, "client", b"QUIT\r\n"),
        TranscriptLine(0, 0.0, "", b"close"),
    ]
    text = (
        "1    0.000 (connection opened from 192.0.2.1:5)\n"
        "12    3.142 S: +OK\n"
        "1   -0.500 C: QUIT\n"
        "(close)\n"
    )  # fmt: skip
    assert print_lines(lines) == text
    assert parse(text) == [lines[0], lines[1]._replace(seconds=3.142), *lines[2:]]


def test_who_writes_by_hand_may_indent_and_comment() -> None:
    text = """
        # the greeting
        S: +OK ready

      C:
        C:  two blanks\t
        C: of a file with CRLF\r
        1 0.5 S| +O\\x4B Grüße
        (pause (0.5))  \r
        (an \\x1b escape)
    """
    assert parse(text) == [
        TranscriptLine(0, 0.0, "server", b"+OK ready\r\n"),
        client(b"\r\n"),
        client(b" two blanks\t\r\n"),
        client(b"of a file with CRLF\r\n"),
        TranscriptLine(1, 0.5, "server", b"+OK Gr\xc3\xbc\xc3\x9fe"),
        TranscriptLine(0, 0.0, "", b"pause (0.5)"),
        TranscriptLine(0, 0.0, "", b"an \x1b escape"),
    ]


def test_notes_are_text() -> None:
    note, odd, said = parse("(Gr\\xc3\\xbc\\xc3\\x9fe)\n(\\xff)\nC: x")
    assert (note.note, odd.note, said.note) == ("Grüße", "\\xff", "")
    assert [str(line) for line in (note, said)] == ["(Gr\\xc3\\xbc\\xc3\\x9fe)", "C: x"]


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("C:NOOP", "C: NOOP"),
        ("c: NOOP", "C: NOOP"),
        ("C NOOP", "C: NOOP"),
        ("C : NOOP", "C: NOOP"),
        ("C > NOOP", "C: NOOP"),
        ("Client: NOOP", "C: NOOP"),
        ("server: +OK", "S: +OK"),
        ("s|+OK", "S| +OK"),
        ("C", "C: "),
        ("(close", "(close)"),
        ("(close  ", "(close)"),
        ("1 C: NOOP", "C: NOOP"),
        ("0 0.000 C: NOOP", "C: NOOP"),
        ("1 now C: NOOP", None),
        ("> NOOP", None),
        ("NOOP", None),
        ("+OK", None),
        ("close)", None),
        ("STAT", None),
    ],
)
def test_a_mistake_names_its_place_and_the_nearest_right_form(
    text: str, nearest: str | None
) -> None:
    with pytest.raises(ConfigError) as error:
        parse(f"C: fine\n\n  {text}\nC: fine")
    told = str(error.value)
    assert told.startswith(f"line 3: `{text}` is not a line of a transcript: ")
    if nearest is None:
        assert told.endswith(
            ": a line is `C: text`, `S: text`, `C| octets`, `S| octets`, `(note)` or `# comment`"
        )
    else:
        assert told.endswith(f": did you mean `{nearest}`?")
        assert parse(nearest)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("C: a\\qb", "line 1: `C: a\\qb`, column 5: \\q is not an escape"),
        ("C: \\", "line 1: `C: \\`, column 4: \\ is not an escape"),
        ("S| Grüße\\x1", "line 1: `S| Grüße\\x1`, column 9: \\x is followed by two hexadecimal"),
        ("(a \\xgg)", "line 1: `(a \\xgg)`, column 4: \\x is followed by"),
        (
            "1    0.000 C: \\\\\\N",
            "line 1: `1    0.000 C: \\\\\\N`, column 17: \\N is not an escape",
        ),
        ("C: \\ü", "line 1: `C: \\ü`, column 4: \\ is not an escape"),
        ("C: \\\x1b", "line 1: `C: \\?`, column 4: \\ is not an escape"),
    ],
)
def test_an_unknown_escape_names_its_place(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(told)}"):
        parse(text)


def test_a_long_line_is_not_repeated_in_full() -> None:
    with pytest.raises(ConfigError) as error:
        parse("x" * 100_000)
    assert len(str(error.value)) < 250


LIKE = st.lists(st.sampled_from([*"CS:|()# \\x0a9.-\r\n\t\x00ß\udcff1"])).map("".join)


@given(st.text() | LIKE)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ConfigError):
        lines = parse(text)
        assert parse(print_lines(lines)) == lines


@given(st.binary())
def test_escapes_can_be_undone(octets: bytes) -> None:
    assert unescaped(escaped(octets)) == octets


@given(st.text() | LIKE)
def test_escapes_are_known_or_refused(text: str) -> None:
    with suppress(BadEscape):
        octets = unescaped(text)
        assert unescaped(escaped(octets)) == octets


def test_many_lines_take_no_long_time() -> None:
    text = "1    0.000 S: " + "x" * 70 + "\n"
    assert len(parse(text * 100_000)) == 100_000
