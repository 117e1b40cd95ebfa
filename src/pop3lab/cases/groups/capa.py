"""CAPA: what the server says it can, and what it says falsely."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.groups.shared_fields import FETCH_ALL, FETCHES_ALL

_CAPA = "RFC 2449 section 5"
_OLD_WHY = "CAPA is only advice. A client that can't work without it gets no mail from old servers."
_ODD_WHY = (
    "Servers list such things. A client that fails over a line it need not know gets no mail."
)
_LIE_WHY = "A list is no promise. A client that believes it more than the replies stops half-way."

_AS_USUAL: Mapping[str, Any] = {
    "clause": _CAPA,
    "why": _ODD_WHY,
    **FETCHES_ALL,
}
_KILLED: Mapping[str, Any] = {
    "clause": _CAPA,
    "why": _OLD_WHY,
    "expected": "Connect again without CAPA, or say failure. Do not try for ever.",
    "fail": "SILENT",
    "info": "FAILED",
}

CAPA_CASES = (
    Case(
        number="4.01",
        id="capa/unsupported",
        situation="CAPA is an unknown command.",
        rules="*: capa-unsupported",
        source="popa3d; twisted#10740",
        **{**_AS_USUAL, "why": _OLD_WHY},
    ),
    Case(
        number="4.02",
        id="capa/kills",
        situation="The server closes the connection at CAPA.",
        rules="*: capa-kills-connection",
        connections=3,
        warn="STORM",
        source="fetchmail pop3.c",
        **_KILLED,
    ),
    Case(
        number="4.03",
        id="capa/kills-after-login",
        situation="The server closes the connection at CAPA after the login.",
        rules="*: capa-kills-connection after-login=yes",
        connections=3,
        warn="STORM",
        source="MailKit#174",
        **_KILLED,
    ),
    Case(
        number="4.04",
        id="capa/understates",
        situation="UIDL works, and CAPA does not list it.",
        why="A client that does not try UIDL has no memory, and delivers all mail again.",
        clause=_CAPA,
        expected="Try UIDL, and deliver nothing twice.",
        rules="*: capa-understates",
        operation="keep",
        runs=2,
        fail="MISSING",
        warn="TWICE",
        source="Hotmail; GreenMail",
    ),
    Case(
        number="4.05",
        id="capa/overstates-uidl",
        situation="CAPA lists UIDL, and UIDL is refused.",
        why=_LIE_WHY,
        clause=_CAPA,
        expected="Fetch all without it, or say failure.",
        rules="*: capa-overstates UIDL",
        fail="SILENT",
        source="fetchmail",
    ),
    Case(
        number="4.06",
        id="capa/overstates-pipelining",
        situation="CAPA lists PIPELINING, and only the first command of a packet is obeyed.",
        why=_LIE_WHY + " What was sent with DELE in it may be obeyed later, or never.",
        clause="RFC 2449 section 6.6",
        expected="Give up in time and say failure, or fetch all. Send no DELE too early.",
        rules="*: pipelining-drops",
        runs=2,
        fail="HANG SILENT EARLY",
        source="KMail; Dovecot",
    ),
    Case(
        number="4.07",
        id="capa/empty",
        situation="The list is empty.",
        rules="*: capa-empty",
        source="EAST",
        **_AS_USUAL,
    ),
    Case(
        number="4.08",
        id="capa/odd-lines",
        situation="The list has words that no RFC knows.",
        rules="*: capa-odd-lines kind=words",
        source="Gmail; plala; Twisted",
        **_AS_USUAL,
    ),
    Case(
        number="4.09",
        id="capa/eight-bit",
        situation="Lines of the list have octets above 127.",
        why="Code that decodes each line as ASCII ends with an exception.",
        clause=_CAPA,
        expected=FETCH_ALL,
        rules="*: capa-odd-lines kind=8-bit",
        fail="SILENT",
        warn="MISSING UNDELETED FAILED",
        source="poplib",
    ),
    Case(
        number="4.10",
        id="capa/many-lines",
        situation="The list has more than 1000 lines.",
        why="A client with room for fifty lines loses the rest, or its place in the dialogue.",
        clause=_CAPA,
        expected=FETCH_ALL,
        rules="*: capa-odd-lines kind=many",
        fail="SILENT",
        warn="MISSING UNDELETED FAILED",
        source="mpop",
    ),
    Case(
        number="4.11",
        id="capa/dot-line",
        situation="Lines of the list begin with dots, which are doubled.",
        rules="*: capa-odd-lines kind=dot",
        source="curl#19228",
        **{
            **_AS_USUAL,
            "why": "A client that takes such a line for the end takes the rest for replies.",
        },
    ),
    Case(
        number="4.12",
        id="capa/changes",
        situation="The list differs before and after the login.",
        rules="*: capa-changes",
        source="Gmail",
        **_AS_USUAL,
    ),
    Case(
        number="4.13",
        id="capa/split",
        situation="The final dot of the list comes in a packet of its own, a moment later.",
        rules="*: capa-split",
        source="Mew PR#188",
        **{**_AS_USUAL, "why": "A packet is not a reply. A client that reads one packet hangs."},
    ),
    Case(
        number="4.14",
        id="capa/cut",
        situation="The connection is closed within the list, and the client is to use STLS.",
        why="A stranger can cut a list before the line STLS. What was cut must not be taken for "
        "all that there is.",
        clause=_CAPA,
        expected="Say failure, and send no credentials in clear.",
        rules="1: CAPA -> cut-after 20 then close",
        tls="stls",
        fail="SILENT",
        source="truncation attacks",
    ),
)
