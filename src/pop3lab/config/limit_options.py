"""The options for limits; defaults and bounds are in pop3lab.core.config.

These imports delay the port line, so nothing heavy is imported here.
"""

from pop3lab.config.option import LIMITS, Option
from pop3lab.config.types import DURATION, OptionType, integer, octets

_MOST = 10**9
_MOST_OCTETS = 2**31
_ANY = integer(0, _MOST)
_SOME = integer(1, _MOST)
_SOME_OCTETS = octets(1, _MOST_OCTETS)


def _limit(name: str, type: OptionType, help: str, *old: str) -> Option:  # noqa: A002
    row = Option(LIMITS, type, help, name=f"limit-{name}", old=old)
    row.attribute = name.replace("-", "_")
    return row


LIMIT_ROWS = (
    _limit(
        "line", octets(47, _MOST_OCTETS), "longest command line, with its CRLF, other than AUTH"
    ),
    _limit("response", octets(512, _MOST_OCTETS), "longest AUTH line and SASL response"),
    _limit("drain", octets(0, _MOST_OCTETS), "octets to skip of a line that is too long; 0: all"),
    _limit(
        "bad-before", _ANY, "refused commands before login until the connection closes; 0: no limit"
    ),
    _limit("bad-after", _ANY, "refused commands in a row after login until it closes; 0: no limit"),
    _limit("login", DURATION, "time to log in; 0: no limit"),
    _limit("idle", DURATION, "time without a command", "idle"),
    _limit("busy", DURATION, "time that a login waits for a locked maildrop"),
    _limit("busy-step", DURATION, "time between two tries to get that lock"),
    _limit("bad-logins", _ANY, "failed logins until the connection closes; 0: no limit"),
    _limit("delay-addresses", integer(1, 10**7), "addresses whose failed logins are remembered"),
    _limit("hash-threads", integer(1, 64), "password hashes computed at once"),
    _limit("hashes-waiting", _SOME, "logins waiting for their hash; more are refused"),
    _limit("stall", DURATION, "time in which a client must read something of a reply; 0: no limit"),
    _limit("rate", _ANY, "minimum octets per second that a client must read"),
    _limit(
        "connections",
        _ANY,
        "connections at once; the longest without login is closed first; 0: no limit",
    ),
    _limit(
        "connections-address",
        _ANY,
        "connections at once of an IPv4 address or IPv6 /64, except loopback; 0: no limit",
    ),
    _limit("handshake", DURATION, "time for a TLS handshake"),
    _limit("tls-buffer", _SOME_OCTETS, "octets to read at once from a TLS session"),
    _limit("message", _SOME_OCTETS, "octets of a message that comes by SMTP or LMTP"),
)
