"""Servers that are part of something larger, and one that stands before others."""

from pop3lab.behaviours.profiles.profile import UNKNOWN_LIST, Profile, traits
from pop3lab.behaviours.profiles.wording import knows_not, lets_in, refuses, says, unknown

_ZIMBRA = "Zimbra's Pop3Handler.java"
_HMAILSERVER = "hMailServer's POP3Connection.cpp"

ZIMBRA = Profile(
    "zimbra",
    "Zimbra",
    (
        *unknown("RSET", source="it tells how many marks were taken away"),
        *traits(
            _ZIMBRA,
            "A",
            "uid-form zimbra",
            knows_not("unknown command"),
            "bad-command-limit",
            "auth-only PLAIN",
            'wording USER "hello {user}, please enter your password"',
            *lets_in("server ready"),
            *refuses("LOGIN failed"),
            says("STAT", "{count} {octets}"),
            says("LIST", "{count} messages"),
            says("UIDL", "{count} messages"),
            'wording RETR "message follows"',
            says("TOP", "message top follows"),
            'wording DELE "message {n} marked for deletion"',
            'wording NOOP "yawn"',
            'wording QUIT "deleted {deleted} message(s)"',
            'state=AUTHORIZATION -> wording QUIT "{host} Zimbra POP3 server closing connection"',
            says("STLS", "Begin TLS negotiation"),
            says("CAPA", "Capability list follows"),
            'capa-lines "TOP,USER,UIDL,{stls},SASL PLAIN,EXPIRE 31 USER,XOIP,'
            'IMPLEMENTATION ZimbraInc"',
            'capa-lines "TOP,USER,UIDL,SASL PLAIN,EXPIRE NEVER,XOIP,IMPLEMENTATION ZimbraInc" '
            "state=after",
        ),
        *traits(
            "Zimbra's ServerConfig.java: with the version by a setting",
            "A",
            'wording GREETING "{host} Zimbra POP3 server ready"',
        ),
        *traits("zm-mailbox PR#1472: after a migration", "B", "uidl-all-changed", in_force=False),
    ),
)

HMAILSERVER = Profile(
    "hmailserver",
    "hMailServer",
    (
        *traits(
            _HMAILSERVER,
            "A",
            "auth-only",
            "TOP -> extra-blank-line",
            'extra-command HELP "+OK Normal POP3 commands allowed"',
            'wording GREETING "POP3"',
            'wording USER "Send your password"',
            *lets_in("Mailbox locked and ready"),
            *refuses("Invalid user name or password. Please use full email address as user name."),
            says("STAT", "{count} {octets}"),
            'wording PASS "Your mailbox is already locked" err=yes code=IN-USE',
            'wording LIST "{count} messages ({octets} octets)"',
            'wording UIDL "{count} messages ({octets} octets)"',
            'wording RETR "{octets} octets"',
            says("TOP", "{octets} octets"),
            'wording DELE "msg deleted"',
            'wording NOOP ""',
            'wording RSET "0"',
            'wording QUIT "POP3 server saying goodbye..."',
            says("STLS", "Begin TLS negotiation"),
            says("CAPA", "CAPA list follows"),
            knows_not("Invalid command in current state."),
        ),
        *traits(_HMAILSERVER, "A", 'capa-lines "USER,UIDL,TOP,{stls}"'),
        *traits(_HMAILSERVER, "A", "uid-form decimal", unsure=True),
        *traits(
            f"{_HMAILSERVER}: after an error", "A", "typo-plus-err", "retr-no-reply", in_force=False
        ),
        *traits("hmailserver#126, up to 5.6", "B", "no-stuffing verb=TOP", in_force=False),
    ),
)

