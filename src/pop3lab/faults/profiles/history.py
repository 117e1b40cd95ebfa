"""Servers of the time when everybody had a shell."""

from pop3lab.faults.profiles.profile import Profile, traits

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
            'wording PASS "Bad login" err=yes code=AUTH',
            'wording RETR "{octets} octets"',
            'wording NOOP "No-op to you too!"',
            'wording RSET "Reset state"',
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
        ),
    ),
)

QPOPPER = Profile(
    "qpopper",
    "Qpopper 4",
    (
        *traits(
            "no trace found",
            "D",
            "uid-form token",
            'wording GREETING "Qpopper (version 4.1.0) at {host} starting.  {stamp}"',
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
            'wording LIST "Scan list follows:"',
            'wording UIDL "ID list follows:"',
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
