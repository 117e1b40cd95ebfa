"""Mail servers of larger products, and a proxy."""

from pop3lab.behaviours.profiles.profile import UNKNOWN_LIST, Profile, rules_from
from pop3lab.behaviours.profiles.wording import (
    login_wording,
    refusal_wording,
    unknown_command,
    unknown_wording,
    wording_rule,
)

_ZIMBRA = "Zimbra's Pop3Handler.java"
_HMAILSERVER = "hMailServer's POP3Connection.cpp"

ZIMBRA = Profile(
    "zimbra",
    "Zimbra",
    (
        *unknown_wording("RSET", source="it tells how many marks were taken away"),
        *rules_from(
            _ZIMBRA,
            "A",
            "uid-form zimbra",
            unknown_command("unknown command"),
            "bad-command-limit",
            "auth-only PLAIN",
            'wording USER "hello {user}, please enter your password"',
            *login_wording("server ready"),
            *refusal_wording("LOGIN failed"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", "{count} messages"),
            wording_rule("UIDL", "{count} messages"),
            'wording RETR "message follows"',
            wording_rule("TOP", "message top follows"),
            'wording DELE "message {n} marked for deletion"',
            'wording NOOP "yawn"',
            'wording QUIT "deleted {deleted} message(s)"',
            'state=AUTHORIZATION -> wording QUIT "{host} Zimbra POP3 server closing connection"',
            wording_rule("STLS", "Begin TLS negotiation"),
            wording_rule("CAPA", "Capability list follows"),
            'capa-lines "TOP,USER,UIDL,{stls},SASL PLAIN,EXPIRE 31 USER,XOIP,'
            'IMPLEMENTATION ZimbraInc"',
            'capa-lines "TOP,USER,UIDL,SASL PLAIN,EXPIRE NEVER,XOIP,IMPLEMENTATION ZimbraInc" '
            "state=after",
        ),
        *rules_from(
            "Zimbra's ServerConfig.java: with the version by a setting",
            "A",
            'wording GREETING "{host} Zimbra POP3 server ready"',
        ),
        *rules_from(
            "zm-mailbox PR#1472: after a migration", "B", "uidl-all-changed", in_force=False
        ),
    ),
)

HMAILSERVER = Profile(
    "hmailserver",
    "hMailServer",
    (
        *rules_from(
            _HMAILSERVER,
            "A",
            "auth-only",
            "TOP -> extra-blank-line",
            'extra-command HELP "+OK Normal POP3 commands allowed"',
            'wording GREETING "POP3"',
            'wording USER "Send your password"',
            *login_wording("Mailbox locked and ready"),
            *refusal_wording(
                "Invalid user name or password. Please use full email address as user name."
            ),
            wording_rule("STAT", "{count} {octets}"),
            'wording PASS "Your mailbox is already locked" err=yes code=IN-USE',
            'wording LIST "{count} messages ({octets} octets)"',
            'wording UIDL "{count} messages ({octets} octets)"',
            'wording RETR "{octets} octets"',
            wording_rule("TOP", "{octets} octets"),
            'wording DELE "msg deleted"',
            'wording NOOP ""',
            'wording RSET "0"',
            'wording QUIT "POP3 server saying goodbye..."',
            wording_rule("STLS", "Begin TLS negotiation"),
            wording_rule("CAPA", "CAPA list follows"),
            unknown_command("Invalid command in current state."),
        ),
        *rules_from(_HMAILSERVER, "A", 'capa-lines "USER,UIDL,TOP,{stls}"'),
        *rules_from(_HMAILSERVER, "A", "uid-form decimal", unsure=True),
        *rules_from(
            f"{_HMAILSERVER}: after an error", "A", "typo-plus-err", "retr-no-reply", in_force=False
        ),
        *rules_from("hmailserver#126, up to 5.6", "B", "no-stuffing verb=TOP", in_force=False),
    ),
)

STALWART = Profile(
    "stalwart",
    "Stalwart",
    (
        *unknown_wording("RSET", source="it tells how many marks were taken away"),
        *unknown_wording("unknown command"),
        *rules_from("stalwart#3165", "B", "top-returns-all"),
        *rules_from(
            "Stalwart's source",
            "A",
            "uid-form stalwart",
            "auth-only PLAIN,OAUTHBEARER,XOAUTH2",
            "utf8-mode",
            'wording GREETING "Stalwart POP3 at your service."',
            wording_rule("USER", "{user} is a valid mailbox"),
            *login_wording("Authentication successful"),
            wording_rule("STAT", "{count} {octets}"),
            'wording LIST "{count} messages"',
            wording_rule("UIDL", "{count} messages"),
            'wording RETR "{octets} octets"',
            wording_rule("TOP", "{octets} octets"),
            'wording DELE "message {n} deleted"',
            wording_rule("NOOP", "NOOP"),
            wording_rule("STLS", "Begin TLS negotiation now"),
            wording_rule("CAPA", "Capability list follows"),
            'wording QUIT "Stalwart POP3 bids you farewell."',
            'capa-lines "USER,SASL PLAIN OAUTHBEARER XOAUTH2,{stls},TOP,RESP-CODES,PIPELINING,'
            'EXPIRE NEVER,UIDL,UTF8,IMPLEMENTATION Stalwart Server"',
        ),
        *rules_from(
            "Stalwart's source: the name of the event",
            "A",
            *refusal_wording("Authentication failed"),
            unsure=True,
        ),
        *rules_from("stalwart#567, in old versions", "B", "quit-eof", in_force=False),
    ),
)

WILDDUCK = Profile(
    "wildduck",
    "WildDuck",
    (
        *rules_from("wildduck#937", "B", "dele-to-trash"),
        *rules_from(
            "WildDuck's connection.js",
            "A",
            "auth-only PLAIN",
            wording_rule("GREETING", "WildDuck POP3 Server ready for requests from {ip} {id}"),
            wording_rule("USER", "send PASS"),
            *login_wording("maildrop has {count} messages ({octets} octets)"),
            *refusal_wording("[AUTH] Username and password not accepted"),
            wording_rule("STAT", "{count} {octets}"),
            wording_rule("LIST", "{count} {octets}"),
            wording_rule("UIDL", ""),
            wording_rule("RETR", "{octets} octets"),
            wording_rule("TOP", "message follows"),
            wording_rule("DELE", "message {n} deleted"),
            wording_rule("NOOP", ""),
            wording_rule("RSET", "maildrop has {count} messages ({octets} octets)"),
            wording_rule("QUIT", "Bye"),
            wording_rule("STLS", "Begin TLS negotiation"),
            wording_rule("CAPA", "Capability list follows"),
            unknown_command("bad command"),
            'capa-lines "TOP,UIDL,USER,RESP-CODES,SASL PLAIN,PIPELINING,{stls},'
            'IMPLEMENTATION WildDuck-v1.45.4"',
            'capa-lines "TOP,UIDL,RESP-CODES,PIPELINING,IMPLEMENTATION WildDuck-v1.45.4" '
            "state=after",
        ),
        *rules_from("WildDuck's settings", "C", "list-window count=250 which=newest"),
        *rules_from("wildduck#950: a race", "B", "pipelining-drops", in_force=False),
    ),
)

_BEHIND = "those of the server behind it"

NGINX = Profile(
    "nginx-proxy",
    "nginx as a proxy before other servers",
    (
        *unknown_wording("refusal", source="that of the service that it asks by HTTP"),
        *unknown_wording("login", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", source=_BEHIND),
        *unknown_wording("NOOP", "RSET", "QUIT", "unknown command", source=_BEHIND),
        *rules_from(
            "nginx's mail module",
            "A",
            "auth-cmd-chokes",
            'wording GREETING "POP3 ready"',
            wording_rule("USER", ""),
            'state=AUTHORIZATION -> wording QUIT ""',
            wording_rule("STLS", ""),
            wording_rule("CAPA", "Capability list follows"),
            "state=AUTHORIZATION -> " + unknown_command("invalid command"),
            'capa-lines "TOP,USER,UIDL,{sasl},{stls}"',
        ),
    ),
)

_SUITES = (ZIMBRA, HMAILSERVER, STALWART, WILDDUCK, NGINX)


# Commercial servers.

DOMINO = Profile(
    "domino",
    "Lotus Domino before 6.5.5",
    (
        *unknown_wording("USER", "login", "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE"),
        *unknown_wording("NOOP", "RSET", "QUIT", "STLS", "CAPA", "unknown command"),
        *UNKNOWN_LIST,
        *rules_from(
            "ansaurus 1175846",
            "C",
            'wording GREETING "Lotus Notes POP3 server version X2.0 ready"',
            "greeting-apop-fake octets=unprintable",
        ),
        *rules_from(
            "Jakarta Mail's forgettopheaders", "C", "top-differs-from-retr", in_force=False
        ),
    ),
)

_HAS = "{user}'s mailbox has {count} total messages ({octets} octets)"

MDAEMON = Profile(
    "mdaemon",
    "MDaemon",
    (
        *unknown_wording(
            "refusal", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT"
        ),
        *unknown_wording("STLS", "CAPA", "unknown command"),
        *rules_from(
            "MailKit#529, whose server is inferred",
            "B",
            'wording GREETING "{host} POP3 ready {stamp}"',
            'wording USER "{user}... User ok"',
            *login_wording(_HAS),
            "auth-only",
            "capa-lines TOP,USER,UIDL",
            unsure=True,
        ),
        *rules_from("everything-mdaemon", "C", "last-command"),
        *rules_from(
            "MDaemon's FAQ 247",
            "C",
            'wording PASS "Maildrop already locked" err=yes code=IN-USE',
            'wording APOP "Maildrop already locked" err=yes code=IN-USE',
        ),
        *rules_from("MDaemon's FAQ 247", "C", "lock-lingers form=mdaemon", in_force=False),
    ),
)

MERCURY = Profile(
    "mercury-nlm",
    "Mercury for NetWare",
    (
        *unknown_wording("STAT", "UIDL", "TOP", "DELE", "NOOP", "RSET", "STLS", "CAPA"),
        *rules_from("fetchmail's pop3.c", "A", "retr-implies-delete how=delete"),
        *rules_from(
            "sessions of Mercury/32 4.5 and 4.6, for Windows, in reports of penetration tests",
            "B",
            wording_rule("GREETING", "{stamp}, POP3 server ready."),
            wording_rule("USER", "{user} is known here."),
            *login_wording("Welcome! {count} messages ({octets} bytes)"),
            *refusal_wording("Username or password is invalid or incorrect."),
            wording_rule("LIST", "{count} messages, {octets} bytes"),
            wording_rule("RETR", "Here it comes..."),
            wording_rule("QUIT", "{host} Server closing down."),
            unknown_command("Unrecognized command (try HELP)."),
            unsure=True,
        ),
        *rules_from(
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
        *unknown_wording(
            "greeting",
            "USER",
            "login",
            "refusal",
            "STAT",
            "LIST",
            "UIDL",
            source=_SCANNER,
        ),
        *unknown_wording("RETR", "TOP", "DELE", "NOOP", "RSET", "QUIT", "CAPA", source=_SCANNER),
        *unknown_wording("unknown command", source=_SCANNER),
        *rules_from("what any server lists", "D", "capa-lines TOP,USER,UIDL", unsure=True),
        *rules_from(
            _SCANNERS,
            "C",
            "stls-hidden",
            "proxy-rewrite",
            "auth-only",
            "capa-understates words=STLS,SASL,PIPELINING",
        ),
        *rules_from("Sophos UTM: for large messages", "C", "slow-first-byte", in_force=False),
        *rules_from("a comment in tpop3d: replies in one piece", "A", "coalesced", in_force=False),
    ),
)

_COMMERCIAL = (DOMINO, MDAEMON, MERCURY, AV_PROXY)

PROFILES = (*_SUITES, *_COMMERCIAL)
