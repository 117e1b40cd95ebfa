"""Microsoft Exchange, on one's own premises and as Office 365."""

from pop3lab.behaviours.profiles.profile import Profile, rules_from
from pop3lab.behaviours.profiles.wording import (
    AFTER_LOGIN,
    BEFORE_LOGIN,
    login_wording,
    out_of_state,
    refusal_wording,
    unknown_wording,
    wording_rule,
)

_BAD_LOGIN = "Logon failure: unknown user name or bad password."
_BAD_SASL = "Authentication failure: unknown user name or bad password."
_WRONG_STATE = "Command is not valid in this state."
_OUT_OF_STATE = (
    *out_of_state("AUTHORIZATION", _WRONG_STATE, *AFTER_LOGIN),
    *out_of_state("TRANSACTION", _WRONG_STATE, *BEFORE_LOGIN),
)

# Offers NTLM with a valid challenge, but logs nobody in by it.
_NTLM = "ntlm-type2-offsets length=0 offset=48"

EXCHANGE_5 = Profile(
    "exchange5x",
    "Microsoft Exchange 5.0 and 5.5",
    (
        *unknown_wording("login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP"),
        *unknown_wording("RSET", "QUIT", "STLS", "unknown command"),
        *rules_from(
            "MS KB Q161118",
            "C",
            'wording GREETING "Microsoft Exchange POP3 server version 5.0.1457.10 ready"',
            wording_rule("USER", ""),
        ),
        *rules_from("MS KB Q161118", "C", "capa-unsupported", "auth-only", _NTLM, unsure=True),
        *rules_from("MS KB Q168109", "C", "size-estimate"),
        *rules_from(
            "MS KB Q168109: where it can't be converted", "C", "retr-err-one", in_force=False
        ),
    ),
)

_2003 = "Microsoft Exchange Server 2003 POP3 server version 6.5.7638.1"

EXCHANGE_2003 = Profile(
    "exchange2003",
    "Microsoft Exchange 2000 and 2003",
    (
        *unknown_wording(
            "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "STLS", "unknown command"
        ),
        *rules_from("fetchmail's FAQ S2: the size in the store", "C", "size-estimate"),
        *rules_from(
            "MailKit#391",
            "B",
            "auth-only",
            _NTLM,
            "auth-ok-instead-of-plus",
            f'wording GREETING "{_2003} ({{host}}) ready."',
            *refusal_wording(_BAD_LOGIN),
            *_OUT_OF_STATE,
            f'wording QUIT "{_2003} signing off."',
            'capa-lines "TOP,USER,PIPELINING,EXPIRE NEVER,UIDL,SASL NTLM"',
        ),
        *rules_from(
            "a session with Exchange 2003 in an article of WooYun Drops, 2015",
            "B",
            wording_rule("USER", ""),
            *login_wording("User successfully logged on."),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("CAPA", "Capability list follows"),
        ),
        *rules_from("fetchmail's FAQ S2", "C", "no-final-newline", in_force=False),
        *rules_from("MS KB 278637: when throttling", "C", "greeting-drop", in_force=False),
    ),
)

_2013 = "Microsoft.Exchange.Pop3 of Exchange 2013, decompiled"

# From Exchange 2013, the origin of Office 365.
_ANSWERS = (
    wording_rule("STAT", "{count} {octets}"),
    wording_rule("LIST", "{count} {octets}"),
    wording_rule("UIDL", ""),
    wording_rule("RETR", ""),
    wording_rule("TOP", ""),
    wording_rule("DELE", ""),
    wording_rule("NOOP", ""),
    wording_rule("RSET", ""),
)

