"""Providers that most clients meet, but those that run Exchange."""

from pop3lab.behaviours.profiles.profile import UNKNOWN_LIST, Profile, traits
from pop3lab.behaviours.profiles.wording import knows_not, lets_in, refuses, says, unknown

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

_BIG_PROVIDERS = (GMAIL, HOTMAIL, AOL, YAHOO)


# Providers of one country or one cable.

GMX = Profile(
    "gmx-nemesis",
    "GMX and WEB.DE",
    (
        *unknown("refusal", "STAT", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "STLS"),
        *UNKNOWN_LIST,
        *traits(
            "a banner of GMX in the tests of a scanner",
            "B",
            says("GREETING", "POP server ready H migmx027 {id}"),
            says("CAPA", "Capability list follows"),
        ),
        *traits(
            "a session with mail.com, of the same house, on the Ubuntu Forums, 2014",
            "B",
            says("USER", 'password required for user "{user}"'),
            *lets_in('mailbox "{user}" has {count} messages ({octets} octets) H migmx027'),
            says("LIST", ""),
            says("QUIT", "POP server signing off"),
            knows_not("unknown command"),
        ),
        *traits("no trace found", "D", "login-delay", unsure=True, in_force=False),
    ),
)

O2PL = Profile(
    "o2pl",
    "o2.pl",
    (
        *unknown(
            "USER",
            "login with a password",
            "refusal",
            "STAT",
            "LIST",
            "UIDL",
            "RETR",
            "TOP",
            "DELE",
        ),
        *unknown("NOOP", "RSET", "QUIT", "CAPA", "unknown command"),
        *traits(
            "MailKit#171",
            "B",
            'wording GREETING "POP3 ready"',
            'wording STLS ""',
            'wording AUTH ""',
            "auth-only LOGIN,PLAIN",
            'capa-lines "LAST,TOP,USER,PIPELINING,UIDL,SASL LOGIN PLAIN,{stls}"',
        ),
        *traits("MailKit#174", "B", "capa-kills-connection after-login=yes"),
        *traits("MailKit#171: CAPA lists it", "B", "last-command", unsure=True),
    ),
)

MAILLENNIUM = Profile(
    "maillennium",
    "Comcast's Maillennium",
    (
        *unknown("USER", "login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE"),
        *unknown("NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *traits(
            "fetchmail's pop3.c",
            "A",
            'wording GREETING "Maillennium POP3/PROXY server"',
            "TOP -> retr-truncated-dot octets=65536",
        ),
        *UNKNOWN_LIST,
        *traits("mpop's pop3.c, KMail's jobs.cpp", "A", "uidl-separator"),
    ),
)

PLALA = Profile(
    "plala",
    "plala of Japan",
    (
        *unknown("greeting", "USER", "login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP"),
        *unknown("DELE", "NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *traits(
            "Mew PR#188",
            "B",
            "auth-only",
            'capa-lines "TOP,USER,RESP_CODES,PIPELINING,EXPIRE NEVER,UIDL"',
            "capa-split",
        ),
    ),
)

_GBK = "err=yes charset=gbk"
_LONG_TOKENS = traits("no trace found", "D", "uid-form token", unsure=True)
_LOCAL_TEXTS = traits("aiosmtplib#41, in SMTP", "B", "status-8bit", unsure=True, in_force=False)

NETEASE = Profile(
    "netease-163",
    "163.com of NetEase",
    (
        *unknown("UIDL", "NOOP", "RSET", "STLS", "CAPA", "unknown command"),
        *UNKNOWN_LIST,
        *traits(
            "sessions of telnet in Chinese notes on the protocol, 2006 to 2019",
            "B",
            says("GREETING", "Welcome to coremail Mail Pop3 Server (163coms[{id}{id}s])"),
            says("USER", "core mail"),
            *lets_in("{count} message(s) [{octets} byte(s)]"),
            says("STAT", "{count} {octets}"),
            says("LIST", "{count} {octets}"),
            says("RETR", "{octets} octets"),
            says("TOP", "core mail"),
            says("DELE", "core mail"),
            says("QUIT", "core mail"),
        ),
        *traits(
            "the log of a client in Python, and nc in notes on Kali",
            "B",
            *refuses("Unable to log on"),
        ),
        *traits(
            "a listener in a handbook on e-mail that plays it",
            "B",
            says("AUTH", "Not support ntlm auth method", "err=yes"),
            unsure=True,
        ),
        *traits("zmail#115, MailKit#1320", "B", "download-quota"),
        *_LONG_TOKENS,
        *traits("zmail#115", "B", "auth-fail-permanent", in_force=False),
        *traits(
            "sessions of nc in notes on tunnels, and a client that reads it as Latin-1: where POP3"
            " is switched off",
            "B",
            says("PASS", "\u60a8\u6ca1\u6709\u6743\u9650\u4f7f\u7528pop3\u529f\u80fd", _GBK),
            in_force=False,
        ),
        *_LOCAL_TEXTS,
    ),
)

QQ = Profile(
    "qq",
    "QQ mail of Tencent, exmail too",
    (
        *unknown("refusal", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "STLS", "CAPA"),
        *unknown("unknown command"),
        *UNKNOWN_LIST,
        *traits(
            "sessions of poplib and openssl s_client, 2016 to 2022; XMail in place of QQMail later",
            "B",
            says("GREETING", "QQMail POP3 Server v1.0 Service Ready(QQMail v2.0)"),
            says("STAT", "{count} {octets}"),
            says("LIST", ""),
        ),
        *traits(
            "sessions of telnet with the later XMail",
            "B",
            says("USER", ""),
            *lets_in(""),
            says("QUIT", "Bye"),
        ),
        *_LONG_TOKENS,
        *traits("zmail#85", "B", "duplicate-login form=qq", "auth-fail-permanent", in_force=False),
        *_LOCAL_TEXTS,
    ),
)

SINA = Profile(
    "sina",
    "Sina mail",
    (
        *unknown("RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *UNKNOWN_LIST,
        *traits(
            "a session of telnet in notes of 2017 on the protocol",
            "B",
            says("GREETING", "sina pop3 server ready"),
            says("USER", "welcome to sina mail"),
            *lets_in("{count} messages ({octets} octets)"),
            *refuses("auth error"),
            says("STAT", "{count} {octets}"),
            says("LIST", "{count} messages ({octets} octets)"),
            says("UIDL", "{count} messages ({octets} octets)"),
        ),
        *_LONG_TOKENS,
        *traits("zmail#85", "B", "duplicate-login", "auth-fail-permanent", in_force=False),
        *_LOCAL_TEXTS,
    ),
)

_REGIONAL_PROVIDERS = (GMX, O2PL, MAILLENNIUM, PLALA, NETEASE, QQ, SINA)

PROFILES = (*_BIG_PROVIDERS, *_REGIONAL_PROVIDERS)
