"""Large mail providers, except those that run Exchange."""

from pop3lab.behaviours.profiles.profile import UNKNOWN_LIST, Profile, rules_from
from pop3lab.behaviours.profiles.wording import (
    login_wording,
    refusal_wording,
    unknown_command,
    unknown_wording,
    wording_rule,
)

_GMAIL = "MailKit's recorded sessions with Gmail"

GMAIL = Profile(
    "gmail",
    "Gmail",
    (
        *rules_from("Gmail's help 6089246: TLS port only", "C", "stls-hidden"),
        # First the hidden messages, then the window, so that it moves on to unfetched ones.
        *rules_from(
            "jakartaee/mail-api#739; Gmail's help 6089246 tells of recent:",
            "B",
            "retr-implies-delete recent=recent:",
        ),
        *rules_from("node-pop3#2", "B", "list-window count=265"),
        *rules_from("Gmail's help 6089246: the setting to keep a copy", "C", "dele-ignored"),
        *rules_from(
            _GMAIL,
            "A",
            "auth-only PLAIN,XOAUTH2",
            wording_rule("GREETING", "Gpop ready for requests from {ip} {id}"),
            *login_wording("Welcome."),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("RETR", "message follows"),
            wording_rule("TOP", "message follows"),
            wording_rule("DELE", ""),
            wording_rule("NOOP", ""),
            wording_rule("RSET", ""),
            wording_rule("QUIT", "Farewell."),
            wording_rule("CAPA", "Capability list follows"),
            'capa-lines "USER,RESP-CODES,EXPIRE 0,LOGIN-DELAY 300,TOP,UIDL,X-GOOGLE-RICO,'
            'SASL PLAIN XOAUTH2"',
            'capa-lines "USER,RESP-CODES,PIPELINING,EXPIRE 0,LOGIN-DELAY 300,TOP,UIDL,'
            'X-GOOGLE-RICO" state=after',
        ),
        *rules_from(
            "sessions of fetchmail on the Ubuntu Forums, 2007 to 2012",
            "B",
            wording_rule("USER", "send PASS"),
            wording_rule("UIDL", ""),
        ),
        *rules_from(
            "the same sessions, where LAST is unknown",
            "B",
            unknown_command("Not supported"),
            unsure=True,
        ),
        *rules_from(
            "README of node-poplib",
            "B",
            *refusal_wording("[AUTH] Username and password not accepted."),
        ),
        *rules_from(
            "a session of openssl s_client in a course's notes",
            "B",
            wording_rule("LIST", "{count} messages ({octets} bytes)"),
            unsure=True,
        ),
        *rules_from("MailKit#82", "B", "session-cap", "session-cap messages=210", in_force=False),
        *rules_from("mailman#50", "B", "auth-fail-permanent", in_force=False),
        *rules_from(
            "getmail's changes in 5.10, with TLS 1.3", "C", "tls-sni-required", in_force=False
        ),
    ),
)

