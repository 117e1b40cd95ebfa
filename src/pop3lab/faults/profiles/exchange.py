"""Microsoft Exchange, on one's own premises and as Office 365."""

from pop3lab.faults.profiles.profile import Profile, traits

_BAD_LOGIN = "Logon failure: unknown user name or bad password."
_WRONG_STATE = "Command is not valid in this state."
_AFTER_LOGIN = ("STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP")
_BEFORE_LOGIN = ("USER", "PASS", "AUTH")

# Offers NTLM with a challenge in good order, and lets nobody in by it.
_NTLM = "ntlm-type2-offsets length=0 offset=48"

EXCHANGE_5 = Profile(
    "exchange5x",
    "Microsoft Exchange 5.0 and 5.5",
    (
        *traits(
            "MS KB Q161118",
            "C",
            'wording GREETING "Microsoft Exchange POP3 server version 5.0.1457.10 ready"',
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
        *traits("fetchmail's FAQ S2: the size in the store", "C", "size-estimate"),
        *traits(
            "MailKit#391",
            "B",
            "auth-only",
            _NTLM,
            "auth-ok-instead-of-plus",
            f'wording GREETING "{_2003} ({{host}}) ready."',
            f'wording PASS "{_BAD_LOGIN}" err=yes code=AUTH',
            f'wording AUTH "{_BAD_LOGIN}" err=yes code=AUTH',
            *(
                f'state=AUTHORIZATION -> wording {verb} "{_WRONG_STATE}" err=yes'
                for verb in _AFTER_LOGIN
            ),
            *(
                f'state=TRANSACTION -> wording {verb} "{_WRONG_STATE}" err=yes'
                for verb in _BEFORE_LOGIN
            ),
            f'wording QUIT "{_2003} signing off."',
            'capa-lines "TOP,USER,PIPELINING,EXPIRE NEVER,UIDL,SASL NTLM"',
        ),
        *traits("fetchmail's FAQ S2", "C", "no-final-newline", in_force=False),
        *traits("MS KB 278637: when throttling", "C", "greeting-drop", in_force=False),
    ),
)

EXCHANGE_2010 = Profile(
    "exchange2010",
    "Microsoft Exchange 2010 and later, on one's own premises",
    (
        *traits(
            "MailKit's recorded sessions with Exchange",
            "A",
            "uid-form decimal first=6499",
            "auth-only PLAIN,LOGIN",
            "auth-plus-nospace",
            'wording GREETING "The Microsoft Exchange POP3 service is ready."',
            'wording PASS "User successfully logged on."',
            'wording AUTH "User successfully logged on."',
            'wording CAPA ""',
            'wording UIDL ""',
            'wording QUIT "Good-bye."',
            'capa-lines "TOP,UIDL,SASL NTLM GSSAPI PLAIN LOGIN,USER"',
        ),
        *traits("EnableExactRFC822Size of Set-PopSettings, off", "C", "size-estimate"),
        *traits("Jakarta Mail's forgettopheaders", "C", "top-differs-from-retr", in_force=False),
    ),
)

_BANNER = "[RgBSAEEAUAAyADYANABDAEEAMAAwADAAOQAuAEYAUgBBAFAAMgA2ADQALgBQAFIATwBEAA==]"

OFFICE_365 = Profile(
    "outlook-o365",
    "Outlook.com and Office 365: no login but by XOAUTH2",
    (
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
            f'wording PASS "{_BAD_LOGIN}" err=yes code=AUTH',
            'wording AUTH "Authentication failure: unknown user name or bad password." '
            "err=yes code=AUTH",
        ),
        *traits(
            "getmail6#256",
            "B",
            "auth-only PLAIN,XOAUTH2",
            'capa-lines "TOP,UIDL,SASL PLAIN XOAUTH2"',
            unsure=True,
        ),
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
