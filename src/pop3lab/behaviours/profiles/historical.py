"""Servers of the time when everybody had a shell."""

from pop3lab.behaviours.profiles.profile import Profile, traits
from pop3lab.behaviours.profiles.wording import knows_not, lets_in, refuses, says, unknown

_UW = "UW-imap's ipop3d.c"
_POPA3D = "popa3d's source"
_TPOP3D = "tpop3d's source"

UW = Profile(
    "uw-ipop3d",
    "ipop3d of UW-imap",
    (
        *traits(
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
            says("USER", "User name accepted, password please"),
            *lets_in("Mailbox open, {count} messages"),
            *refuses("Bad login", "PASS", "APOP"),
            *refuses("Bad authentication", "AUTH"),
            says("STAT", "{count} {octets}"),
            says("LIST", "Mailbox scan listing follows"),
            says("UIDL", "Unique-ID listing follows"),
            'wording RETR "{octets} octets"',
            says("TOP", "Top of message follows"),
            says("DELE", "Message deleted"),
            'wording NOOP "No-op to you too!"',
            'wording RSET "Reset state"',
            says("QUIT", "Sayonara"),
            says("STLS", "STLS completed"),
            says("CAPA", "Capability list follows:"),
            "state=AUTHORIZATION -> " + knows_not("Unknown AUTHORIZATION state command"),
            "state=TRANSACTION -> " + knows_not("Unknown TRANSACTION state command"),
            'capa-lines "TOP,LOGIN-DELAY 180,UIDL,{stls},USER,SASL LOGIN PLAIN"',
        ),
        *traits(
            "fetchmail's FAQ O15: a folder read by others", "A", "pseudo-message", in_force=False
        ),
    ),
)

POPA3D = Profile(
    "popa3d",
    "popa3d of Openwall",
    (
        *traits(
            _POPA3D,
            "A",
            "rfc1939-commands",
            "uid-form popa3d",
            "last-command",
            "too-many-connections at=connect",
            "idle-short seconds=600 form=close",
            "bare-status",
            'wording PASS "Authentication failed (bad password?)" err=yes',
            says("GREETING", ""),
            says("USER", ""),
            says("PASS", ""),
            says("STAT", "{count} {octets}"),
            *(says(verb, "") for verb in ("LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET")),
            says("QUIT", ""),
            knows_not(""),
        ),
    ),
)

QPOPPER = Profile(
    "qpopper",
    "Qpopper 4",
    (
        *unknown("LIST", "DELE", "NOOP", "RSET", "STLS", "CAPA", "unknown command"),
        *traits("no trace found", "D", "uid-form token", unsure=True),
        *traits(
            "VMime's POP3Connection.cpp tells of a session with Qpopper 4.0.5",
            "B",
            'wording GREETING "Qpopper (version 4.1.0) at {host} starting.  {stamp}"',
        ),
        *traits(
            "Qpopper's pop_pass.c, pop_send.c, pop_uidl.c and popper.c",
            "A",
            *lets_in("{user} has {count} visible messages (0 hidden) in {octets} octets."),
            *refuses('[AUTH] Password supplied for "{user}" is incorrect.'),
            says("UIDL", "uidl command accepted."),
            says("RETR", "{octets} octets"),
            says("TOP", "Message follows"),
            says("QUIT", "Pop server at {host} signing off."),
        ),
        *traits(
            "the Berkeley popper's pop_user.c and pop_stat.c, which it grew from",
            "A",
            says("USER", "Password required for {user}."),
            says("STAT", "{count} {octets}"),
            unsure=True,
        ),
        *traits(
            "popper(8): LOGIN-DELAY and EXPIRE are told, not kept",
            "C",
            "auth-only",
            'capa-lines "TOP,USER,LOGIN-DELAY 900,EXPIRE 60,UIDL,RESP-CODES,AUTH-RESP-CODE,'
            'X-MANGLE,IMPLEMENTATION Qpopper-version-4.1.0"',
            unsure=True,
        ),
        *traits(
            "popper(8): by a setting",
            "C",
            "bulletins",
            "retr-implies-delete how=delete",
            'extra-command XTND "+OK" state=after',
            in_force=False,
        ),
        *traits("fetchmail's NEWS: behind a crash", "C", "lock-lingers", in_force=False),
    ),
)

TPOP3D = Profile(
    "tpop3d",
    "tpop3d",
    (
        *traits(
            _TPOP3D,
            "A",
            "misleading-words form=rude",
            "auth-only",
            'wording GREETING "{stamp}"',
            says("USER", "Tell me your password."),
            *lets_in("Welcome aboard! You have {count} messages."),
            *refuses("Lies! Try again!"),
            says("STAT", "{count} {octets}"),
            'wording LIST "Scan list follows:"',
            'wording UIDL "ID list follows:"',
            says("RETR", "Message follows"),
            says("TOP", "Message follows"),
            says("DELE", "Done."),
            says("NOOP", "I'm still here."),
            says("RSET", "Done."),
            says("QUIT", "Done"),
            'state=AUTHORIZATION -> wording QUIT "Fine. Be that way."',
            says("STLS", "Begin TLS negotiation"),
            says("CAPA", "Capability list follows"),
            knows_not("Do you actually know how to use this thing?"),
            'capa-lines "PIPELINING,TOP,USER,UIDL,IMPLEMENTATION tpop3d-1.5.5,{stls}"',
        ),
        *traits(
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
