"""Providers of one country or one cable."""

from pop3lab.faults.profiles.profile import UNKNOWN_LIST, Profile, traits

GMX = Profile(
    "gmx-nemesis",
    "GMX and WEB.DE",
    (
        *UNKNOWN_LIST,
        *traits("no trace found", "D", 'wording GREETING "Nemesis POP3 server ready"', unsure=True),
        *traits("no trace found", "D", "login-delay", unsure=True, in_force=False),
    ),
)

O2PL = Profile(
    "o2pl",
    "o2.pl",
    (
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
        *traits(
            "Mew PR#188",
            "B",
            "auth-only",
            'capa-lines "TOP,USER,RESP_CODES,PIPELINING,EXPIRE NEVER,UIDL"',
            "capa-split",
        ),
    ),
)

_LONG_TOKENS = traits("no trace found", "D", "uid-form token", unsure=True)
_LOCAL_TEXTS = traits("aiosmtplib#41, in SMTP", "B", "status-8bit", unsure=True, in_force=False)

NETEASE = Profile(
    "netease-163",
    "163.com of NetEase",
    (
        *UNKNOWN_LIST,
        *traits("zmail#115, MailKit#1320", "B", "download-quota"),
        *_LONG_TOKENS,
        *traits("zmail#115", "B", "auth-fail-permanent", in_force=False),
        *_LOCAL_TEXTS,
    ),
)

QQ = Profile(
    "qq",
    "QQ mail of Tencent, exmail too",
    (
        *UNKNOWN_LIST,
        *_LONG_TOKENS,
        *traits("zmail#85", "B", "duplicate-login form=qq", "auth-fail-permanent", in_force=False),
        *_LOCAL_TEXTS,
    ),
)

SINA = Profile(
    "sina",
    "Sina mail",
    (
        *UNKNOWN_LIST,
        *_LONG_TOKENS,
        *traits("zmail#85", "B", "duplicate-login", "auth-fail-permanent", in_force=False),
        *_LOCAL_TEXTS,
    ),
)

PROFILES = (GMX, O2PL, MAILLENNIUM, PLALA, NETEASE, QQ, SINA)