STALWART = Profile(
    "stalwart",
    "Stalwart",
    (
        *unknown("RSET", source="it tells how many marks were taken away"),
        *unknown("unknown command"),
        *traits("stalwart#3165", "B", "top-returns-all"),
        *traits(
            "Stalwart's source",
            "A",
            "uid-form stalwart",
            "auth-only PLAIN,OAUTHBEARER,XOAUTH2",
            "utf8-mode",
            'wording GREETING "Stalwart POP3 at your service."',
            says("USER", "{user} is a valid mailbox"),
            *lets_in("Authentication successful"),
            says("STAT", "{count} {octets}"),
            'wording LIST "{count} messages"',
            says("UIDL", "{count} messages"),
            'wording RETR "{octets} octets"',
            says("TOP", "{octets} octets"),
            'wording DELE "message {n} deleted"',
            says("NOOP", "NOOP"),
            says("STLS", "Begin TLS negotiation now"),
            says("CAPA", "Capability list follows"),
            'wording QUIT "Stalwart POP3 bids you farewell."',
            'capa-lines "USER,SASL PLAIN OAUTHBEARER XOAUTH2,{stls},TOP,RESP-CODES,PIPELINING,'
            'EXPIRE NEVER,UIDL,UTF8,IMPLEMENTATION Stalwart Server"',
        ),
        *traits(
            "Stalwart's source: the name of the event",
            "A",
            *refuses("Authentication failed"),
            unsure=True,
        ),
        *traits("stalwart#567, in old versions", "B", "quit-eof", in_force=False),
    ),
)

WILDDUCK = Profile(
    "wildduck",
    "WildDuck",
    (
        *traits("wildduck#937", "B", "dele-to-trash"),
        *traits(
            "WildDuck's connection.js",
            "A",
            "auth-only PLAIN",
            says("GREETING", "WildDuck POP3 Server ready for requests from {ip} {id}"),
            says("USER", "send PASS"),
            *lets_in("maildrop has {count} messages ({octets} octets)"),
            *refuses("[AUTH] Username and password not accepted"),
            says("STAT", "{count} {octets}"),
            says("LIST", "{count} {octets}"),
            says("UIDL", ""),
            says("RETR", "{octets} octets"),
            says("TOP", "message follows"),
            says("DELE", "message {n} deleted"),
            says("NOOP", ""),
            says("RSET", "maildrop has {count} messages ({octets} octets)"),
            says("QUIT", "Bye"),
            says("STLS", "Begin TLS negotiation"),
            says("CAPA", "Capability list follows"),
            knows_not("bad command"),
            'capa-lines "TOP,UIDL,USER,RESP-CODES,SASL PLAIN,PIPELINING,{stls},'
            'IMPLEMENTATION WildDuck-v1.45.4"',
            'capa-lines "TOP,UIDL,RESP-CODES,PIPELINING,IMPLEMENTATION WildDuck-v1.45.4" '
            "state=after",
        ),
        *traits("WildDuck's settings", "C", "list-window count=250 which=newest"),
        *traits("wildduck#950: a race", "B", "pipelining-drops", in_force=False),
    ),
)

_BEHIND = "those of the server behind it"

NGINX = Profile(
    "nginx-proxy",
    "nginx as a proxy before other servers",
    (
        *unknown("refusal", source="that of the service that it asks by HTTP"),
        *unknown("login", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", source=_BEHIND),
        *unknown("NOOP", "RSET", "QUIT", "unknown command", source=_BEHIND),
        *traits(
            "nginx's mail module",
            "A",
            "auth-cmd-chokes",
            'wording GREETING "POP3 ready"',
            says("USER", ""),
            'state=AUTHORIZATION -> wording QUIT ""',
            says("STLS", ""),
            says("CAPA", "Capability list follows"),
            "state=AUTHORIZATION -> " + knows_not("invalid command"),
            'capa-lines "TOP,USER,UIDL,{sasl},{stls}"',
        ),
    ),
)

_SUITES = (ZIMBRA, HMAILSERVER, STALWART, WILDDUCK, NGINX)


# Servers that are, or were, sold.

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
_SCANNER = "those of the server behind it, or its own: none is told"

AV_PROXY = Profile(
    "av-proxy",
    "a virus scanner between the client and any server",
    (
        *unknown(
            "greeting",
            "USER",
            "login",
            "refusal",
            "STAT",
            "LIST",
            "UIDL",
            source=_SCANNER,
        ),
        *unknown("RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT", "CAPA", source=_SCANNER),
        *unknown("unknown command", source=_SCANNER),
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

_COMMERCIAL = (DOMINO, MDAEMON, MERCURY, AV_PROXY)

PROFILES = (*_SUITES, *_COMMERCIAL)
