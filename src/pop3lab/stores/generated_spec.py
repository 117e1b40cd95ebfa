"""The text that says what is generated: `gen:SEED?messages=10000&size=2KiB..64KiB&nasty=10%`."""

import re
from dataclasses import dataclass, replace

from pop3lab.core.errors import ConfigError
from pop3lab.stores.nearest import nearest
from pop3lab.stores.sizes import Between, Sizes, sizes_of

SCHEME = "gen:"
_USUAL = Between(2048, 65_536)
_MOST = 10_000_000  # messages in a maildrop
_WHOLE = re.compile(r"[0-9]{1,9}")
_PERCENT = re.compile(r"([0-9]{1,3})%")


@dataclass(frozen=True)
class Generation:
    """What is generated for each user."""

    seed: str
    messages: tuple[int, int] = (100, 100)  # at least and at most
    size: Sizes = _USUAL
    nasty: int = 0  # percent of the messages have what servers and clients stumble over


def generation_of(text: str) -> Generation:
    """Raises ConfigError, which names the part that is wrong and the nearest right word."""
    seed, question, parts = text.removeprefix(SCHEME).partition("?")
    if not seed:
        raise ConfigError(
            f"{text!r} has no seed: write any word, as in gen:1 or gen:today?size=4KiB"
        )
    generation = Generation(seed)
    for part in parts.split("&") if question else []:
        generation = _with(generation, part)
    return generation


def _with(generation: Generation, part: str) -> Generation:
    name, _, value = part.partition("=")
    if name not in _PARTS:
        known = ", ".join(_PARTS)
        raise ConfigError(f"gen: has no {name!r}, only {known}{nearest(name, _PARTS)}")
    return _PARTS[name](generation, value)


def _with_messages(generation: Generation, value: str) -> Generation:
    first, dots, last = value.partition("..")
    least, most = _count(first), _count(last if dots else first)
    if most < least:
        raise ConfigError(f"messages={value}: the first number must be the smaller one")
    return replace(generation, messages=(least, most))


def _count(text: str) -> int:
    if not _WHOLE.fullmatch(text) or int(text) > _MOST:
        raise ConfigError(f"messages={text}: must be a whole number up to {_MOST}, or 0..50")
    return int(text)


def _with_size(generation: Generation, value: str) -> Generation:
    return replace(generation, size=sizes_of(value))


def _with_nasty(generation: Generation, value: str) -> Generation:
    match = _PERCENT.fullmatch(value)
    if match is None or int(match[1]) > 100:
        raise ConfigError(f"nasty={value}: must be 0% to 100%, as in nasty=10%")
    return replace(generation, nasty=int(match[1]))


_PARTS = {"messages": _with_messages, "size": _with_size, "nasty": _with_nasty}
