"""A server that means harm."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.marked import with_dots

_ENDLESS_WHY = (
    "Whoever can name the client a server, or stands between, takes all of its memory or its time. "
    "All other programs of the machine suffer, too."
)
_NUMBER_WHY = (
    "A number that is used without a look at it makes a client write where it must not, or ask for "
    "all the memory at once."
)
_TEXT_WHY = (
    "Texts of a server end in log files, on terminals and in format strings. What they say there "
    "must be only a text."
)
_BOMB_WHY = "Anybody can send such a message. It must not keep all others."
_LIMIT = "Say failure; take little memory and little time."
_LOOK = "Do not crash; fetch the true messages, or say failure."
_AS_TEXT = "Fetch and delete all; show the texts as they are, or not at all."
_PLENTY = 300 << 20  # octets: more memory than a client may take
_LINES = 5_000_000

_ENDLESS: Mapping[str, Any] = {
    "why": _ENDLESS_WHY,
    "expected": _LIMIT,
    "runs": 2,
    "fail": "SILENT",
}

HOSTILE_CASES = (
    Case(
        number="17.01",
        id="hostile/greeting-endless",
        situation="The greeting is a line without end.",
        rules=f"1: greeting-endless octets={_PLENTY}",
        source="CVE-2013-1752",
        **{**_ENDLESS, "fail": "SILENT HANG"},
    ),
    Case(
        number="17.02",
        id="hostile/greeting-unended",
        situation="The greeting has no line end, and nothing follows.",
        why="A client that waits for ever fetches no more mail.",
        expected="Give up in time, and say failure.",
        rules="1: greeting-no-newline",
        runs=2,
        fail="HANG SILENT",
    ),
    Case(
        number="17.03",
        id="hostile/line-endless-list",
        situation="LIST has a line without end.",
        rules=f"1: line-endless verb=LIST octets={_PLENTY}",
        source="CVE-2003-0792",
        **_ENDLESS,
    ),
    Case(
        number="17.04",
        id="hostile/line-endless-uidl",
        situation="UIDL has a line without end.",
        rules=f"1: line-endless verb=UIDL octets={_PLENTY}",
        **_ENDLESS,
    ),
    Case(
        number="17.05",
        id="hostile/line-endless-retr",
        situation="Message 2 has a line without end.",
        rules=f"1: RETR 2 -> line-endless verb=RETR octets={_PLENTY}",
        most_written=8 << 20,
        **_ENDLESS,
    ),
    Case(
        number="17.06",
        id="hostile/list-endless",
        situation="LIST has five million lines.",
        rules=f"1: multiline-endless verb=LIST lines={_LINES}",
        source="the limit of NeoMutt",
        **{**_ENDLESS, "fail": "", "expected": _LIMIT + " Or fetch what is there."},
    ),
    Case(
        number="17.07",
        id="hostile/capa-endless",
        situation="CAPA has five million lines.",
        rules=f"1: multiline-endless verb=CAPA lines={_LINES}",
        **{**_ENDLESS, "fail": "", "expected": _LIMIT + " Or fetch what is there."},
    ),
    Case(
        number="17.08",
        id="hostile/retr-endless",
        situation="Message 2 has no end.",
        why=_ENDLESS_WHY,
        expected="Stop at a limit, and say failure.",
        rules=f"1: RETR 2 -> multiline-endless verb=RETR lines={_LINES}",
        runs=2,
        info="GREW PART ALTERED",
    ),
    Case(
        number="17.09",
        id="hostile/index",
        situation="The lists have the numbers 0, -1, and those at which integers overflow.",
        why=_NUMBER_WHY,
        clause="RFC 1939 section 5",
        expected=_LOOK,
        rules="1: list-index-attack",
        runs=2,
        fail="SILENT",
        source="CVE-2002-0146; libetpan",
    ),
    Case(
        number="17.10",
        id="hostile/sizes",
        situation="The sizes of messages are -1, and those at which integers overflow.",
        why=_NUMBER_WHY,
        clause="RFC 1939 section 5",
        expected="Fetch the messages, or say failure.",
        rules="*: size-int-attack",
        runs=2,
        fail="SILENT",
        source="CVE-2010-0816",
    ),
    Case(
        number="17.11",
        id="hostile/uid-1m",
        situation="The unique-ids have 1 MiB.",
        why=_NUMBER_WHY,
        clause="RFC 1939 section 7 (UIDL)",
        expected=_LOOK,
        rules="1: uidl-overflow octets=1048576",
        operation="keep",
        runs=2,
        fail="SILENT",
        source="CVE-2005-2335",
    ),
    Case(
        number="17.12",
        id="hostile/uid-multibyte",
        situation="The unique-ids end within a character of UTF-8.",
        why="Code that decodes them fails, or reads on behind their end.",
        clause="RFC 1939 section 7 (UIDL)",
        expected="Deliver all messages once.",
        rules="*: uidl-multibyte",
        operation="keep",
        runs=2,
        warn="MISSING TWICE",
        source="CVE-2010-1167",
    ),
    Case(
        number="17.13",
        id="hostile/formats",
        situation="All texts have %n, %s and %x in them.",
        why=_TEXT_WHY,
        expected=_AS_TEXT,
        rules="*: format-strings",
        runs=2,
        fail="MISSING",
        warn="FAILED",
        source="CVE-2007-2958",
    ),
    Case(
        number="17.14",
        id="hostile/escapes",
        situation="All texts have escape sequences of terminals in them.",
        why="A sequence can hide lines, or write what was never said, before the eyes of the user.",
        expected="Print none of these characters.",
        rules="*: terminal-escapes",
        wrong_password=True,
        fail="SILENT",
        source="EAST",
    ),
    Case(
        number="17.15",
        id="hostile/nul-everywhere",
        situation="All texts have a NUL in them.",
        why="Programs in C take it for the end of the text. What stands behind it is lost.",
        expected="Do not crash; deliver what stands behind the NUL.",
        rules="*: nul-everywhere",
        runs=2,
        fail="CUT-AT-NUL",
        info="ALTERED",
        source="fetchmail NEWS 6.1.2",
    ),
    Case(
        number="17.16",
        id="hostile/status-binary",
        situation="Status lines have 2000 octets more, which mean nothing.",
        why="A client with room for 512 octets overwrites its own memory.",
        clause="RFC 2449 section 4",
        expected="Fetch all, or say failure.",
        rules="1: crafted-status",
        runs=2,
        fail="SILENT",
        source="CVE-2014-3891",
    ),
    Case(
        number="17.17",
        id="hostile/apop-redos",
        situation="The greeting has brackets that are never closed, thousands of them.",
        why="A regular expression that tries each of them computes for minutes.",
        clause="RFC 1939 section 7",
        expected="End in time.",
        rules="1: apop-redos",
        auth="apop",
        fail="HANG SILENT",
        source="CVE-2018-1060",
    ),
    Case(
        number="17.18",
        id="hostile/dot-injection",
        situation="A dot stands between bare line feeds, and replies follow within the text.",
        why="Anybody can send such a message. Who finds an end there takes its rest for replies "
        "and for other messages.",
        clause="RFC 1939 section 3",
        expected="Read to the true end, and deliver the messages whole.",
        rules="*: dot-injection",
        messages=with_dots,
        runs=2,
        fail="PART MISSING",
        source="GreenMail PR#1049",
    ),
    Case(
        number="17.19",
        id="hostile/header-bomb",
        situation="A header field of message 2 has 1 MiB.",
        why=_BOMB_WHY,
        expected="Fetch it, or leave out only this one.",
        rules="*: header-bombs number=2",
        runs=2,
        concerned=frozenset({2}),
        fail="STUCK",
        source="CVE-2000-0567",
    ),
    Case(
        number="17.20",
        id="hostile/attachment-bomb",
        situation="An attachment of message 2 is far larger once it is unpacked.",
        why=_BOMB_WHY,
        expected="Fetch it as it is, without a look into it.",
        rules="*: attachment-bomb number=2",
        runs=2,
        concerned=frozenset({2}),
        fail="STUCK",
        warn="GREW",
        source="CVE-2002-1349",
    ),
    Case(
        number="17.21",
        id="hostile/referral",
        situation="The login is refused with a referral to another server.",
        why="A client that follows it gives the password to whoever has forged the reply.",
        clause="RFC 2449 section 8",
        expected="Say failure, and connect to no other server.",
        rules="1: redirect-referral url={elsewhere}",
        fail="SILENT ELSEWHERE",
    ),
    Case(
        number="17.22",
        id="hostile/resume",
        situation="From the second run on, the same unique-ids have other texts.",
        why="No client can know. The report says what it made of that.",
        expected="Nothing can be expected.",
        rules="*: resume-confusion session=2",
        operation="keep",
        runs=2,
        info="MISSING TWICE FORGED",
        damages=True,
    ),
)
