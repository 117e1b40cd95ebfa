"""Every command, state and kind of bad argument: one -ERR, and the session goes on."""

from itertools import product

import pytest

from pop3lab.core.command import COMMANDS
from pop3lab.core.config import Limits
from pop3lab.core.request import State
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent, session
from tests.wording import FAILED, LINE_TOO_LONG, NO_SUCH_MESSAGE, PASSWORD_NEXT, as_sent

# What is wrong wherever a number is wanted; the maildrop has two messages.
NO_NUMBERS = ["0", "3", "-1", "99999999999", "4294967297", "18446744073709551617", "9" * 50]
NO_NUMBERS += ["0" * 200, "abc", "1x", "+1", "1.0", "0x1", "1:2", "1,2", "\u0661", "1 ", "1  "]
UNSOUND = ["\x00", "\x001", "1\x00", "caf\u00e9", "\xff", "\t1", "1\r", "\x7f", "\x1b[0m"]
TOO_LONG = ["1" * 300, "x " * 200, "y" * 70_000]

BAD: dict[str, list[str]] = {
    "USER": ["", " ", " ann bob", " ann "],
    "PASS": ["", " "],
    "APOP": ["", " ann", " ann ", " ann 0 1", " ann 123", "  "],
    "STAT": [" 1", " x", " x ", "  1"],
    "LIST": [f" {word}" for word in NO_NUMBERS] + [" 1 2"],
    "UIDL": [f" {word}" for word in NO_NUMBERS] + [" 1 2"],
    "RETR": ["", " ", "  ", *(f" {word}" for word in NO_NUMBERS), " 1 2"],
    "TOP": [
        "",
        " ",
        " 1",
        " 1 ",
        "  1",
        " 1 1 1",
        " 1 1 ",
        *(f" {word} 1" for word in NO_NUMBERS if not word.endswith(" ")),
    ]
    + [f" 1 {word}" for word in ["-1", "abc", "1x", "+1", "1.5", "", "  "]],
    "DELE": ["", " ", "  ", *(f" {word}" for word in NO_NUMBERS), " 1 2"],
    "RSET": [" 1", " x", "  1 "],
    "NOOP": [" x", " 1"],
    "QUIT": [" now", " 1", "  1"],
    "CAPA": [" x"],
    "STLS": ["", " x", " "],
    "AUTH": ["", " ", " XYZZY", " XYZZY =", " PLAIN = x", "  ="],
    "UTF8": ["", " x", " "],
    "LANG": [" xx-nosuch", " en de", " en ", "  xx"],
}

UNKNOWN = ["", " ", "   ", "XYZZ", "XYZZ 1 2 3", "NOO", "NOOPX", "STATS", "LIST1", " NOOP"]
UNKNOWN += [
    "AUTH",
    "STLS",
    "LAST",
    "UTF8",
    "LANG xx",
    "AUTH XYZZY",
    "AUTH XYZZY =",
    "\x00",
    "\x00" * 254,
    "GET / HTTP/1.1",
    "NOOP\x00",
]
UNKNOWN += ["NOOP\rNOOP", "LIST\t1", "STAT\x7f", "\xe9", "RPOP ann", "BREAK", "EXIT"]


def fresh(state: State) -> Session:
    store = memory(ONE, TWO)
    return session(store) if state is State.AUTHORIZATION else logged_in(store)


def assert_one_refusal_and_on(entered: Session, line: str) -> None:
    answer = sent(done(fed(entered, line.encode("latin-1", "replace") + b"\r\n")))
    assert answer.startswith(b"-ERR "), (line, answer)
    assert answer.count(b"\r\n") == 1 and answer.endswith(b"\r\n")  # noqa: PT018 - one claim
    assert len(answer) <= 512 and answer[:-2].decode("ascii").isprintable()  # noqa: PT018
    if entered.state.state is State.AUTHORIZATION:
        answers = sent(done(fed(entered, b"USER ann\r\nPASS secret\r\nSTAT\r\n")))
    else:
        answers = sent(done(fed(entered, b"NOOP\r\nNOOP\r\nSTAT\r\n")))
    assert b"-ERR" not in answers
    assert answers.count(b"\r\n") == 3
    assert answers.endswith(b"+OK 2 56\r\n")


def cases() -> list[tuple[str, str]]:
    table = [(verb, arguments) for verb, bad in BAD.items() for arguments in bad]
    every = [f" {word}" for word in UNSOUND + TOO_LONG]
    return table + list(product(BAD, every))


@pytest.mark.parametrize(("verb", "arguments"), cases())
@pytest.mark.parametrize("state", [State.AUTHORIZATION, State.TRANSACTION])
def test_p012_p013_p019_p021_p023_p076_p077_p078(state: State, verb: str, arguments: str) -> None:
    assert_one_refusal_and_on(fresh(state), verb + arguments)


