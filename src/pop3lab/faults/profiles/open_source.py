"""The servers that most of the free world runs."""

from pop3lab.faults.profiles.profile import Profile, traits

_DOVECOT = "Dovecot's source"
_COURIER = "Courier's pop3dserver.C, pop3login.C and pop3dcapa.C"
_CYRUS = "Cyrus's pop3d.c"

DOVECOT = Profile(
    "dovecot",
    "Dovecot",
    (
        *traits(
            _DOVECOT,
            "A",
            "uid-form hex16",
            "bad-command-limit",
            "auth-cmd-chokes mechanisms=PLAIN",
            "auth-only PLAIN",
            'wording GREETING "Dovecot ready."',
            'wording USER ""',
            'wording PASS "Logged in."',
            'wording AUTH "Logged in."',
            'wording PASS "[AUTH] Authentication failed." err=yes code=AUTH',
            'wording AUTH "[AUTH] Authentication failed." err=yes code=AUTH',
            'wording LIST "{count} messages:"',
            'wording RETR "{octets} octets"',
            'wording TOP ""',
            'wording UIDL ""',
            'wording NOOP ""',
            'wording RSET ""',
            'wording DELE "Marked to be deleted."',
            'wording QUIT "Logging out."',
            'wording CAPA ""',
            'capa-lines "CAPA,TOP,UIDL,RESP-CODES,PIPELINING,AUTH-RESP-CODE,{stls},USER,'
            'SASL PLAIN"',
            'capa-lines "CAPA,TOP,UIDL,RESP-CODES,PIPELINING,AUTH-RESP-CODE" state=after',
        ),
        *traits(
            f"{_DOVECOT}: if another client expunges, after an error, by a setting",
            "A",
            "expunged-mid-session drop=2",
            "retr-truncated-dot",
            "list-cut",
            "user-refused kind=cleartext",
            in_force=False,
        ),
    ),
)

COURIER = Profile(
    "courier",
    "Courier",
    (
        *traits("commercial-emacs PR#857", "B", "utf8-wrapped"),
        *traits(
            _COURIER,
            "A",
            "uid-form courier",
            "auth-fail-slow",
            "auth-only LOGIN,CRAM-MD5,PLAIN",
            "utf8-mode",
            'wording GREETING "Hello there."',
            'wording USER "Password required."',
            'wording PASS "logged in."',
            'wording AUTH "logged in."',
            'wording PASS "Login failed." err=yes code=AUTH',
            'wording AUTH "Login failed." err=yes code=AUTH',
            'wording LIST "POP3 clients that break here, they violate STD53."',
            'wording RETR "{octets} octets follow."',
            'wording TOP "headers follow."',
            'wording DELE "Deleted."',
            'wording NOOP "Yup."',
            'wording RSET "Resurrected."',
            'wording QUIT "Bye-bye."',
            'state=AUTHORIZATION -> wording QUIT "Better luck next time."',
            'wording CAPA "Here\'s what I can do:"',
            'capa-lines "SASL LOGIN CRAM-MD5 PLAIN,{stls},TOP,USER,LOGIN-DELAY 10,PIPELINING,'
            'UIDL,UTF8 USER,LANG,IMPLEMENTATION Courier Mail Server"',
        ),
        *traits(
            f"{_COURIER}: after an error, by a setting",
            "A",
            "uid-form courier-uid",
            "retr-cut-fin",
            "user-refused kind=tls",
            "lf-only part=status",
            in_force=False,
        ),
    ),
)

CYRUS = Profile(
    "cyrus",
    "Cyrus IMAP's pop3d",
    (
        *traits(
            _CYRUS,
            "A",
            "uid-form decimal",
            'wording GREETING "{host} Cyrus POP3 3.8.1 server ready {stamp}"',
            'wording USER "Name is a valid mailbox"',
            'wording PASS "Mailbox locked and ready SESSIONID=<{id}>"',
            'wording APOP "Mailbox locked and ready SESSIONID=<{id}>"',
            'wording AUTH "Mailbox locked and ready SESSIONID=<{id}>"',
            'wording LIST "scan listing follows"',
            'wording UIDL "unique-id listing follows"',
            'wording RETR "Message follows"',
            'wording DELE "message deleted"',
            'wording CAPA "List of capabilities follows"',
            'capa-lines "{sasl},{stls},EXPIRE NEVER,LOGIN-DELAY 0,TOP,UIDL,PIPELINING,RESP-CODES,'
            'AUTH-RESP-CODE,USER,IMPLEMENTATION Cyrus POP3 3.8.1"',
            'capa-lines "EXPIRE NEVER,LOGIN-DELAY 0,TOP,UIDL,PIPELINING,RESP-CODES,AUTH-RESP-CODE,'
            'IMPLEMENTATION Cyrus POP3 3.8.1" state=after',
        ),
        *traits(
            f"{_CYRUS}: by a setting, or for an unknown user",
            "A",
            "uid-form cyrus",
            "uid-form cyrus-dash",
            "uid-form hex16",
            "login-delay",
            "too-many-connections at=login",
            'user-refused text="[AUTH] Invalid user"',
            in_force=False,
        ),
        *traits("cyrus-imapd#4717, in 3.4.6", "B", "tls -> terminator-short", in_force=False),
        *traits("cyrus-imapd#374, in 2.0", "B", "uidl-reused", in_force=False),
    ),
)

PROFILES = (DOVECOT, COURIER, CYRUS)
