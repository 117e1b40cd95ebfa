"""Any octets, cut anywhere: one answer for each line, whatever the cuts, and no exception."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.dialogue import fed
from tests.fuzz.answers import Answer, read
from tests.fuzz.checks import (
    Words,
    all_of,
    no_exception,
    one_answer_each,
    same_by_both_ways,
    same_however_cut,
    shown_safely,
)
from tests.fuzz.grounds import PASSWORDS, PLAIN, PROFILES, fuzzed
from tests.fuzz.octets import NOT_STLS, PLACES, streams

FEW, MANY = 150, 20_000
STREAMS = streams(NOT_STLS)
EVERYTHING = streams([*NOT_STLS, "STLS", "BREAK", "EXIT"])
AGAIN = st.sampled_from(["NOOP", "STAT", "LIST", "UIDL", "RETR 1", "RETR 2", "TOP 1 1", "DELE 1"])
AFTER_LOGIN = st.lists(AGAIN.map(lambda line: f"{line}\r\n".encode()) | STREAMS, max_size=20).map(
    lambda pieces: b"USER ann\r\nPASS " + PASSWORDS["ann"].encode() + b"\r\n" + b"".join(pieces)
)
SECRETS = tuple(word.encode() for word in PASSWORDS.values())


SECRET_LINES = st.builds(
    lambda before, line, after: before + line + after,
    st.sampled_from([b"", b"USER ann\r\n", b" ", b"\0", b"UTF8\r\n", b"AUTH PLAIN\r\n"]),
    st.sampled_from(
        [
            *(
                form + word
                for form in (b"PASS ", b"pass  ", b"PASS\t", b"Pass")
                for word in SECRETS
            ),
            "pa\u017fs ".encode() + SECRETS[0],
            f"AUTH PLAIN {PLAIN}".encode(),
            f"auth  plain {PLAIN}".encode(),
            f"APOP ann {PASSWORDS['ann']}".encode(),
        ]
    ),
    st.sampled_from([b"\r\n", b"\n", b" \r\n", b"\0\r\n", b" \xff\n"]),
)
INNOCENT = st.sampled_from([b"STAT\r\n", b"LIST 1\n", b"NOOP x\r\n", b"AUTH PLAIN\r\n", b"\r\n"])
SECRET_STREAMS = st.lists(SECRET_LINES | INNOCENT, max_size=6).map(b"".join)
PROFILE = st.sampled_from([None, *PROFILES])


@settings(max_examples=FEW)
@given(STREAMS)
def test_one_answer_for_each_line(stream: bytes) -> None:
    one_answer_each(stream)


@settings(max_examples=FEW)
@given(AFTER_LOGIN, PLACES, PROFILE)
def test_the_same_from_replies_that_are_kept(
    stream: bytes, places: list[int], words: Words
) -> None:
    same_by_both_ways(stream, places, words)


@settings(max_examples=FEW)
@given(STREAMS, PLACES, PROFILE)
@example(b"AUTH ANONYMOUS\r\n" + b"QUFB" * 81 + b"\r\n", [16 + 320, 16 + 324], None)
@example(b"A" * 320 + b"\r\r\nNOOP\r\n", [320, 321, 322], None)
def test_the_same_however_cut(stream: bytes, places: list[int], words: Words) -> None:
    same_however_cut(stream, places, words)


@settings(max_examples=FEW)
@given(EVERYTHING, PLACES, PROFILE)
def test_no_exception(stream: bytes, places: list[int], words: Words) -> None:
    no_exception(stream, places, words)


@settings(max_examples=FEW)
@given(SECRET_STREAMS, PLACES)
def test_the_transcript_is_printable_and_keeps_secrets(stream: bytes, places: list[int]) -> None:
    shown_safely(stream, places)


@settings(max_examples=FEW)
@given(STREAMS.filter(bool))
def test_octets_behind_stls_close(behind: bytes) -> None:
    answer = read(fed(fuzzed(), b"STLS\r\n" + behind))
    assert answer == Answer(b"-ERR", answer.text, ends=("Close",))


@pytest.mark.soak
def test_much_more_of_each() -> None:
    more = settings(max_examples=MANY)
    more(given(STREAMS)(one_answer_each))()
    more(given(STREAMS, PLACES, PROFILE)(same_however_cut))()
    more(given(AFTER_LOGIN, PLACES, PROFILE)(same_by_both_ways))()
    more(given(EVERYTHING, PLACES, PROFILE)(no_exception))()
    more(given(SECRET_STREAMS, PLACES)(shown_safely))()


def test_every_single_octet_and_pair_of_a_login() -> None:
    stream = b"USER ann\r\nPASS Xyzzy-42-plugh\r\nSTAT\r\nRETR 2\r\nQUIT\r\n"
    whole = all_of(fuzzed(), [stream])
    for first, second in pairwise(range(len(stream))):
        pieces = [stream[:first], stream[first:second], stream[second:]]
        assert all_of(fuzzed(), pieces) == whole