@pytest.mark.parametrize("line", UNKNOWN)
@pytest.mark.parametrize("state", [State.AUTHORIZATION, State.TRANSACTION])
def test_p014_p015_p016_p017_p258_no_command(state: State, line: str) -> None:
    assert_one_refusal_and_on(fresh(state), line)


GOOD = {"LIST": ["", " 1"], "UIDL": ["", " 1"], "RETR": [" 1"], "TOP": [" 1 0"], "DELE": [" 1"]}
GOOD |= {"STAT": [""], "RSET": [""], "NOOP": [""], "USER": [" ann"], "PASS": [" secret"]}
GOOD |= {"CAPA": [""], "STLS": [""], "AUTH": [" PLAIN"], "UTF8": [""], "LANG": ["", " *"]}
GOOD |= {"APOP": [" ann 0123456789abcdef0123456789abcdef"], "QUIT": [""]}


@pytest.mark.parametrize("state", [State.AUTHORIZATION, State.TRANSACTION])
def test_p049_p050_p053_to_p060_p068_wrong_state(state: State) -> None:
    assert GOOD.keys() == COMMANDS.keys() == BAD.keys()
    wrong = [v + a for v, row in COMMANDS.items() if state not in row.states for a in GOOD[v]]
    assert len(wrong) == (10 if state is State.AUTHORIZATION else 6)
    for line in wrong:
        assert_one_refusal_and_on(fresh(state), line)


def test_p020_p022_p048_a_line_of_255_octets_is_taken() -> None:
    longest = session(MemoryStore())
    answer = sent(done(fed(longest, b"USER " + b"u" * 248 + b"\r\n")))
    assert answer == as_sent(PASSWORD_NEXT)
    answer = sent(done(fed(longest, b"PASS " + b"p" * 248 + b"\r\n")))
    assert answer == as_sent(FAILED)
    answer = sent(done(fed(longest, b"USER " + b"u" * 249 + b"\r\n")))
    assert answer == as_sent(LINE_TOO_LONG)


@pytest.mark.parametrize(
    ("loose", "book"),
    [
        *((f"{verb} ", verb) for verb in ("STAT", "NOOP", "LIST", "UIDL", "RSET", "QUIT")),
        *((f"{verb}   ", verb) for verb in ("CAPA", "LANG", "LIST", "UIDL", "NOOP", "QUIT")),
        *((f"{verb}   2", f"{verb} 2") for verb in ("LIST", "UIDL", "RETR", "DELE")),
        ("TOP  1   0", "TOP 1 0"),
        ("top  2 1", "TOP 2 1"),
        ("LANG  en", "LANG en"),
    ],
)
def test_spaces_behind_a_bare_verb_and_before_an_argument_are_skipped(
    loose: str, book: str
) -> None:
    answers = [sent(done(fed(logged_in(), f"{line}\r\n".encode()))) for line in (loose, book)]
    assert answers[0] == answers[1]
    assert answers[0].startswith(b"+OK")


def test_spaces_before_a_name_are_skipped_but_all_that_follows_pass_is_the_password() -> None:
    play(
        session(),
        r"""
        C: USER  ann
        S: +OK ...
        C: PASS  secret
        S: -ERR [AUTH] ...
        C: USER ann
        S: +OK ...
        C: PASS secret\x20
        S: -ERR [AUTH] ...
        C: AUTH   XYZZY
        S: -ERR ...
        C: AUTH  PLAIN   AGFubgBzZWNyZXQ=
        S: +OK ...
        """,
    )


@pytest.mark.parametrize("one", ["1", "01", "00001", "0" * 100 + "1"])
def test_a_number_has_any_number_of_digits(one: str) -> None:
    play(
        logged_in(),
        f"""
        C: LIST {one}
        S: +OK 1 23
        C: TOP {one} {"9" * 20}
        S: +OK ...
        S: Subject: one
        S:
        S: hello
        S: .
        C: RETR {"9" * 30}
        S: -ERR ...
        C: DELE {"9" * 18}
        S: -ERR ...
        C: DELE {one}
        S: +OK ...
        """,
    )


def test_numbers_of_a_million_digits_take_no_time_and_are_numbers() -> None:
    """Python reads no more than some thousand digits, in time that grows faster than they do."""
    entered = logged_in(limits=Limits(line=2**21))
    many = b"7" * 1_000_000
    answer = sent(done(fed(entered, b"RETR " + many + b"\r\n")))
    assert answer == as_sent(NO_SUCH_MESSAGE)
    answer = sent(done(fed(entered, b"TOP " + b"0" * 1_000_000 + b"1 " + many + b"\r\n")))
    assert answer.endswith(b"\r\n\r\nhello\r\n.\r\n")


def test_p107_p108_a_refused_dele_marks_nothing() -> None:
    entered = logged_in()
    for arguments in BAD["DELE"]:
        done(fed(entered, f"DELE{arguments}\r\n".encode("latin-1", "replace")))
    assert sent(done(fed(entered, b"STAT\r\n"))) == b"+OK 2 56\r\n"
