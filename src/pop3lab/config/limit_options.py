"""The options of limits, whose defaults and bounds stand in pop3lab.core.config.

What is imported here is imported before the port line: nothing heavy.
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
    _limit("line", octets(47, _MOST_OCTETS), "octets of a command with its CRLF, other than AUTH"),
    _limit("response", octets(512, _MOST_OCTETS), "octets of AUTH and of SASL responses"),
    _limit("drain", octets(0, _MOST_OCTETS), "octets of a too long line that are skipped; 0: all"),
    _limit("bad-before", _ANY, "refused commands before login, then it is closed; 0: any"),
    _limit("bad-after", _ANY, "refused commands in a row after login, then it is closed; 0: any"),
    _limit("login", DURATION, "in all for logging in; 0: any"),
    _limit("idle", DURATION, "without a command", "idle"),
    _limit("busy", DURATION, "a login waits for a locked maildrop"),
    _limit("busy-step", DURATION, "between two looks at that lock"),
    _limit("bad-logins", _ANY, "refused logins of a connection, then it is closed; 0: any"),
    _limit("delay-addresses", integer(1, 10**7), "addresses whose failed logins are remembered"),
    _limit("hash-threads", integer(1, 64), "password hashes computed at once"),
    _limit("hashes-waiting", _SOME, "logins that wait for their hash; more are refused for now"),
    _limit("stall", DURATION, "in which a client must take something of a reply; 0: any"),
    _limit("rate", _ANY, "octets a second that a client must take at least"),
    _limit("connections", _ANY, "at once; those longest without login go first; 0: any"),
    _limit(
        "connections-address",
        _ANY,
        "at once of an IPv4 address or IPv6 /64; loopback: any number; 0: any",
    ),
    _limit("handshake", DURATION, "for a TLS handshake"),
    _limit("tls-buffer", _SOME_OCTETS, "read at once from a TLS session"),
)
