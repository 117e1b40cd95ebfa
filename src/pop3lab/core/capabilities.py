"""What CAPA lists: what works in this state of this connection, and nothing else (RFC 2449)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pop3lab.core.standing import Standing


def capabilities(session: "Standing") -> Iterator[str]:
    """The lines, without line ends."""
    rows, offer = session.commands.values(), session.offer
    yield from (row.capability for row in rows if row.capability and row.known(session))
    if session.takes_passwords:
        yield "USER"
    if (mechanisms := session.mechanisms()) and session.knows("AUTH"):
        yield " ".join(["SASL", *(mechanism.name for mechanism in mechanisms)])
    if session.may_start_tls:
        yield "STLS"
    yield from ("RESP-CODES", "AUTH-RESP-CODE", "PIPELINING")
    if offer.login_delay:
        yield f"LOGIN-DELAY {offer.login_delay}"
    yield "EXPIRE NEVER" if offer.expire is None else f"EXPIRE {offer.expire}"
    if session.offers_utf8:
        yield "UTF8 USER"
    if offer.languages and session.knows("LANG"):
        yield "LANG"
    if offer.implementation:
        yield f"IMPLEMENTATION {offer.implementation}"
