"""Status lines that are odd, and replies of the wrong shape."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.groups.shared_fields import FETCH_ALL

_STATUS = "RFC 1939 section 3"
_TEXT_WHY = "The text behind +OK is for people. A client that fails over it gets no mail."
_SHIFT_WHY = (
    "A client that is one reply late takes each reply for that to another command. It may delete "
    "messages that have not come."
)
_STEADY = "Say failure, or go on; never take a reply for that to another command."

_AS_USUAL: Mapping[str, Any] = {"clause": _STATUS, "why": _TEXT_WHY, "expected": FETCH_ALL}
_SHIFTS: Mapping[str, Any] = {
    "clause": _STATUS,
    "why": _SHIFT_WHY,
    "expected": _STEADY,
    "runs": 2,
    "fail": "DESYNC",
}

SYNTAX_CASES = (
    Case(
        number="16.01",
        id="syntax/case",
        situation="Status indicators are in lower case.",
        rules="*: status-case",
        info="FAILED MISSING UNDELETED",
        source="draft-myers-pop-pop3-01",
        **_AS_USUAL,
    ),
    Case(
        number="16.02",
        id="syntax/garbage",
        situation="The reply to RETR 2 begins with a word that is no status.",
        why="A client that takes everything but -ERR for success delivers garbage.",
        clause=_STATUS,
        expected="Say failure, and fetch it in the next run.",
        rules="1: RETR 2 -> status-garbage",
        runs=2,
        fail="SILENT",
    ),
    Case(
        number="16.03",
        id="syntax/long-513",
        situation="Status lines have 513 octets, one more than is allowed.",
        rules="*: status-long octets=513",
        fail="SILENT",
        warn="MISSING UNDELETED FAILED",
        **{**_AS_USUAL, "clause": "RFC 2449 section 4"},
    ),
    Case(
        number="16.04",
        id="syntax/long-4k",
        situation="Status lines have 4096 octets.",
        rules="*: status-long octets=4096",
        fail="SILENT",
        warn="MISSING UNDELETED FAILED",
        **{**_AS_USUAL, "clause": "RFC 2449 section 4"},
    ),
    Case(
        number="16.05",
        id="syntax/eight-bit",
        situation="The texts of status lines are Chinese, in GBK.",
        rules="*: status-8bit",
        fail="MISSING UNDELETED FAILED",
        source="Chinese providers",
        **_AS_USUAL,
    ),
    Case(
        number="16.06",
        id="syntax/single-for-multi",
        situation="UIDL and LIST are answered with a status, and no list follows.",
        why="A client that waits for the final dot waits for ever.",
        clause=_STATUS,
        expected="Give up in time, and fetch all in the next run.",
        rules="1: single-for-multi UIDL,LIST",
        runs=2,
        fail="HANG",
        source="mailpit#518",
    ),
    Case(
        number="16.07",
        id="syntax/multi-for-single",
        situation="Lines and a dot stand behind the reply to DELE.",
        rules="*: capa-understates PIPELINING; 1: multi-for-single DELE",
        **_SHIFTS,
    ),
    Case(
        number="16.08",
        id="syntax/err-with-body",
        situation="RETR 2 is refused, and lines and a dot follow.",
        rules="*: capa-understates PIPELINING; 1: retr-err-one number=2; 1: error-with-body",
        **_SHIFTS,
    ),
    Case(
        number="16.09",
        id="syntax/unasked-err",
        situation="A line of -ERR that nobody has asked for stands behind message 2.",
        rules='*: capa-understates PIPELINING; 1: RETR 2 -> unasked-line "-ERR going down"',
        source="UW",
        **_SHIFTS,
    ),
    Case(
        number="16.10",
        id="syntax/plus-anywhere",
        situation="STAT is answered with a plus.",
        why="A client that looks at the plus alone finds no number behind it, and no mail.",
        clause=_STATUS,
        expected="Say failure, or fetch all.",
        rules="1: continuation-anywhere STAT",
        reached="STAT",
        runs=2,
        warn="SILENT",
        source="poplib",
    ),
    Case(
        number="16.11",
        id="syntax/wording-courier",
        situation="The text of LIST complains about clients, as that of Courier does.",
        rules='*: wording LIST "POP3 clients that break here, they violate STD53."',
        fail="MISSING UNDELETED FAILED",
        source="Courier",
        **_AS_USUAL,
    ),
)
