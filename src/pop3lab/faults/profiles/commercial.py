"""Servers that are, or were, sold."""

from pop3lab.faults.profiles.profile import UNKNOWN_LIST, Profile, traits

DOMINO = Profile(
    "domino",
    "Lotus Domino before 6.5.5",
    (
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

MDAEMON = Profile(
    "mdaemon",
    "MDaemon",
    (
        *traits(
            "MailKit#529, whose server is inferred",
            "B",
            'wording GREETING "{host} POP3 ready {stamp}"',
            'wording USER "{user}... User ok"',
            'wording PASS "{user}\'s mailbox has {count} total messages ({octets} octets)"',
            'wording APOP "{user}\'s mailbox has {count} total messages ({octets} octets)"',
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
        *traits("fetchmail's pop3.c", "A", "retr-implies-delete how=delete"),
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

AV_PROXY = Profile(
    "av-proxy",
    "a virus scanner between the client and any server",
    (
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
