"""Servers that have had enough: of messages, of commands, of time."""

from collections.abc import Mapping
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.cases.groups.shared_fields import FETCH_ALL, NEXT_RUN
from pop3lab.cases.marked import many

_ENOUGH_WHY = (
    "Providers limit what one session may fetch. A client that makes no progress then fetches the "
    "same messages for ever."
)
_STRICT_WHY = "Strict servers exist. A client that is careless with its lines gets no mail there."
_SHIFT_WHY = (
    "The line answers nothing. A client that takes it for the reply to its next command is one "
    "reply late from then on, and may delete what has not come."
)
_PROGRESS = "Delete what was fetched, leave with QUIT, and fetch the rest in the next runs."

_AS_USUAL: Mapping[str, Any] = {
    "clause": "RFC 1939 section 3",
    "why": _STRICT_WHY,
    "expected": FETCH_ALL,
}

LIMITS_CASES = (
    Case(
        number="14.01",
        id="limits/quota",
        situation="After two messages of a session, each RETR is refused.",
        why=_ENOUGH_WHY,
        clause="RFC 1939 section 6",
        expected=_PROGRESS,
        rules="*: download-quota messages=2",
        messages=many(5),
        runs=3,
        fail="MISSING",
        warn="UNDELETED",
        source="163.com",
    ),
    Case(
        number="14.02",
        id="limits/session-cap",
        situation="The server closes the connection after two messages of a session.",
        why=_ENOUGH_WHY,
        clause="RFC 1939 section 6",
        expected="Make progress if unique-ids are remembered; lose nothing.",
        rules="*: session-cap messages=2",
        runs=4,
        warn="MISSING TWICE",
        source="Gmail; MailKit#82",
    ),
    Case(
        number="14.03",
        id="limits/idle-short",
        situation="The server closes the connection while a message is being stored.",
        why="Virus scanners and slow disks keep a client busy for longer than a server waits.",
        clause="RFC 1939 section 3",
        expected="Say failure, lose nothing, and go on in the next run.",
        rules="1: idle-short seconds=0.3",
        store_delay=0.8,
        runs=2,
        fail="DESYNC SILENT",
        source="Thunderbird",
    ),
    Case(
        number="14.04",
        id="limits/bad-commands",
        situation="The third unknown command ends the session.",
        why="A client that tries many commands that may not be there loses its session.",
        clause="RFC 1939 section 3",
        expected=FETCH_ALL,
        rules="*: bad-command-limit 3",
        reached="*",
        fail="SILENT",
        warn="MISSING FAILED",
        source="Dovecot; Zimbra",
    ),
    Case(
        number="14.05",
        id="limits/strict",
        situation="Verbs in lower case, lines that end in LF, and blanks too many are refused.",
        rules="*: strict-parser",
        reached="*",
        fail="MISSING UNDELETED FAILED",
        source="Dovecot; PHPMailer#2798",
        **_AS_USUAL,
    ),
    Case(
        number="14.06",
        id="limits/line-limit",
        situation="A command of more than 255 octets ends the session.",
        rules="*: line-limit 255",
        reached="*",
        fail="MISSING UNDELETED FAILED",
        **{**_AS_USUAL, "clause": "RFC 2449 section 4"},
    ),
    Case(
        number="14.07",
        id="limits/too-many",
        situation="There are too many connections already, and the server refuses this one.",
        why="A server that is too busy must not look like a maildrop without mail.",
        clause="RFC 1939 section 4",
        expected=NEXT_RUN,
        rules="1: too-many-connections most=0",
        runs=2,
        connections=3,
        fail="SILENT",
        warn="STORM",
        source="popa3d",
    ),
    Case(
        number="14.08",
        id="limits/lock-lingers",
        situation="The session is lost at DELE, and the maildrop stays locked for a while.",
        why="Who lost a connection comes back at once. A rush of logins prolongs the lock.",
        clause="RFC 1939 section 4",
        expected="Say failure, and fetch all in a later run.",
        rules="1: DELE 1 -> reset; *: lock-lingers seconds=0.4",
        runs=3,
        pause=0.6,
        fail="MISSING",
        warn="AGAIN STORM",
        source="MDaemon",
    ),
    Case(
        number="14.09",
        id="limits/stolen",
        situation="Another login ends the session: the server says so behind message 2.",
        why=_SHIFT_WHY,
        clause="RFC 1939 section 3",
        expected="Say failure, and fetch the rest in the next run.",
        rules="*: capa-understates PIPELINING; "
        '1: RETR 2 -> unasked-line "-ERR Received Kiss of Death"',
        runs=2,
        fail="DESYNC",
        source="UW",
    ),
    Case(
        number="14.10",
        id="limits/duplicate-login",
        situation="The second login comes too soon, and is refused in the words of a provider.",
        why="The password is right. A client that calls it wrong makes its user type it again.",
        clause="RFC 1939 section 7",
        expected="Say a failure that is not that of a wrong password.",
        rules="*: duplicate-login",
        arrives=True,
        runs=2,
        fail="SILENT",
        info="PW",
        source="zmail#85",
    ),
    Case(
        number="14.11",
        id="limits/noop",
        situation="NOOP is refused.",
        rules="*: noop-unsupported",
        reached="NOOP",
        fail="MISSING UNDELETED FAILED",
        **_AS_USUAL,
    ),
)
