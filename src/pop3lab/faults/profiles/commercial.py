"""Servers that are, or were, sold."""

from pop3lab.faults.profiles.profile import UNKNOWN_LIST, Profile, traits
from pop3lab.faults.profiles.words import knows_not, lets_in, refuses, says, unknown

DOMINO = Profile(
    "domino",
    "Lotus Domino before 6.5.5",
    (
        *unknown("USER", "login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE"),
        *unknown("NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *UNKNOWN_LIST,
        *traits(
            "ansaurus 1175846",
            "C",
            'wording GREETING "Lotus Notes POP3 server version X2.0 ready"',
            "greeting-apop-fake octets=unprintable",
        ),
        *traits("Jakarta Mail's forgettopheaders", "C", "top-differs-from-retr", in_force=False),
    ),
)

_HAS = "{user}'s mailbox has {count} total messages ({octets} octets)"

MDAEMON = Profile(
    "mdaemon",
    "MDaemon",
    (
        *unknown("refusal", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT"),
        *unknown("STLS", "CAPA", "unknown command"),
        *traits(
            "MailKit#529, whose server is inferred",
            "B",
            'wording GREETING "{host} POP3 ready {stamp}"',
            'wording USER "{user}... User ok"',
            *lets_in(_HAS),
            "auth-only",
            "capa-lines TOP,USER,UIDL",
            unsure=True,
        ),
        *traits("everything-mdaemon", "C", "last-command"),
        *traits(
            "MDaemon's FAQ 247",
            "C",
            'wording PASS "Maildrop already locked" err=yes code=IN-USE',
            'wording APOP "Maildrop already locked" err=yes code=IN-USE',
        ),
        *traits("MDaemon's FAQ 247", "C", "lock-lingers form=mdaemon", in_force=False),
    ),
)

MERCURY = Profile(
    "mercury-nlm",
    "Mercury for NetWare",
    (
        *unknown("STAT", "UIDL", "TOP", "DELE", "NOOP", "RSET", "STLS", "CAPA"),
        *traits("fetchmail's pop3.c", "A", "retr-implies-delete how=delete"),
        *traits(
            "sessions of Mercury/32 4.5 and 4.6, for Windows, in reports of penetration tests",
            "B",
            says("GREETING", "{stamp}, POP3 server ready."),
            says("USER", "{user} is known here."),
            *lets_in("Welcome! {count} messages ({octets} bytes)"),
            *refuses("Username or password is invalid or incorrect."),
            says("LIST", "{count} messages, {octets} bytes"),
            says("RETR", "Here it comes..."),
            says("QUIT", "{host} Server closing down."),
            knows_not("Unrecognized command (try HELP)."),
            unsure=True,
        ),
        *traits(
            "nmap's reports of Mercury/32, for Windows, whose order they don't keep",
            "B",
            "auth-only",
            'capa-lines "TOP,USER,EXPIRE NEVER,UIDL"',
            unsure=True,
        ),
    ),
)

_SCANNERS = "documentation of AVG, Norton, Sophos and PopFile"
_BEHIND = "those of the server behind it, or its own: none is told"

AV_PROXY = Profile(
    "av-proxy",
    "a virus scanner between the client and any server",
    (
        *unknown("greeting", "USER", "login", "refusal", "STAT", "LIST", "UIDL", source=_BEHIND),
        *unknown("RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT", "CAPA", source=_BEHIND),
        *unknown("unknown command", source=_BEHIND),
        *traits("what any server lists", "D", "capa-lines TOP,USER,UIDL", unsure=True),
        *traits(
            _SCANNERS,
            "C",
            "stls-hidden",
            "proxy-rewrite",
            "auth-only",
            "capa-understates words=STLS,SASL,PIPELINING",
        ),
        *traits("Sophos UTM: for large messages", "C", "slow-first-byte", in_force=False),
        *traits("a comment in tpop3d: replies in one piece", "A", "coalesced", in_force=False),
    ),
)

PROFILES = (DOMINO, MDAEMON, MERCURY, AV_PROXY)
