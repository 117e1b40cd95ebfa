"""The first line of a server, and what stands in its place."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.groups.shared_fields import FETCHES_ALL, GIVES_UP

_GREETING = "RFC 1939 section 4"
_REAL_WHY = (
    "Real servers greet like this. A client that expects other words gets no mail from them."
)
_NO_MAIL_WHY = (
    "A server that is too busy must not look like a maildrop without mail. A client that knocks "
    "again and again keeps it busy."
)
_STRANGER_WHY = (
    "The port is another program's. A client that sends the password all the same shows it to "
    "whoever reads the log of that program."
)
_LATER = "Say failure, send no credentials, and fetch all in the next run."

_AS_USUAL: Mapping[str, Any] = {
    "clause": _GREETING,
    "why": _REAL_WHY,
    **FETCHES_ALL,
}
_REFUSED: Mapping[str, Any] = {
    "clause": _GREETING,
    "why": _NO_MAIL_WHY,
    "expected": _LATER,
    "runs": 2,
}
_STRANGER: Mapping[str, Any] = {
    "clause": _GREETING,
    "why": _STRANGER_WHY,
    "expected": "Say failure, and send no credentials.",
}

GREETING_CASES = (
    Case(
        number="3.01",
        id="greeting/bare-ok",
        situation="The greeting and all simple replies are +OK, without a text.",
        rules="*: bare-status",
        source="popa3d; Exchange; go-pop3 PR#1",
        **_AS_USUAL,
    ),
    Case(
        number="3.02",
        id="greeting/odd-text",
        situation="The greeting says Hello there, and nothing of POP3.",
        rules="*: greeting-odd-text kind=hello",
        source="Courier; Exchange; Office 365",
        **_AS_USUAL,
    ),
    Case(
        number="3.03",
        id="greeting/err",
        situation="The server greets with -ERR and closes the connection.",
        rules="1: greeting-err",
        fail="SILENT CREDENTIALS",
        warn="STORM",
        source="EAST",
        **_REFUSED,
    ),
    Case(
        number="3.04",
        id="greeting/err-temporary",
        situation="The server greets with -ERR [SYS/TEMP] and closes the connection.",
        rules="1: greeting-err code=SYS/TEMP",
        fail="SILENT CREDENTIALS",
        warn="STORM",
        source="RFC 3206 section 4",
        **_REFUSED,
    ),
    Case(
        number="3.05",
        id="greeting/drop",
        situation="The server greets and closes the connection.",
        rules="1: greeting-drop",
        connections=3,
        fail="SILENT",
        warn="STORM",
        source="MS KB 278637",
        **_REFUSED,
    ),
    Case(
        number="3.06",
        id="greeting/drop-before",
        situation="The server closes the connection without a word.",
        rules="1: CONNECT -> close",
        connections=3,
        fail="SILENT",
        warn="STORM",
        source="hpop#92",
        **_REFUSED,
    ),
    Case(
        number="3.07",
        id="greeting/silent",
        situation="The server accepts the connection and never says a word.",
        clause=_GREETING,
        rules="1: greeting-silent",
        fail="HANG SILENT",
        source="the default timeout of JavaMail",
        **GIVES_UP,
    ),
    Case(
        number="3.08",
        id="greeting/slow",
        situation="The greeting takes more than half of the timeout.",
        why="Servers that look up the name of each client in the DNS are as slow.",
        clause=_GREETING,
        expected="Wait for it.",
        rules="*: greeting-slow seconds={slow}",
        fail="SILENT",
        warn="MISSING UNDELETED FAILED",
        source="tarpits",
    ),
    Case(
        number="3.09",
        id="greeting/smtp",
        situation="A server of SMTP answers.",
        rules="1: greeting-wrong-protocol kind=smtp",
        fail="SILENT CREDENTIALS",
        source="MailKit#357",
        **_STRANGER,
    ),
    Case(
        number="3.10",
        id="greeting/http",
        situation="A server of HTTP answers.",
        rules="1: greeting-wrong-protocol kind=http",
        fail="SILENT CREDENTIALS",
        source="MailKit#987",
        **_STRANGER,
    ),
    Case(
        number="3.11",
        id="greeting/imap",
        situation="A server of IMAP answers.",
        rules="1: greeting-wrong-protocol kind=imap",
        fail="SILENT CREDENTIALS",
        source="MailKit#357",
        **_STRANGER,
    ),
    Case(
        number="3.12",
        id="greeting/tls-bytes",
        situation="The port wants TLS, and sends a record of it to a client that does not.",
        why="The port and the mode do not fit. A client that takes the octets for a greeting, or "
        "crashes, tells its user nothing about that.",
        clause=_GREETING,
        expected="Say failure.",
        rules="1: greeting-wrong-protocol kind=tls",
        fail="SILENT",
        source="hpop#77",
    ),
    Case(
        number="3.13",
        id="greeting/glued",
        situation="A second status line stands behind the greeting, and the login is refused.",
        why="Each reply is taken for that to the command before. Such a client believes that it is "
        "logged in, that a message has come, or that it is deleted.",
        clause="RFC 1939 section 3",
        expected="Take no line for the reply to a command that was sent after it.",
        rules="*: capa-understates PIPELINING; 1: greeting-glued; 1: auth-fail-temporary",
        runs=2,
        fail="DESYNC",
        source="EAST",
    ),
    Case(
        number="3.14",
        id="greeting/split",
        situation="The greeting comes octet by octet.",
        rules="*: GREETING -> dribble 1 gap=5ms",
        **{**_AS_USUAL, "why": "A packet is not a line. Slow lines and small packets split it."},
    ),
)
