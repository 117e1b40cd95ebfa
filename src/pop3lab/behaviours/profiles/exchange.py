"""Microsoft Exchange, on one's own premises and as Office 365."""

from pop3lab.behaviours.profiles.profile import Profile, traits
from pop3lab.behaviours.profiles.wording import (
    AFTER_LOGIN,
    BEFORE_LOGIN,
    lets_in,
    out_of_state,
    refuses,
    says,
    unknown,
)

_BAD_LOGIN = "Logon failure: unknown user name or bad password."
_BAD_SASL = "Authentication failure: unknown user name or bad password."
_WRONG_STATE = "Command is not valid in this state."
_OUT_OF_STATE = (
    *out_of_state("AUTHORIZATION", _WRONG_STATE, *AFTER_LOGIN),
    *out_of_state("TRANSACTION", _WRONG_STATE, *BEFORE_LOGIN),
)

# Offers NTLM with a challenge in good order, and lets nobody in by it.
_NTLM = "ntlm-type2-offsets length=0 offset=48"

EXCHANGE_5 = Profile(
    "exchange5x",
    "Microsoft Exchange 5.0 and 5.5",
    (
        *unknown("login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP"),
        *unknown("RSET", "QUIT", "STLS", "unknown command"),
        *traits(
            "MS KB Q161118",
            "C",
            'wording GREETING "Microsoft Exchange POP3 server version 5.0.1457.10 ready"',
            says("USER", ""),
        ),
        *traits("MS KB Q161118", "C", "capa-unsupported", "auth-only", _NTLM, unsure=True),
        *traits("MS KB Q168109", "C", "size-estimate"),
        *traits("MS KB Q168109: where it can't be converted", "C", "retr-err-one", in_force=False),
    ),
)

_2003 = "Microsoft Exchange Server 2003 POP3 server version 6.5.7638.1"

EXCHANGE_2003 = Profile(
    "exchange2003",
    "Microsoft Exchange 2000 and 2003",
    (
        *unknown("LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "STLS", "unknown command"),
        *traits("fetchmail's FAQ S2: the size in the store", "C", "size-estimate"),
        *traits(
            "MailKit#391",
            "B",
            "auth-only",
            _NTLM,
            "auth-ok-instead-of-plus",
            f'wording GREETING "{_2003} ({{host}}) ready."',
            *refuses(_BAD_LOGIN),
            *_OUT_OF_STATE,
            f'wording QUIT "{_2003} signing off."',
            'capa-lines "TOP,USER,PIPELINING,EXPIRE NEVER,UIDL,SASL NTLM"',
        ),
        *traits(
            "a session with Exchange 2003 in an article of WooYun Drops, 2015",
            "B",
            says("USER", ""),
            *lets_in("User successfully logged on."),
            says("STAT", "{count} {octets}"),
            says("CAPA", "Capability list follows"),
        ),
        *traits("fetchmail's FAQ S2", "C", "no-final-newline", in_force=False),
        *traits("MS KB 278637: when throttling", "C", "greeting-drop", in_force=False),
    ),
)

_2013 = "Microsoft.Exchange.Pop3 of Exchange 2013, decompiled"

# What the requests of Exchange 2013 answer, whose service Office 365 grew from.
_ANSWERS = (
    says("STAT", "{count} {octets}"),
    says("LIST", "{count} {octets}"),
    says("UIDL", ""),
    says("RETR", ""),
    says("TOP", ""),
    says("DELE", ""),
    says("NOOP", ""),
    says("RSET", ""),
)

EXCHANGE_2010 = Profile(
    "exchange2010",
    "Microsoft Exchange 2010 and later, on one's own premises",
    (
        *unknown("STLS", "unknown command"),
        *traits(
            _2013,
            "A",
            says("USER", ""),
            *refuses(_BAD_LOGIN, "PASS", "APOP"),
            *refuses(_BAD_SASL, "AUTH"),
            *_ANSWERS,
        ),
        *traits(
            "MailKit's recorded sessions with Exchange",
            "A",
            "uid-form decimal first=6499",
            "auth-only PLAIN,LOGIN",
            "auth-plus-nospace",
            'wording GREETING "The Microsoft Exchange POP3 service is ready."',
            *lets_in("User successfully logged on."),
            'wording CAPA ""',
            'wording QUIT "Good-bye."',
            'capa-lines "TOP,UIDL,SASL NTLM GSSAPI PLAIN LOGIN,USER"',
        ),
        *traits("node-pop3#33, of Outlook.com", "B", *_OUT_OF_STATE, unsure=True),
        *traits("EnableExactRFC822Size of Set-PopSettings, off", "C", "size-estimate"),
        *traits("Jakarta Mail's forgettopheaders", "C", "top-differs-from-retr", in_force=False),
    ),
)

_BANNER = "[RgBSAEEAUAAyADYANABDAEEAMAAwADAAOQAuAEYAUgBBAFAAMgA2ADQALgBQAFIATwBEAA==]"

OFFICE_365 = Profile(
    "outlook-o365",
    "Outlook.com and Office 365: no login but by XOAUTH2",
    (
        *unknown("STLS", "unknown command"),
        *traits(f"{_2013}, an older one of the kind", "A", *_ANSWERS, unsure=True),
        *traits(
            "a session of fetchmail in the manual of docker-mailserver, 2016",
            "B",
            says("USER", ""),
            says("PASS", "User successfully logged on."),
            says("CAPA", ""),
            says("QUIT", "Microsoft Exchange Server 2016 POP3 server signing off."),
        ),
        *traits(
            "Microsoft's manual: authenticate a POP connection using OAuth",
            "C",
            says("AUTH", "User successfully authenticated."),
        ),
        *traits("getmail6#256, jakartaee/mail-api#461, mpop#11", "B", "auth-no-ir"),
        *traits("MailKit#1948", "B", "auth-long-token"),
        *traits("Sylpheed takes a + alone for Exchange", "A", "auth-plus-nospace", unsure=True),
        *traits("Thunderbird's Pop3Client", "A", "idle-short form=close"),
        *traits(
            "email-oauth2-proxy#244: since 2023",
            "B",
            f'PASS -> auth-fail-permanent text="{_BAD_LOGIN}" code=""',
            "auth-mech-broken mechanism=PLAIN",
        ),
        *traits(
            "MailKit#1948",
            "B",
            f'wording GREETING "The Microsoft Exchange POP3 service is ready. {_BANNER}"',
        ),
        *traits(
            "email-oauth2-proxy#244, fdm#123",
            "B",
            *refuses(_BAD_LOGIN, "PASS"),
            *refuses(_BAD_SASL, "AUTH"),
        ),
        *traits(
            "getmail6#256",
            "B",
            "auth-only PLAIN,XOAUTH2",
            'capa-lines "TOP,UIDL,SASL PLAIN XOAUTH2"',
            unsure=True,
        ),
        *traits("email-oauth2-proxy#162, node-pop3#33", "B", *_OUT_OF_STATE),
        *traits("MailKit#1634, #1636", "B", "blank-line-reply", in_force=False),
        *traits(
            "node-poplib#34, fdm#123: when throttling",
            "B",
            f'auth-fail-temporary text="{_BAD_LOGIN}" code=""',
            in_force=False,
        ),
    ),
)

PROFILES = (EXCHANGE_5, EXCHANGE_2003, EXCHANGE_2010, OFFICE_365)
