"""Widely used free servers."""

from pop3lab.behaviours.profiles.profile import Profile, rules_from
from pop3lab.behaviours.profiles.wording import (
    AFTER_LOGIN,
    BEFORE_LOGIN,
    login_wording,
    out_of_state,
    refusal_wording,
    unknown_command,
    wording_rule,
)

_DOVECOT = "Dovecot's source"
_COURIER = "Courier's pop3dserver.C, pop3login.C and pop3dcapa.C"
_CYRUS = "Cyrus's pop3d.c"

DOVECOT = Profile(
    "dovecot",
    "Dovecot",
    (
        *rules_from(
            _DOVECOT,
            "A",
            "uid-form hex16",
            "state=AUTHORIZATION -> " + unknown_command("Unknown command."),
            "state=TRANSACTION -> " + unknown_command("Unknown command: {verb}"),
            *out_of_state("AUTHORIZATION", "Unknown command.", *AFTER_LOGIN),
            *out_of_state("TRANSACTION", "Unknown command: {verb}", *BEFORE_LOGIN, "APOP", "STLS"),
            "bad-command-limit",
            "auth-cmd-chokes mechanisms=PLAIN",
            "auth-only PLAIN",
            'wording GREETING "Dovecot ready."',
            'wording USER ""',
            *login_wording("Logged in."),
            *refusal_wording("[AUTH] Authentication failed."),
            wording_rule("STAT", "{count} {octets}"),
            'wording LIST "{count} messages:"',
            'wording RETR "{octets} octets"',
            'wording TOP ""',
            'wording UIDL ""',
            'wording NOOP ""',
            'wording RSET ""',
            'wording DELE "Marked to be deleted."',
            'wording QUIT "Logging out."',
            wording_rule("STLS", "Begin TLS negotiation now."),
            'wording CAPA ""',
            'capa-lines "CAPA,TOP,UIDL,RESP-CODES,PIPELINING,AUTH-RESP-CODE,{stls},USER,'
            'SASL PLAIN"',
            'capa-lines "CAPA,TOP,UIDL,RESP-CODES,PIPELINING,AUTH-RESP-CODE" state=after',
        ),
        *rules_from(
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
        *rules_from("commercial-emacs PR#857", "B", "utf8-wrapped"),
        *rules_from(
            _COURIER,
            "A",
            "uid-form courier",
            "auth-fail-slow",
            "auth-only LOGIN,CRAM-MD5,PLAIN",
            "utf8-mode",
            'wording GREETING "Hello there."',
            'wording USER "Password required."',
            *login_wording("logged in."),
            *refusal_wording("Login failed.", "PASS", "APOP"),
            *refusal_wording("Authentication failed.", "AUTH"),
            wording_rule("STAT", "{count} {octets}"),
            'wording LIST "POP3 clients that break here, they violate STD53."',
            wording_rule("UIDL", ""),
            'wording RETR "{octets} octets follow."',
            'wording TOP "headers follow."',
            'wording DELE "Deleted."',
            'wording NOOP "Yup."',
            'wording RSET "Resurrected."',
            'wording QUIT "Bye-bye."',
            'state=AUTHORIZATION -> wording QUIT "Better luck next time."',
            wording_rule("STLS", "Begin SSL/TLS negotiation now."),
            'wording CAPA "Here\'s what I can do:"',
            unknown_command("Invalid command."),
            'capa-lines "SASL LOGIN CRAM-MD5 PLAIN,{stls},TOP,USER,LOGIN-DELAY 10,PIPELINING,'
            'UIDL,UTF8 USER,LANG,IMPLEMENTATION Courier Mail Server"',
        ),
        *rules_from(
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
        *rules_from(
            _CYRUS,
            "A",
            "uid-form decimal",
            'wording GREETING "{host} Cyrus POP3 3.8.1 server ready {stamp}"',
            'wording USER "Name is a valid mailbox"',
            *login_wording("Mailbox locked and ready SESSIONID=<{id}>"),
            wording_rule("STAT", "{count} {octets}"),
            'wording LIST "scan listing follows"',
            'wording UIDL "unique-id listing follows"',
            'wording RETR "Message follows"',
            wording_rule("TOP", "Message follows"),
            'wording DELE "message deleted"',
            wording_rule("NOOP", ""),
            wording_rule("RSET", ""),
            wording_rule("QUIT", ""),
            wording_rule("STLS", "Begin TLS negotiation now"),
            'wording CAPA "List of capabilities follows"',
            unknown_command("Unrecognized command"),
            'capa-lines "{sasl},{stls},EXPIRE NEVER,LOGIN-DELAY 0,TOP,UIDL,PIPELINING,RESP-CODES,'
            'AUTH-RESP-CODE,USER,IMPLEMENTATION Cyrus POP3 3.8.1"',
            'capa-lines "EXPIRE NEVER,LOGIN-DELAY 0,TOP,UIDL,PIPELINING,RESP-CODES,AUTH-RESP-CODE,'
            'IMPLEMENTATION Cyrus POP3 3.8.1" state=after',
        ),
        *rules_from(
            f"{_CYRUS}: the text behind is that of the SASL library",
            "A",
            *refusal_wording("[AUTH] authentication failure", "PASS"),
            *refusal_wording("[AUTH] authenticating: authentication failure", "APOP", "AUTH"),
            unsure=True,
        ),
        *rules_from(
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
        *rules_from("cyrus-imapd#4717, in 3.4.6", "B", "tls -> terminator-short", in_force=False),
        *rules_from("cyrus-imapd#374, in 2.0", "B", "uidl-reused", in_force=False),
    ),
)

PROFILES = (DOVECOT, COURIER, CYRUS)
