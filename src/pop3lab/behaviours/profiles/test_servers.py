"""Servers that stand in for others in tests."""

from pop3lab.behaviours.profiles.mail_box import MAIL_BOX
from pop3lab.behaviours.profiles.profile import Profile, traits
from pop3lab.behaviours.profiles.wording import knows_not, lets_in, refuses, says, unknown

_TWISTED = "Twisted's pop3.py"
_GREENMAIL = "GreenMail's source"
_INBUCKET = "Inbucket's handler.go"
_MAIL_BOX = "t/server of Mail::Box::POP3"

# What CAPA lists behind POTENCE depends on the program that uses Twisted.
TWISTED = Profile(
    "twisted",
    "Twisted Mail",
    (
        *unknown("STLS", source="it has no STLS of its own"),
        *unknown("unknown command", source="the text is that of an exception of Python"),
        *traits("twisted#9104", "A", "uidl-single-form"),
        *traits(
            _TWISTED,
            "A",
            "last-command",
            'extra-command RPOP "-ERR permission denied, sucker"',
            'wording GREETING "{stamp}"',
            'wording USER "USER accepted, send PASS"',
            *lets_in("Authentication succeeded"),
            *refuses("Authentication failed"),
            says("STAT", "{count} {octets}"),
            says("LIST", "{count}"),
            says("UIDL", ""),
            says("RETR", "{octets}"),
            says("TOP", "Top of message follows"),
            says("DELE", ""),
            says("NOOP", ""),
            says("RSET", ""),
            says("QUIT", ""),
            'wording CAPA "I can do the following:"',
            'capa-lines "TOP,USER,UIDL,PIPELINE,CELERITY,AUSPEX,POTENCE,{sasl}"',
        ),
    ),
)

GREENMAIL = Profile(
    "greenmail",
    "GreenMail",
    (
        *unknown("RSET", source="it tells how many marks were taken away"),
        *unknown("STLS", source="it has no STLS"),
        *traits(
            _GREENMAIL,
            "A",
            "uid-form decimal",
            "auth-only PLAIN,XOAUTH2",
            says("GREETING", "POP3 GreenMail Server v2.1.13 ready"),
            says("USER", ""),
            *lets_in(""),
            says("STAT", "{count} {octets}"),
            'wording LIST ""',
            'wording UIDL ""',
            says("RETR", ""),
            says("TOP", ""),
            says("DELE", "message scheduled for deletion"),
            'wording CAPA ""',
            'wording NOOP "noop rimes with poop"',
            'wording QUIT "bye see you soon"',
            knows_not("Command not recognized"),
            'capa-lines "UIDL,SASL PLAIN XOAUTH2"',
        ),
        *traits(
            f"{_GREENMAIL}: the text of an exception of Java stands behind it",
            "A",
            *refuses("Authentication failed:"),
            unsure=True,
        ),
        *traits(
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
        *unknown("refusal", source="it takes any password"),
        *traits(
            _INBUCKET,
            "A",
            "auth-only",
            'wording GREETING "Inbucket POP3 server ready {stamp}"',
            says("USER", "Hello {user}, welcome to Inbucket"),
            *lets_in("Found {count} messages for {user}"),
            says("STAT", "{count} {octets}"),
            says("LIST", "Listing {count} messages"),
            says("UIDL", "Listing {count} messages"),
            'wording RETR "{octets} bytes follows"',
            says("TOP", "Top of message follows"),
            says("DELE", "Deleted message {n}"),
            says("NOOP", "I have successfully done nothing"),
            says("RSET", "Session reset"),
            'wording QUIT "We will process your deletes"',
            'state=AUTHORIZATION -> wording QUIT "Goodnight and good luck"',
            says("STLS", "Begin TLS Negotiation"),
            says("CAPA", "Capability list follows"),
            knows_not("Syntax error, {verb} command unrecognized"),
            'capa-lines "TOP,USER,UIDL,IMPLEMENTATION Inbucket,{stls}"',
        ),
        *traits(f"{_INBUCKET}: after an error", "A", "retr-ok-then-err form=dot", in_force=False),
    ),
)

MAILPIT = Profile(
    "mailpit",
    "Mailpit",
    (
        *unknown("STLS", source="it has no STLS"),
        *traits(
            "Mailpit's source",
            "A",
            "uid-form token",
            "auth-only",
            'wording GREETING "Mailpit POP3 server"',
            says("USER", ""),
            *lets_in("signed in"),
            *refuses("invalid password"),
            says("STAT", "{count} {octets}"),
            says("LIST", "{count} messages ({octets} octets)"),
            says("UIDL", "unique-id listing follows"),
            says("RETR", "{octets} octets"),
            'wording TOP "top of message follows"',
            says("DELE", "message marked for deletion"),
            says("NOOP", ""),
            says("RSET", ""),
            says("QUIT", "goodbye"),
            says("CAPA", "capability list follows"),
            knows_not("unknown command"),
            'capa-lines "TOP,USER,UIDL,IMPLEMENTATION Mailpit"',
        ),
        *traits("mailpit#299, in old versions", "B", "no-stuffing", in_force=False),
        *traits("mailpit#518, in old versions", "B", "list-arg-ignored", in_force=False),
    ),
)

# The keyword behind `pop3lab DIR` does the same in words of our own.
PERL_MAIL_BOX = Profile(
    "mail-box",
    "the test server of Perl's Mail::Box",
    (
        *traits(_MAIL_BOX, "A", *MAIL_BOX),
        *traits(
            _MAIL_BOX,
            "A",
            says("GREETING", "{stamp}"),
            says("USER", ""),
            *lets_in(""),
            says("PASS", "authorization failed", "err=yes"),
            says("APOP", "authorization failed", "err=yes"),
            'state=TRANSACTION -> wording PASS "unimplemented" err=yes',
            says("STAT", "{count} {octets}"),
            *(says(verb, "") for verb in ("LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET")),
            says("QUIT", ""),
            knows_not("unimplemented"),
            "state=AUTHORIZATION -> " + knows_not("authorization first"),
        ),
    ),
)

PROFILES = (TWISTED, GREENMAIL, INBUCKET, MAILPIT, PERL_MAIL_BOX)