HOTMAIL = Profile(
    "hotmail-legacy",
    "Hotmail, before it became Outlook.com",
    (
        *unknown_wording(
            "greeting", "USER", "login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP"
        ),
        *unknown_wording("DELE", "NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *UNKNOWN_LIST,
        *rules_from("Zimbra's Pop3Sync.java", "A", "capa-understates words=UIDL"),
        *rules_from("frappe#242", "B", "login-delay form=limit"),
        *rules_from("Jakarta Mail's Protocol.java", "A", "login-ok-then-refused", in_force=False),
    ),
)

AOL = Profile(
    "aol-jpop",
    "Verizon, AOL and the rest of Yahoo's group: jpop",
    (
        *unknown_wording("greeting", "USER", "login", "refusal", "STAT", "LIST", "RETR", "TOP"),
        *unknown_wording("DELE", "NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *rules_from(
            "neomutt#1427",
            "B",
            "uidl-unsupported",
            "auth-only LOGIN,PLAIN",
            'capa-lines "IMPLEMENTATION jpop-0.1,TOP,USER,SASL LOGIN PLAIN"',
        ),
        *rules_from("gaia-email-libs PR#283", "B", "auth-fail-disconnect"),
    ),
)

_POPGATE = "a session of fetchmail on the Ubuntu Forums, 2009"
_TOTALS = "{count} messages ({octets} octets)"

YAHOO = Profile(
    "yahoo-att",
    "Yahoo, and AT&T by Yahoo",
    (
        *unknown_wording("refusal", "TOP", "STLS", "unknown command"),
        *rules_from(
            _POPGATE,
            "B",
            wording_rule("GREETING", "hello from popgate 2.43 on {host}"),
            wording_rule("USER", "password required."),
            *login_wording(f"maildrop ready, {_TOTALS} (517707418)"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("CAPA", "CAPA list follows"),
        ),
        *rules_from(
            "a session of popgate 0.8 in the README of the pop3 package of Node",
            "B",
            wording_rule("QUIT", "server signing off."),
        ),
        *rules_from(
            "a session of popgate 2.35 in the tests of a library in Go",
            "B",
            wording_rule("LIST", _TOTALS),
            wording_rule("UIDL", _TOTALS),
            wording_rule("RETR", "{octets} octets"),
            wording_rule("DELE", "message {n} marked deleted"),
            wording_rule("NOOP", ""),
            wording_rule("RSET", f"maildrop has {_TOTALS}"),
            unsure=True,
        ),
        *rules_from(
            "a user's guide of Thunderbird, 2013",
            "C",
            'wording RETR "RETR command did not succeed" err=yes',
        ),
        *rules_from("no trace found", "D", "auth-only PLAIN,XOAUTH2", unsure=True),
        *rules_from(
            f"{_POPGATE}, without SASL",
            "B",
            'capa-lines "EXPIRE NEVER,IMPLEMENTATION popgate 2.43,PIPELINING,RESP-CODES,TOP,UIDL,'
            'USER,SASL PLAIN XOAUTH2"',
            unsure=True,
        ),
        *rules_from("a user's guide of Thunderbird, 2013", "C", "retr-err-one", in_force=False),
    ),
)

_BIG_PROVIDERS = (GMAIL, HOTMAIL, AOL, YAHOO)


# Regional and cable providers.

GMX = Profile(
    "gmx-nemesis",
    "GMX and WEB.DE",
    (
        *unknown_wording("refusal", "STAT", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "STLS"),
        *UNKNOWN_LIST,
        *rules_from(
            "a banner of GMX in the tests of a scanner",
            "B",
            wording_rule("GREETING", "POP server ready H migmx027 {id}"),
            wording_rule("CAPA", "Capability list follows"),
        ),
        *rules_from(
            "a session with mail.com, of the same house, on the Ubuntu Forums, 2014",
            "B",
            wording_rule("USER", 'password required for user "{user}"'),
            *login_wording('mailbox "{user}" has {count} messages ({octets} octets) H migmx027'),
            wording_rule("LIST", ""),
            wording_rule("QUIT", "POP server signing off"),
            unknown_command("unknown command"),
        ),
        *rules_from("no trace found", "D", "login-delay", unsure=True, in_force=False),
    ),
)

O2PL = Profile(
    "o2pl",
    "o2.pl",
    (
        *unknown_wording(
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
        *unknown_wording("NOOP", "RSET", "QUIT", "CAPA", "unknown command"),
        *rules_from(
            "MailKit#171",
            "B",
            'wording GREETING "POP3 ready"',
            'wording STLS ""',
            'wording AUTH ""',
            "auth-only LOGIN,PLAIN",
            'capa-lines "LAST,TOP,USER,PIPELINING,UIDL,SASL LOGIN PLAIN,{stls}"',
        ),
        *rules_from("MailKit#174", "B", "capa-kills-connection after-login=yes"),
        *rules_from("MailKit#171: CAPA lists it", "B", "last-command", unsure=True),
    ),
)

MAILLENNIUM = Profile(
    "maillennium",
    "Comcast's Maillennium",
    (
        *unknown_wording("USER", "login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE"),
        *unknown_wording("NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *rules_from(
            "fetchmail's pop3.c",
            "A",
            'wording GREETING "Maillennium POP3/PROXY server"',
            "TOP -> retr-truncated-dot octets=65536",
        ),
        *UNKNOWN_LIST,
        *rules_from("mpop's pop3.c, KMail's jobs.cpp", "A", "uidl-separator"),
    ),
)

PLALA = Profile(
    "plala",
    "plala of Japan",
    (
        *unknown_wording(
            "greeting", "USER", "login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP"
        ),
        *unknown_wording("DELE", "NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *rules_from(
            "Mew PR#188",
            "B",
            "auth-only",
            'capa-lines "TOP,USER,RESP_CODES,PIPELINING,EXPIRE NEVER,UIDL"',
            "capa-split",
        ),
    ),
)

_GBK = "err=yes charset=gbk"
_LONG_TOKENS = rules_from("no trace found", "D", "uid-form token", unsure=True)
_LOCAL_TEXTS = rules_from("aiosmtplib#41, in SMTP", "B", "status-8bit", unsure=True, in_force=False)

NETEASE = Profile(
    "netease-163",
    "163.com of NetEase",
    (
        *unknown_wording("UIDL", "NOOP", "RSET", "STLS", "CAPA", "unknown command"),
        *UNKNOWN_LIST,
        *rules_from(
            "sessions of telnet in Chinese notes on the protocol, 2006 to 2019",
            "B",
            wording_rule("GREETING", "Welcome to coremail Mail Pop3 Server (163coms[{id}{id}s])"),
            wording_rule("USER", "core mail"),
            *login_wording("{count} message(s) [{octets} byte(s)]"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", "{count} {octets}"),
            wording_rule("RETR", "{octets} octets"),
            wording_rule("TOP", "core mail"),
            wording_rule("DELE", "core mail"),
            wording_rule("QUIT", "core mail"),
        ),
        *rules_from(
            "the log of a client in Python, and nc in notes on Kali",
            "B",
            *refusal_wording("Unable to log on"),
        ),
        *rules_from(
            "a listener in a handbook on e-mail that plays it",
            "B",
            wording_rule("AUTH", "Not support ntlm auth method", "err=yes"),
            unsure=True,
        ),
        *rules_from("zmail#115, MailKit#1320", "B", "download-quota"),
        *_LONG_TOKENS,
        *rules_from("zmail#115", "B", "auth-fail-permanent", in_force=False),
        *rules_from(
            "sessions of nc in notes on tunnels, and a client that reads it as Latin-1: where POP3"
            " is switched off",
            "B",
            wording_rule(
                "PASS", "\u60a8\u6ca1\u6709\u6743\u9650\u4f7f\u7528pop3\u529f\u80fd", _GBK
            ),
            in_force=False,
        ),
        *_LOCAL_TEXTS,
    ),
)

QQ = Profile(
    "qq",
    "QQ mail of Tencent, exmail too",
    (
        *unknown_wording("refusal", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "STLS", "CAPA"),
        *unknown_wording("unknown command"),
        *UNKNOWN_LIST,
        *rules_from(
            "sessions of poplib and openssl s_client, 2016 to 2022; XMail in place of QQMail later",
            "B",
            wording_rule("GREETING", "QQMail POP3 Server v1.0 Service Ready(QQMail v2.0)"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", ""),
        ),
        *rules_from(
            "sessions of telnet with the later XMail",
            "B",
            wording_rule("USER", ""),
            *login_wording(""),
            wording_rule("QUIT", "Bye"),
        ),
        *_LONG_TOKENS,
        *rules_from(
            "zmail#85", "B", "duplicate-login form=qq", "auth-fail-permanent", in_force=False
        ),
        *_LOCAL_TEXTS,
    ),
)

SINA = Profile(
    "sina",
    "Sina mail",
    (
        *unknown_wording(
            "RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"
        ),
        *UNKNOWN_LIST,
        *rules_from(
            "a session of telnet in notes of 2017 on the protocol",
            "B",
            wording_rule("GREETING", "sina pop3 server ready"),
            wording_rule("USER", "welcome to sina mail"),
            *login_wording("{count} messages ({octets} octets)"),
            *refusal_wording("auth error"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", "{count} messages ({octets} octets)"),
            wording_rule("UIDL", "{count} messages ({octets} octets)"),
        ),
        *_LONG_TOKENS,
        *rules_from("zmail#85", "B", "duplicate-login", "auth-fail-permanent", in_force=False),
        *_LOCAL_TEXTS,
    ),
)

_REGIONAL_PROVIDERS = (GMX, O2PL, MAILLENNIUM, PLALA, NETEASE, QQ, SINA)

PROFILES = (*_BIG_PROVIDERS, *_REGIONAL_PROVIDERS)
