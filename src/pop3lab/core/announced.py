"""What a client would be told if it asked for the capabilities here and now (RFC 2449)."""

from typing import TYPE_CHECKING

from pop3lab.core.errors import Refused
from pop3lab.core.exchange import Supposed
from pop3lab.core.reply import Reply

if TYPE_CHECKING:
    from pop3lab.core.saying import Saying
    from pop3lab.core.standing import Standing

_CAPA = Supposed("CAPA")


def announced(session: "Standing", saying: "Saying") -> set[str]:
    """The first words of the lines that would be listed, in upper case.

    They are taken from the octets that would be sent, so that whatever a script does to CAPA
    counts. None, if CAPA would be refused, or its list would not come whole.
    """
    row = session.commands.get("CAPA")
    try:
        reply = row.run(session, _CAPA) if row else None
    except Refused:
        return set()
    return _listed(saying.supposed(_CAPA, reply)) if isinstance(reply, Reply) else set()


def _listed(octets: bytes) -> set[str]:
    status, *lines = octets.splitlines() or [b""]
    if not status.startswith(b"+OK") or b"." not in lines:
        return set()
    words = [line.split(maxsplit=1) for line in lines[: lines.index(b".")]]
    return {each[0].decode("ascii", "replace").upper() for each in words if each}
