"""Time, and the network between client and server."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.groups.shared_fields import GIVES_UP, NEXT_RUN
from pop3lab.cases.marked import many, second_large

_SLOW_WHY = "Phones and virus scanners are as slow. Who gives up too early never gets this mail."
_LOST_WHY = (
    "Connections break at any command. What is taken for an empty maildrop, or for a wrong "
    "password, sends the user to the wrong place."
)
_WAIT = "Wait as long as something comes."

_SLOW: Mapping[str, Any] = {"why": _SLOW_WHY, "expected": _WAIT}
_LOST: Mapping[str, Any] = {"why": _LOST_WHY, "expected": NEXT_RUN, "runs": 2}

NET_CASES = (
    Case(
        number="15.01",
        id="net/slow-first-byte",
        situation="The first octet of each message takes more than half of the timeout.",
        rules="*: slow-first-byte seconds={slow}",
        fail="SILENT",
        warn="MISSING UNDELETED FAILED",
        source="virus scanners",
        **_SLOW,
    ),
    Case(
        number="15.02",
        id="net/dribble",
        situation="Message 2 comes a line at a time, and takes longer in all than the timeout.",
        rules="*: RETR 2 -> slow-dribble seconds={crawl} unit=lines",
        runs=2,
        fail="PART",
        info="FAILED MISSING",
        source="curl test853",
        **_SLOW,
    ),
    Case(
        number="15.03",
        id="net/tarpit",
        situation="Each reply comes a tenth of a second late.",
        rules="*: tarpit-every-command seconds=0.1",
        fail="MISSING UNDELETED FAILED",
        info="FIGURES",
        **_SLOW,
    ),
    Case(
        number="15.04",
        id="net/throttle",
        situation="The line carries 20,000 octets a second.",
        rules="*: throttle rate=20000",
        messages=second_large,
        fail="MISSING UNDELETED FAILED",
        **_SLOW,
    ),
    Case(
        number="15.05",
        id="net/half-close",
        situation="The server closes its side of the connection within message 2.",
        rules="1: RETR 2 -> half-close",
        fail="HANG SILENT",
        **GIVES_UP,
    ),
    Case(
        number="15.06",
        id="net/rst-user",
        situation="The connection is reset at USER, AUTH or APOP.",
        rules="1: rst-at-command USER,AUTH,APOP",
        fail="SILENT",
        **_LOST,
    ),
    Case(
        number="15.07",
        id="net/rst-pass",
        situation="The connection is reset at PASS.",
        rules="1: rst-at-command PASS",
        fail="SILENT",
        warn="PW",
        **_LOST,
    ),
    Case(
        number="15.08",
        id="net/rst-list",
        situation="The connection is reset at STAT, LIST or UIDL.",
        rules="1: rst-at-command STAT,LIST,UIDL",
        fail="SILENT",
        **_LOST,
    ),
    Case(
        number="15.09",
        id="net/rst-dele",
        situation="The connection is reset at DELE.",
        rules="1: rst-at-command DELE",
        warn="SILENT TWICE",
        **_LOST,
    ),
    Case(
        number="15.10",
        id="net/rst-quit",
        situation="The connection is reset at QUIT.",
        rules="1: rst-at-command QUIT",
        warn="SILENT TWICE",
        **_LOST,
    ),
    Case(
        number="15.11",
        id="net/stall-list",
        situation="The server says +OK to UIDL, or LIST, and falls silent.",
        rules="1: LIST or UIDL -> stall-after-status",
        fail="HANG SILENT",
        source="Thunderbird",
        **GIVES_UP,
    ),
    Case(
        number="15.12",
        id="net/stall-quit",
        situation="The server does not answer STAT.",
        rules="1: STAT -> no-reply",
        reached="STAT",
        fail="HANG SILENT",
        **GIVES_UP,
    ),
    Case(
        number="15.13",
        id="net/blackhole",
        situation="The connection is accepted, and no octet ever comes, not even of TLS.",
        rules="1: connect-blackhole",
        tls="implicit",
        fail="HANG SILENT",
        **GIVES_UP,
    ),
    Case(
        number="15.14",
        id="net/refused-then-good",
        situation="The first connection is refused, and the next one is accepted.",
        rules="1: connect-refused",
        fail="SILENT",
        **_LOST,
    ),
    Case(
        number="15.15",
        id="net/pipelining-absent",
        situation="PIPELINING is not announced.",
        why="A server that did not announce it may drop what it has not asked for.",
        clause="RFC 2449 section 6.6",
        expected="Send one command, and wait for its reply.",
        rules="*: capa-understates PIPELINING",
        reached="*",
        fail="pipelining",
    ),
    Case(
        number="15.16",
        id="net/round-trips",
        situation="There are 50 messages, and each reply comes 20 milliseconds late.",
        why="On a slow line, the number of commands is what fetching costs.",
        expected="Nothing is wrong; the report says how many commands it took.",
        rules="*: tarpit-every-command seconds=0.02",
        messages=many(50),
        info="FIGURES",
    ),
)
