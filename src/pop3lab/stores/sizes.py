"""How large generated messages are: parsed from text, chosen by a number, without any floats."""

import re
from typing import NamedTuple, Protocol

from pop3lab.core.errors import ConfigError
from pop3lab.stores.nearest import nearest

SMALLEST, LARGEST = 512, 1 << 40  # octets; a header needs the first
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20}
_UNITS["GiB"] = 1 << 30
_SIZE = re.compile(r"(?P<number>[0-9]{1,15}) ?(?P<unit>[A-Za-z]*)")
_LOGNORMAL = "lognormal"


class Sizes(Protocol):
    """Chooses sizes."""

    def choose(self, chance: int) -> int:
        """Octets. chance: 256 bits, any of which are as likely as others."""


class Between(NamedTuple):
    """All sizes from one to the other are as likely."""

    smallest: int
    largest: int

    def choose(self, chance: int) -> int:
        """Octets."""
        return self.smallest + chance % (self.largest - self.smallest + 1)


class Lognormal:
    """As in real maildrops: half are smaller than 8 KiB, one in a hundred is larger than 400 KiB.

    Made of integers, for the same sizes on each machine: twelve numbers of 16 bits add up to about
    a normal distribution, and powers of two are looked up.
    """

    _MEDIAN = 8192
    _STEPS = 614  # of which 256 double the size, in one standard deviation
    _POWERS = tuple(round(2 ** (step / 256 + 16)) for step in range(256))

    def choose(self, chance: int) -> int:
        """Octets, at least SMALLEST."""
        total = sum(chance >> 16 * number & 0xFFFF for number in range(12))
        deviation = total - 6 * 0xFFFF  # a standard deviation is 65535
        doublings, step = divmod(deviation * self._STEPS // 0xFFFF, 256)
        size = self._MEDIAN * self._POWERS[step] << 16 >> 32 - doublings
        return max(SMALLEST, size)


def sizes_of(text: str) -> Sizes:
    """Of `2KiB..64KiB`, `10MiB` or `lognormal`. Raises ConfigError."""
    if text == _LOGNORMAL:
        return Lognormal()
    first, dots, last = text.partition("..")
    smallest = _octets(first)
    largest = _octets(last) if dots else smallest
    if largest < smallest:
        raise ConfigError(f"size={text}: the first size must be the smaller one")
    return Between(smallest, largest)


def _octets(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None:
        near = nearest(text, [_LOGNORMAL])
        raise ConfigError(f"{text!r} is no size; write 2KiB, 2KiB..64KiB or lognormal{near}")
    unit = match["unit"] or "B"
    if unit not in _UNITS:
        raise ConfigError(f"{unit!r} in {text!r} is no unit of size{nearest(unit, _UNITS)}")
    octets = int(match["number"]) * _UNITS[unit]
    if not SMALLEST <= octets <= LARGEST:
        raise ConfigError(f"size {text!r} is not between {SMALLEST} octets and 1024 GiB")
    return octets
