"""Providers that most clients meet, but those that run Exchange."""

from pop3lab.faults.profiles.profile import UNKNOWN_LIST, Profile, traits

_GMAIL = "MailKit's recorded sessions with Gmail"

GMAIL = Profile(
    "gmail",
    "Gmail",
    (
        *traits("Gmail's help 6089246: TLS port only", "C", "stls-hidden"),
        # First what is hidden, then the window, so that it moves on to what was never fetched.
        *traits("jakartaee/mail-api#739", "B", "retr-implies-delete"),
        *traits("node-pop3#2", "B", "list-window count=265"),
        *traits("Gmail's help 6089246: the setting to keep a copy", "C", "dele-ignored"),
        *traits(
            _GMAIL,
            "A",
            "auth-only PLAIN,XOAUTH2",
            'wording GREETING "Gpop ready for requests from {ip} {id}"',
            'wording PASS "Welcome."',
            'wording AUTH "Welcome."',
            'wording RETR "message follows"',
            'wording TOP "message follows"',
            'wording DELE ""',
            'wording NOOP ""',
            'wording RSET ""',
            'wording QUIT "Farewell."',
            'capa-lines "USER,RESP-CODES,EXPIRE 0,LOGIN-DELAY 300,TOP,UIDL,X-GOOGLE-RICO,'
            'SASL PLAIN XOAUTH2"',
            'capa-lines "USER,RESP-CODES,PIPELINING,EXPIRE 0,LOGIN-DELAY 300,TOP,UIDL,'
            'X-GOOGLE-RICO" state=after',
        ),
        *traits(
            f"{_GMAIL}, which may be made up here",
            "A",
            'wording LIST "message sizes follow"',
            'wording UIDL "UIDs follow"',
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

YAHOO = Profile(
    "yahoo-att",
    "Yahoo, and AT&T by Yahoo",
    (
        *traits(
            "a user's guide of Thunderbird, 2013",
            "C",
            'wording RETR "RETR command did not succeed" err=yes',
        ),
        *traits("no trace found", "D", "auth-only PLAIN,XOAUTH2", unsure=True),
        *traits(
            "a session of fetchmail on the Ubuntu Forums, 2009, without SASL",
            "B",
            'capa-lines "EXPIRE NEVER,IMPLEMENTATION popgate 2.43,PIPELINING,RESP-CODES,TOP,UIDL,'
            'USER,SASL PLAIN XOAUTH2"',
            unsure=True,
        ),
        *traits("a user's guide of Thunderbird, 2013", "C", "retr-err-one", in_force=False),
    ),
)

PROFILES = (GMAIL, HOTMAIL, AOL, YAHOO)
