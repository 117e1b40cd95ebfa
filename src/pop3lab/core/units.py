"""Numbers with units, the same in options, rules and scenarios: `0.2`, `200ms`, `10KiB`.

Nothing is imported here: the port line waits for it.
"""

MOST_DIGITS = 40  # of a number that is of use

_SIZES = {"": 1, "k": 1024, "kib": 1024, "m": 1024**2, "mib": 1024**2, "gib": 1024**3}


def read_seconds(text: str) -> float:
    """Seconds, as in `0.2`, `2s` or `200ms`; perhaps inf. Raises ValueError."""
    number = text.removesuffix("s")
    milli = number.removesuffix("m")
    seconds = float(number) if milli == number else float(milli) / 1000
    if not seconds >= 0:  # not a number is neither
        raise ValueError
    return seconds


def read_number(text: str) -> int:
    """A whole number, perhaps of a unit of octets, as in `512`, `10k` or `10KiB`.

    Raises ValueError.
    """
    folded = text.lower()
    digits = folded.rstrip("kmgib")
    unit = folded[len(digits) :]
    return _whole(digits) * _SIZES[unit] if unit in _SIZES else _whole(folded)


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError
    return int(text)
