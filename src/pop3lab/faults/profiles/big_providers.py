"""Providers that most clients meet, but those that run Exchange."""

from pop3lab.faults.profiles.profile import UNKNOWN_LIST, Profile, traits
from pop3lab.faults.profiles.words import knows_not, lets_in, refuses, says, unknown

_GMAIL = "MailKit's recorded sessions with Gmail"

GMAIL = Profile(
    "gmail",
    "Gmail",
    (
        *traits("Gmail's help 6089246: TLS port only", "C", "stls-hidden"),
        # First what is hidden, then the window, so that it moves on to what was never fetched.
        *traits(
            "jakartaee/mail-api#739; Gmail's help 6089246 tells of recent:",
            "B",
            "retr-implies-delete recent=recent:",
        ),
        *traits("node-pop3#2", "B", "list-window count=265"),
        *traits("Gmail's help 6089246: the setting to keep a copy", "C", "dele-ignored"),
        *traits(
            _GMAIL,
            "A",
            "auth-only PLAIN,XOAUTH2",
            says("GREETING", "Gpop ready for requests from {ip} {id}"),
            *lets_in("Welcome."),
            says("STAT", "{count} {octets}"),
            says("RETR", "message follows"),
            says("TOP", "message follows"),
            says("DELE", ""),
            says("NOOP", ""),
            says("RSET", ""),
            says("QUIT", "Farewell."),
            says("CAPA", "Capability list follows"),
            'capa-lines "USER,RESP-CODES,EXPIRE 0,LOGIN-DELAY 300,TOP,UIDL,X-GOOGLE-RICO,'
            'SASL PLAIN XOAUTH2"',
            'capa-lines "USER,RESP-CODES,PIPELINING,EXPIRE 0,LOGIN-DELAY 300,TOP,UIDL,'
            'X-GOOGLE-RICO" state=after',
        ),
        *traits(
            "sessions of fetchmail on the Ubuntu Forums, 2007 to 2012",
            "B",
            says("USER", "send PASS"),
            says("UIDL", ""),
        ),
        *traits(
            "the same sessions, where LAST is unknown",
            "B",
            knows_not("Not supported"),
            unsure=True,
        ),
        *traits(
            "README of node-poplib",
            "B",
            *refuses("[AUTH] Username and password not accepted."),
        ),
        *traits(
            "a session of openssl s_client in a course's notes",
            "B",
            says("LIST", "{count} messages ({octets} bytes)"),
            unsure=True,
        ),
        *traits("MailKit#82", "B", "session-cap", "session-cap messages=210", in_force=False),
        *traits("mailman#50", "B", "auth-fail-permanent", in_force=False),
        *traits("getmail's changes in 5.10, with TLS 1.3", "C", "tls-sni-required", in_force=False),
    ),
)

HOTMAIL = Profile(
    "hotmail-legacy",
    "Hotmail, before it became Outlook.com",
    (
        *unknown("greeting", "USER", "login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP"),
        *unknown("DELE", "NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *UNKNOWN_LIST,
        *traits("Zimbra's Pop3Sync.java", "A", "capa-understates words=UIDL"),
        *traits("frappe#242", "B", "login-delay form=limit"),
        *traits("Jakarta Mail's Protocol.java", "A", "login-ok-then-refused", in_force=False),
    ),
)

AOL = Profile(
    "aol-jpop",
    "Verizon, AOL and the rest of Yahoo's group: jpop",
    (
        *unknown("greeting", "USER", "login", "refusal", "STAT", "LIST", "RETR", "TOP"),
        *unknown("DELE", "NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *traits(
            "neomutt#1427",
            "B",
            "uidl-unsupported",
            "auth-only LOGIN,PLAIN",
            'capa-lines "IMPLEMENTATION jpop-0.1,TOP,USER,SASL LOGIN PLAIN"',
        ),
        *traits("gaia-email-libs PR#283", "B", "auth-fail-disconnect"),
    ),
)

_POPGATE = "a session of fetchmail on the Ubuntu Forums, 2009"
_TOTALS = "{count} messages ({octets} octets)"

YAHOO = Profile(
    "yahoo-att",
    "Yahoo, and AT&T by Yahoo",
    (
        *unknown("refusal", "TOP", "STLS", "unknown command"),
        *traits(
            _POPGATE,
            "B",
            says("GREETING", "hello from popgate 2.43 on {host}"),
            says("USER", "password required."),
            *lets_in(f"maildrop ready, {_TOTALS} (517707418)"),
            says("STAT", "{count} {octets}"),
            says("CAPA", "CAPA list follows"),
        ),
        *traits(
            "a session of popgate 0.8 in the README of the pop3 package of Node",
            "B",
            says("QUIT", "server signing off."),
        ),
        *traits(
            "a session of popgate 2.35 in the tests of a library in Go",
            "B",
            says("LIST", _TOTALS),
            says("UIDL", _TOTALS),
            says("RETR", "{octets} octets"),
            says("DELE", "message {n} marked deleted"),
            says("NOOP", ""),
            says("RSET", f"maildrop has {_TOTALS}"),
            unsure=True,
        ),
        *traits(
            "a user's guide of Thunderbird, 2013",
            "C",
            'wording RETR "RETR command did not succeed" err=yes',
        ),
        *traits("no trace found", "D", "auth-only PLAIN,XOAUTH2", unsure=True),
        *traits(
            f"{_POPGATE}, without SASL",
            "B",
            'capa-lines "EXPIRE NEVER,IMPLEMENTATION popgate 2.43,PIPELINING,RESP-CODES,TOP,UIDL,'
            'USER,SASL PLAIN XOAUTH2"',
            unsure=True,
        ),
        *traits("a user's guide of Thunderbird, 2013", "C", "retr-err-one", in_force=False),
    ),
)

PROFILES = (GMAIL, HOTMAIL, AOL, YAHOO)
