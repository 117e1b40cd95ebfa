"""Messages that are made up while a server runs."""

from collections.abc import Iterator

from pop3lab.core.errors import ConfigError
from pop3lab.stores.generated import GeneratedStore, parse_generation

_MOST = 10_000  # messages
_MOST_OCTETS = 1 << 30


def generated(user: str, *, count: str, size: str, seed: str, nasty: str) -> Iterator[bytes]:
    """Yield messages; the same values give the same ones. Raises ConfigError before the first.

    The values are those of a target gen:SEED?messages=COUNT&size=SIZE&nasty=NASTY.
    """
    generation = parse_generation(f"{seed}?messages={count}&size={size}&nasty={nasty}")
    if generation.messages[1] > _MOST:
        raise ConfigError(f"count={count}: generate at most {_MOST} messages at a time")
    maildrop = GeneratedStore(generation).open(user)
    entries = maildrop.snapshot.entries
    if maildrop.snapshot.octets > _MOST_OCTETS:
        raise ConfigError(f"size={size}: generate at most {_MOST_OCTETS} octets at a time")
    return (b"".join(maildrop.read(entry.uid)) for entry in entries)
