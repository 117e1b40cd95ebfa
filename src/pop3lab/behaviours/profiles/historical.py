"""Servers from the time of shell accounts."""

from pop3lab.behaviours.profiles.profile import Profile, rules_from
from pop3lab.behaviours.profiles.wording import (
    login_wording,
    refusal_wording,
    unknown_command,
    unknown_wording,
    wording_rule,
)

_UW = "UW-imap's ipop3d.c"
_POPA3D = "popa3d's source"
_TPOP3D = "tpop3d's source"

UW = Profile(
    "uw-ipop3d",
    "ipop3d of UW-imap",
    (
        *rules_from(
            _UW,
            "A",
            "uid-form uw",
            "last-command",
            'extra-command RPOP "-ERR Nice try, bunkie"',
            "top-differs-from-retr",
            "session-stolen",
            "idle-short seconds=600",
            "auth-fail-slow seconds=3",
            "auth-cmd-chokes mechanisms=LOGIN,PLAIN",
            "auth-only LOGIN,PLAIN",
            'wording GREETING "POP3 {host} 2007f.104 server ready {stamp}"',
            wording_rule("USER", "User name accepted, password please"),
            *login_wording("Mailbox open, {count} messages"),
            *refusal_wording("Bad login", "PASS", "APOP"),
            *refusal_wording("Bad authentication", "AUTH"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", "Mailbox scan listing follows"),
            wording_rule("UIDL", "Unique-ID listing follows"),
            'wording RETR "{octets} octets"',
            wording_rule("TOP", "Top of message follows"),
            wording_rule("DELE", "Message deleted"),
            'wording NOOP "No-op to you too!"',
            'wording RSET "Reset state"',
            wording_rule("QUIT", "Sayonara"),
            wording_rule("STLS", "STLS completed"),
            wording_rule("CAPA", "Capability list follows:"),
            "state=AUTHORIZATION -> " + unknown_command("Unknown AUTHORIZATION state command"),
            "state=TRANSACTION -> " + unknown_command("Unknown TRANSACTION state command"),
            'capa-lines "TOP,LOGIN-DELAY 180,UIDL,{stls},USER,SASL LOGIN PLAIN"',
        ),
        *rules_from(
            "fetchmail's FAQ O15: a folder read by others", "A", "pseudo-message", in_force=False
        ),
    ),
)

POPA3D = Profile(
    "popa3d",
    "popa3d of Openwall",
    (
        *rules_from(
            _POPA3D,
            "A",
            "rfc1939-commands",
            "uid-form popa3d",
            "last-command",
            "too-many-connections at=connect",
            "idle-short seconds=600 form=close",
            "bare-status",
            'wording PASS "Authentication failed (bad password?)" err=yes',
            wording_rule("GREETING", ""),
            wording_rule("USER", ""),
            wording_rule("PASS", ""),
            wording_rule("STAT", "{count} {octets}"),
            *(
                wording_rule(verb, "")
                for verb in ("LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET")
            ),
            wording_rule("QUIT", ""),
            unknown_command(""),
        ),
    ),
)

QPOPPER = Profile(
    "qpopper",
    "Qpopper 4",
    (
        *unknown_wording("LIST", "DELE", "NOOP", "RSET", "STLS", "CAPA", "unknown command"),
        *rules_from("no trace found", "D", "uid-form token", unsure=True),
        *rules_from(
            "VMime's POP3Connection.cpp tells of a session with Qpopper 4.0.5",
            "B",
            'wording GREETING "Qpopper (version 4.1.0) at {host} starting.  {stamp}"',
        ),
        *rules_from(
            "Qpopper's pop_pass.c, pop_send.c, pop_uidl.c and popper.c",
            "A",
            *login_wording("{user} has {count} visible messages (0 hidden) in {octets} octets."),
            *refusal_wording('[AUTH] Password supplied for "{user}" is incorrect.'),
            wording_rule("UIDL", "uidl command accepted."),
            wording_rule("RETR", "{octets} octets"),
            wording_rule("TOP", "Message follows"),
            wording_rule("QUIT", "Pop server at {host} signing off."),
        ),
        *rules_from(
            "the Berkeley popper's pop_user.c and pop_stat.c, which it grew from",
            "A",
            wording_rule("USER", "Password required for {user}."),
            wording_rule("STAT", "{count} {octets}"),
            unsure=True,
        ),
        *rules_from(
            "popper(8): LOGIN-DELAY and EXPIRE are told, not kept",
            "C",
            "auth-only",
            'capa-lines "TOP,USER,LOGIN-DELAY 900,EXPIRE 60,UIDL,RESP-CODES,AUTH-RESP-CODE,'
            'X-MANGLE,IMPLEMENTATION Qpopper-version-4.1.0"',
            unsure=True,
        ),
        *rules_from(
            "popper(8): by a setting",
            "C",
            "bulletins",
            "retr-implies-delete how=delete",
            'extra-command XTND "+OK" state=after',
            in_force=False,
        ),
        *rules_from("fetchmail's NEWS: behind a crash", "C", "lock-lingers", in_force=False),
    ),
)

TPOP3D = Profile(
    "tpop3d",
    "tpop3d",
    (
        *rules_from(
            _TPOP3D,
            "A",
            "misleading-words form=rude",
            "auth-only",
            'wording GREETING "{stamp}"',
            wording_rule("USER", "Tell me your password."),
            *login_wording("Welcome aboard! You have {count} messages."),
            *refusal_wording("Lies! Try again!"),
            wording_rule("STAT", "{count} {octets}"),
            'wording LIST "Scan list follows:"',
            'wording UIDL "ID list follows:"',
            wording_rule("RETR", "Message follows"),
            wording_rule("TOP", "Message follows"),
            wording_rule("DELE", "Done."),
            wording_rule("NOOP", "I'm still here."),
            wording_rule("RSET", "Done."),
            wording_rule("QUIT", "Done"),
            'state=AUTHORIZATION -> wording QUIT "Fine. Be that way."',
            wording_rule("STLS", "Begin TLS negotiation"),
            wording_rule("CAPA", "Capability list follows"),
            unknown_command("Do you actually know how to use this thing?"),
            'capa-lines "PIPELINING,TOP,USER,UIDL,IMPLEMENTATION tpop3d-1.5.5,{stls}"',
        ),
        *rules_from(
            f"{_TPOP3D}: after an error, under load, if the client closes right behind QUIT",
            "A",
            "retr-ok-then-err",
            'auth-fail-temporary text="Sorry, I\'m too busy right now" code=""',
            "commit-on-drop",
            in_force=False,
        ),
    ),
)

PROFILES = (UW, POPA3D, QPOPPER, TPOP3D)