EXCHANGE_2010 = Profile(
    "exchange2010",
    "Microsoft Exchange 2010 and later, on one's own premises",
    (
        *unknown_wording("STLS", "unknown command"),
        *rules_from(
            _2013,
            "A",
            wording_rule("USER", ""),
            *refusal_wording(_BAD_LOGIN, "PASS", "APOP"),
            *refusal_wording(_BAD_SASL, "AUTH"),
            *_ANSWERS,
        ),
        *rules_from(
            "MailKit's recorded sessions with Exchange",
            "A",
            "uid-form decimal first=6499",
            "auth-only PLAIN,LOGIN",
            "auth-plus-nospace",
            'wording GREETING "The Microsoft Exchange POP3 service is ready."',
            *login_wording("User successfully logged on."),
            'wording CAPA ""',
            'wording QUIT "Good-bye."',
            'capa-lines "TOP,UIDL,SASL NTLM GSSAPI PLAIN LOGIN,USER"',
        ),
        *rules_from("node-pop3#33, of Outlook.com", "B", *_OUT_OF_STATE, unsure=True),
        *rules_from("EnableExactRFC822Size of Set-PopSettings, off", "C", "size-estimate"),
        *rules_from(
            "Jakarta Mail's forgettopheaders", "C", "top-differs-from-retr", in_force=False
        ),
    ),
)

_BANNER = "[RgBSAEEAUAAyADYANABDAEEAMAAwADAAOQAuAEYAUgBBAFAAMgA2ADQALgBQAFIATwBEAA==]"

OFFICE_365 = Profile(
    "outlook-o365",
    "Outlook.com and Office 365: no login but by XOAUTH2",
    (
        *unknown_wording("STLS", "unknown command"),
        *rules_from(f"{_2013}, an older one of the kind", "A", *_ANSWERS, unsure=True),
        *rules_from(
            "a session of fetchmail in the manual of docker-mailserver, 2016",
            "B",
            wording_rule("USER", ""),
            wording_rule("PASS", "User successfully logged on."),
            wording_rule("CAPA", ""),
            wording_rule("QUIT", "Microsoft Exchange Server 2016 POP3 server signing off."),
        ),
        *rules_from(
            "Microsoft's manual: authenticate a POP connection using OAuth",
            "C",
            wording_rule("AUTH", "User successfully authenticated."),
        ),
        *rules_from("getmail6#256, jakartaee/mail-api#461, mpop#11", "B", "auth-no-ir"),
        *rules_from("MailKit#1948", "B", "auth-long-token"),
        *rules_from("Sylpheed takes a + alone for Exchange", "A", "auth-plus-nospace", unsure=True),
        *rules_from("Thunderbird's Pop3Client", "A", "idle-short form=close"),
        *rules_from(
            "email-oauth2-proxy#244: since 2023",
            "B",
            f'PASS -> auth-fail-permanent text="{_BAD_LOGIN}" code=""',
            "auth-mech-broken mechanism=PLAIN",
        ),
        *rules_from(
            "MailKit#1948",
            "B",
            f'wording GREETING "The Microsoft Exchange POP3 service is ready. {_BANNER}"',
        ),
        *rules_from(
            "email-oauth2-proxy#244, fdm#123",
            "B",
            *refusal_wording(_BAD_LOGIN, "PASS"),
            *refusal_wording(_BAD_SASL, "AUTH"),
        ),
        *rules_from(
            "getmail6#256",
            "B",
            "auth-only PLAIN,XOAUTH2",
            'capa-lines "TOP,UIDL,SASL PLAIN XOAUTH2"',
            unsure=True,
        ),
        *rules_from("email-oauth2-proxy#162, node-pop3#33", "B", *_OUT_OF_STATE),
        *rules_from("MailKit#1634, #1636", "B", "blank-line-reply", in_force=False),
        *rules_from(
            "node-poplib#34, fdm#123: when throttling",
            "B",
            f'auth-fail-temporary text="{_BAD_LOGIN}" code=""',
            in_force=False,
        ),
    ),
)

PROFILES = (EXCHANGE_5, EXCHANGE_2003, EXCHANGE_2010, OFFICE_365)
