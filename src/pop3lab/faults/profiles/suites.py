"""Servers that are part of something larger, and one that stands before others."""

from pop3lab.faults.profiles.profile import Profile, traits

_ZIMBRA = "Zimbra's Pop3Handler.java"
_HMAILSERVER = "hMailServer's POP3Connection.cpp"

ZIMBRA = Profile(
    "zimbra",
    "Zimbra",
    (
        *traits(
            _ZIMBRA,
            "A",
            "uid-form zimbra",
            "bad-command-limit",
            "auth-only PLAIN",
            'wording USER "hello {user}, please enter your password"',
            'wording PASS "server ready"',
            'wording AUTH "server ready"',
            'wording RETR "message follows"',
            'wording DELE "message {n} marked for deletion"',
            'wording NOOP "yawn"',
            'wording QUIT "deleted {deleted} message(s)"',
            'capa-lines "TOP,USER,UIDL,{stls},SASL PLAIN,EXPIRE 31 USER,XOIP,'
            'IMPLEMENTATION ZimbraInc"',
            'capa-lines "TOP,USER,UIDL,SASL PLAIN,EXPIRE NEVER,XOIP,IMPLEMENTATION ZimbraInc" '
            "state=after",
        ),
        *traits(
            f"{_ZIMBRA}: by a setting",
            "A",
            'wording GREETING "{host} Zimbra POP3 server ready"',
            unsure=True,
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
            'wording PASS "Mailbox locked and ready"',
            'wording PASS "Your mailbox is already locked" err=yes code=IN-USE',
            'wording LIST "{count} messages ({octets} octets)"',
            'wording UIDL "{count} messages ({octets} octets)"',
            'wording RETR "{octets} octets"',
            'wording DELE "msg deleted"',
            'wording NOOP ""',
            'wording RSET "0"',
            'wording QUIT "POP3 server saying goodbye..."',
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
        *traits("stalwart#3165", "B", "top-returns-all"),
        *traits(
            "Stalwart's source",
            "A",
            "uid-form stalwart",
            "auth-only PLAIN,OAUTHBEARER,XOAUTH2",
            "utf8-mode",
            'wording GREETING "Stalwart POP3 at your service."',
            'wording LIST "{count} messages"',
            'wording RETR "{octets} octets"',
            'wording DELE "message {n} deleted"',
            'wording QUIT "Stalwart POP3 bids you farewell."',
            'capa-lines "USER,SASL PLAIN OAUTHBEARER XOAUTH2,{stls},TOP,RESP-CODES,PIPELINING,'
            'EXPIRE NEVER,UIDL,UTF8,IMPLEMENTATION Stalwart Server"',
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
            'capa-lines "TOP,UIDL,USER,RESP-CODES,SASL PLAIN,PIPELINING,{stls},'
            'IMPLEMENTATION WildDuck-v1.45.4"',
            'capa-lines "TOP,UIDL,RESP-CODES,PIPELINING,IMPLEMENTATION WildDuck-v1.45.4" '
            "state=after",
        ),
        *traits("WildDuck's settings", "C", "list-window count=250 which=newest"),
        *traits("wildduck#950: a race", "B", "pipelining-drops", in_force=False),
    ),
)

NGINX = Profile(
    "nginx-proxy",
    "nginx as a proxy before other servers",
    (
        *traits(
            "nginx's mail module",
            "A",
            "auth-cmd-chokes",
            'wording GREETING "POP3 ready"',
            'capa-lines "TOP,USER,UIDL,{sasl},{stls}"',
        ),
    ),
)

PROFILES = (ZIMBRA, HMAILSERVER, STALWART, WILDDUCK, NGINX)
