"""Servers that stand in for others in tests."""

from pop3lab.faults.profiles.mail_box import MAIL_BOX
from pop3lab.faults.profiles.profile import Profile, traits

_TWISTED = "Twisted's pop3.py"
_GREENMAIL = "GreenMail's source"
_INBUCKET = "Inbucket's handler.go"

# What CAPA lists behind POTENCE depends on the program that uses Twisted.
TWISTED = Profile(
    "twisted",
    "Twisted Mail",
    (
        *traits("twisted#9104", "A", "uidl-single-form"),
        *traits(
            _TWISTED,
            "A",
            "last-command",
            'extra-command RPOP "-ERR permission denied, sucker"',
            'wording GREETING "{stamp}"',
            'wording USER "USER accepted, send PASS"',
            'wording CAPA "I can do the following:"',
            'capa-lines "TOP,USER,UIDL,PIPELINE,CELERITY,AUSPEX,POTENCE,{sasl}"',
        ),
    ),
)

GREENMAIL = Profile(
    "greenmail",
    "GreenMail",
    (
        *traits(
            _GREENMAIL,
            "A",
            "uid-form decimal",
            "auth-only PLAIN,XOAUTH2",
            'wording PASS ""',
            'wording LIST ""',
            'wording UIDL ""',
            'wording CAPA ""',
            'wording NOOP "noop rimes with poop"',
            'wording QUIT "bye see you soon"',
            'capa-lines "UIDL,SASL PLAIN XOAUTH2"',
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
        *traits(
            _INBUCKET,
            "A",
            "auth-only",
            'wording GREETING "Inbucket POP3 server ready {stamp}"',
            'wording PASS "Found {count} messages for {user}"',
            'wording APOP "Found {count} messages for {user}"',
            'wording RETR "{octets} bytes follows"',
            'wording QUIT "We will process your deletes"',
            'capa-lines "TOP,USER,UIDL,IMPLEMENTATION Inbucket,{stls}"',
        ),
        *traits(f"{_INBUCKET}: after an error", "A", "retr-ok-then-err form=dot", in_force=False),
    ),
)

MAILPIT = Profile(
    "mailpit",
    "Mailpit",
    (
        *traits(
            "Mailpit's source",
            "A",
            "uid-form token",
            "auth-only",
            'wording GREETING "Mailpit POP3 server"',
            'wording PASS "signed in"',
            'wording TOP "top of message follows"',
            'capa-lines "TOP,USER,UIDL,IMPLEMENTATION Mailpit"',
        ),
        *traits("mailpit#299, in old versions", "B", "no-stuffing", in_force=False),
        *traits("mailpit#518, in old versions", "B", "list-arg-ignored", in_force=False),
    ),
)

PERL_MAIL_BOX = Profile(
    "mail-box",
    "the test server of Perl's Mail::Box",
    traits("t/server of Mail::Box::POP3", "A", *MAIL_BOX),
)

PROFILES = (TWISTED, GREENMAIL, INBUCKET, MAILPIT, PERL_MAIL_BOX)
