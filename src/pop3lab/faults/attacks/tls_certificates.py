"""Certificates that a client must not accept; each is made when it is first asked for."""

from pop3lab.faults.bending.handshakes import CERTIFICATE, always
from pop3lab.faults.peculiarity import Peculiarity

_EAST = "somebody in between; EAST T_1 to T_4 (A)"


def _row(variant: str, meaning: str, source: str, bugs: str) -> Peculiarity:
    return Peculiarity(
        f"cert-{variant}",
        meaning,
        source,
        always(variant),
        family="attack",
        category="tls",
        bugs=bugs,
        aspect=CERTIFICATE,
        needs=("TLS",),
    )


ROWS = (
    _row(
        "expired",
        "the certificate was valid until last month",
        _EAST,
        "logs in all the same",
    ),
    _row(
        "not-yet-valid",
        "the certificate is valid from next month on",
        _EAST,
        "logs in all the same",
    ),
    _row(
        "wrong-host",
        "the certificate is another host's",
        _EAST,
        "KDE kio-pop3 CVE-2014-3494: logs in all the same",
    ),
    _row(
        "self-signed",
        "the certificate is signed by nobody but itself",
        _EAST,
        "logs in all the same",
    ),
    _row(
        "unknown-ca",
        "the certificate is of a CA that the client does not know",
        _EAST,
        "logs in all the same",
    ),
    _row(
        "nul-cn",
        "the names in the certificate are the host's, a NUL, and an attacker's domain",
        "an attacker who owns the domain behind the NUL (C)",
        "fetchmail CVE-2009-2666: reads up to the NUL",
    ),
    _row(
        "ip-san",
        "the certificate is for another address, and has the host's own as a name of DNS",
        "RFC 9525 section 6.5: an address is compared with addresses only (D)",
        "logs in all the same",
    ),
    _row(
        "no-eku",
        "the certificate is for clients, not for servers",
        "RFC 5280 section 4.2.1.12 (D)",
        "logs in all the same",
    ),
    _row(
        "hostile-text",
        "another host's certificate, with terminal escapes, 8-bit and long text in its subject",
        "fetchmail CVE-2010-0562 (C)",
        "heap overflow when it is shown; escapes reach the terminal",
    ),
)
