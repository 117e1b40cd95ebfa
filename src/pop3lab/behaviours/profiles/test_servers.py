"""Test servers."""

from pop3lab.behaviours.profiles.mail_box import MAIL_BOX
from pop3lab.behaviours.profiles.profile import Profile, rules_from
from pop3lab.behaviours.profiles.wording import (
    login_wording,
    refusal_wording,
    unknown_command,
    unknown_wording,
    wording_rule,
)

_TWISTED = "Twisted's pop3.py"
_GREENMAIL = "GreenMail's source"
_INBUCKET = "Inbucket's handler.go"
_MAIL_BOX = "t/server of Mail::Box::POP3"

# The lines of CAPA after POTENCE depend on the program that uses Twisted.
TWISTED = Profile(
    "twisted",
    "Twisted Mail",
    (
        *unknown_wording("STLS", source="it has no STLS of its own"),
        *unknown_wording("unknown command", source="the text is that of an exception of Python"),
        *rules_from("twisted#9104", "A", "uidl-single-form"),
        *rules_from(
            _TWISTED,
            "A",
            "last-command",
            'extra-command RPOP "-ERR permission denied, sucker"',
            'wording GREETING "{stamp}"',
            'wording USER "USER accepted, send PASS"',
            *login_wording("Authentication succeeded"),
            *refusal_wording("Authentication failed"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", "{count}"),
            wording_rule("UIDL", ""),
            wording_rule("RETR", "{octets}"),
            wording_rule("TOP", "Top of message follows"),
            wording_rule("DELE", ""),
            wording_rule("NOOP", ""),
            wording_rule("RSET", ""),
            wording_rule("QUIT", ""),
            'wording CAPA "I can do the following:"',
            'capa-lines "TOP,USER,UIDL,PIPELINE,CELERITY,AUSPEX,POTENCE,{sasl}"',
        ),
    ),
)

GREENMAIL = Profile(
    "greenmail",
    "GreenMail",
    (
        *unknown_wording("RSET", source="it tells how many marks were taken away"),
        *unknown_wording("STLS", source="it has no STLS"),
        *rules_from(
            _GREENMAIL,
            "A",
            "uid-form decimal",
            "auth-only PLAIN,XOAUTH2",
            wording_rule("GREETING", "POP3 GreenMail Server v2.1.13 ready"),
            wording_rule("USER", ""),
            *login_wording(""),
            wording_rule("STAT", "{count} {octets}"),
            'wording LIST ""',
            'wording UIDL ""',
            wording_rule("RETR", ""),
            wording_rule("TOP", ""),
            wording_rule("DELE", "message scheduled for deletion"),
            'wording CAPA ""',
            'wording NOOP "noop rimes with poop"',
            'wording QUIT "bye see you soon"',
            unknown_command("Command not recognized"),
            'capa-lines "UIDL,SASL PLAIN XOAUTH2"',
        ),
        *rules_from(
            f"{_GREENMAIL}: the text of an exception of Java stands behind it",
            "A",
            *refusal_wording("Authentication failed:"),
            unsure=True,
        ),
        *rules_from(
            f"{_GREENMAIL}: after an error, or for an unknown user",
            "A",
            "retr-ok-then-err",
            "quit-ok-but-failed",
            "user-refused",
            in_force=False,
        ),
    ),
)

INBUCKET = Profile(
    "inbucket",
    "Inbucket",
    (
        *unknown_wording("refusal", source="it takes any password"),
        *rules_from(
            _INBUCKET,
            "A",
            "auth-only",
            'wording GREETING "Inbucket POP3 server ready {stamp}"',
            wording_rule("USER", "Hello {user}, welcome to Inbucket"),
            *login_wording("Found {count} messages for {user}"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", "Listing {count} messages"),
            wording_rule("UIDL", "Listing {count} messages"),
            'wording RETR "{octets} bytes follows"',
            wording_rule("TOP", "Top of message follows"),
            wording_rule("DELE", "Deleted message {n}"),
            wording_rule("NOOP", "I have successfully done nothing"),
            wording_rule("RSET", "Session reset"),
            'wording QUIT "We will process your deletes"',
            'state=AUTHORIZATION -> wording QUIT "Goodnight and good luck"',
            wording_rule("STLS", "Begin TLS Negotiation"),
            wording_rule("CAPA", "Capability list follows"),
            unknown_command("Syntax error, {verb} command unrecognized"),
            'capa-lines "TOP,USER,UIDL,IMPLEMENTATION Inbucket,{stls}"',
        ),
        *rules_from(
            f"{_INBUCKET}: after an error", "A", "retr-ok-then-err form=dot", in_force=False
        ),
    ),
)

MAILPIT = Profile(
    "mailpit",
    "Mailpit",
    (
        *unknown_wording("STLS", source="it has no STLS"),
        *rules_from(
            "Mailpit's source",
            "A",
            "uid-form token",
            "auth-only",
            'wording GREETING "Mailpit POP3 server"',
            wording_rule("USER", ""),
            *login_wording("signed in"),
            *refusal_wording("invalid password"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", "{count} messages ({octets} octets)"),
            wording_rule("UIDL", "unique-id listing follows"),
            wording_rule("RETR", "{octets} octets"),
            'wording TOP "top of message follows"',
            wording_rule("DELE", "message marked for deletion"),
            wording_rule("NOOP", ""),
            wording_rule("RSET", ""),
            wording_rule("QUIT", "goodbye"),
            wording_rule("CAPA", "capability list follows"),
            unknown_command("unknown command"),
            'capa-lines "TOP,USER,UIDL,IMPLEMENTATION Mailpit"',
        ),
        *rules_from("mailpit#299, in old versions", "B", "no-stuffing", in_force=False),
        *rules_from("mailpit#518, in old versions", "B", "list-arg-ignored", in_force=False),
    ),
)

# `pop3lab DIR` does the same in pop3lab's own wording.
PERL_MAIL_BOX = Profile(
    "mail-box",
    "the test server of Perl's Mail::Box",
    (
        *rules_from(_MAIL_BOX, "A", *MAIL_BOX),
        *rules_from(
            _MAIL_BOX,
            "A",
            wording_rule("GREETING", "{stamp}"),
            wording_rule("USER", ""),
            *login_wording(""),
            wording_rule("PASS", "authorization failed", "err=yes"),
            wording_rule("APOP", "authorization failed", "err=yes"),
            'state=TRANSACTION -> wording PASS "unimplemented" err=yes',
            wording_rule("STAT", "{count} {octets}"),
            *(
                wording_rule(verb, "")
                for verb in ("LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET")
            ),
            wording_rule("QUIT", ""),
            unknown_command("unimplemented"),
            "state=AUTHORIZATION -> " + unknown_command("authorization first"),
        ),
    ),
)

PROFILES = (TWISTED, GREENMAIL, INBUCKET, MAILPIT, PERL_MAIL_BOX)
