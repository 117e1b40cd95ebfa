"""Fetching a message that is cut, withheld or refused."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.groups.shared_fields import GIVES_UP

_CUT_EXPECTED = (
    "Say failure, keep no part, delete nothing that is not whole, and fetch it in the next run."
)
_END = "RFC 1939 section 3"
_TWO = frozenset({2})

_CUT: Mapping[str, Any] = {
    "why": (
        "The connection of a phone breaks like this every day. A part that looks like the message "
        "is mail that nobody misses until it is too late."
    ),
    "clause": _END,
    "expected": _CUT_EXPECTED,
    "runs": 2,
}

RETR_BROKEN_CASES = (
    Case(
        number="11.01",
        id="retr/cut-close",
        situation="The server closes the connection within the body of message 2.",
        rules="1: RETR 2 nth=1 -> cut-after 900 then close",
        fail="SILENT PART EARLY",
        source="K9 stream; comm-central#47",
        **_CUT,
    ),
    Case(
        number="11.02",
        id="retr/cut-reset",
        situation="The server resets the connection within the body of message 2.",
        rules="1: RETR 2 nth=1 -> cut-after 900 then reset",
        fail="SILENT PART EARLY",
        **_CUT,
    ),
    Case(
        number="11.03",
        id="retr/cut-in-header",
        situation="The server closes the connection within the header of message 2.",
        rules="1: RETR 2 nth=1 -> cut-after 60 then close",
        fail="SILENT PART EARLY",
        **_CUT,
    ),
    Case(
        number="11.04",
        id="retr/cut-behind-status",
        situation="The server says +OK to RETR 2 and closes the connection.",
        rules="1: RETR 2 nth=1 part=body -> cut-after 0 then close",
        fail="SILENT PART EARLY FORGED",
        **_CUT,
    ),
    Case(
        number="11.05",
        id="retr/cut-at-line-end",
        situation="The server closes the connection behind a whole line of message 2.",
        rules="1: RETR 2 nth=1 line=20 -> cut-after 0 then close",
        fail="SILENT PART EARLY",
        **_CUT,
    ),
    Case(
        number="11.06",
        id="retr/cut-before-dot",
        situation="All of message 2 comes, then the connection is closed without the final dot.",
        why="Only the dot proves the end. Without it, nobody knows whether more was to come.",
        clause=_END,
        expected=_CUT_EXPECTED,
        rules="*: capa-understates PIPELINING; 1: RETR 2 nth=1 -> drop-terminator; "
        "1: RETR 2 nth=1 part=end -> close",
        runs=2,
        fail="SILENT EARLY",
        warn="UNENDED",
        info="TWICE",
    ),
    Case(
        number="11.07",
        id="retr/cut-within-dot",
        situation="The connection is closed behind the dot, before its CRLF.",
        why="Some servers end like this. To take the message and to fail are both right; to "
        "delete it and to keep nothing is not.",
        clause=_END,
        expected="Deliver the message whole, or say failure.",
        rules="1: RETR 2 nth=1 -> terminator-short form=dot then=close",
        runs=2,
        warn="SILENT",
        info="EARLY",
        source="CY#4717",
    ),
    Case(
        number="11.08",
        id="retr/drop-after-dot",
        situation="The connection is closed right behind the final dot of message 2.",
        why="Message 2 has come whole, and is still on the server. Mail that comes twice annoys; "
        "mail that is lost is worse.",
        clause="RFC 1939 section 6",
        expected="Lose nothing; fetch nothing twice if unique-ids are remembered.",
        rules="1: RETR 2 -> drop-after-dot",
        runs=2,
        fail="SILENT",
        warn="TWICE",
    ),
    Case(
        number="11.09",
        id="retr/stall",
        situation="The server falls silent within message 2.",
        rules="1: RETR 2 nth=1 -> cut-after 900 then stall",
        fail="SILENT PART HANG",
        **GIVES_UP,
    ),
    Case(
        number="11.10",
        id="retr/stall-behind-status",
        situation="The server says +OK to RETR 2 and falls silent.",
        rules="1: RETR 2 -> stall-after-status",
        fail="SILENT HANG",
        **GIVES_UP,
    ),
    Case(
        number="11.11",
        id="retr/no-reply",
        situation="The server does not answer RETR 2.",
        rules="*: capa-understates PIPELINING; 1: RETR 2 -> retr-no-reply",
        fail="SILENT HANG STUCK",
        **GIVES_UP,
    ),
    Case(
        number="11.12",
        id="retr/err-one",
        situation="The server refuses message 2, today and for ever.",
        why="One broken message must not keep all that come behind it.",
        clause="RFC 1939 section 5",
        expected="Fetch and delete the others, and say that one failed.",
        rules="*: retr-err-one number=2",
        runs=2,
        concerned=_TWO,
        fail="STUCK",
        warn="SILENT",
        source="MS KB Q168109; c-client",
    ),
    Case(
        number="11.13",
        id="retr/ok-then-err",
        situation="The server sends a part of message 2, then -ERR, and no dot.",
        why="The error stands where text is expected: a client takes it for text, and waits.",
        clause=_END,
        expected="Give up in time and say failure.",
        rules="*: capa-understates PIPELINING; 1: RETR 2 -> retr-ok-then-err",
        runs=2,
        fail="HANG SILENT EARLY",
        source="GreenMail",
    ),
)
