"""Lines that are wrong, any number of them, always the same."""

import random
from collections.abc import Iterator

VERBS = (
    *("USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP"),
    *("CAPA", "STLS", "AUTH", "UTF8", "LANG", "QUIT", "XYZZY", "user", "Retr"),
)
ARGUMENTS = (
    *("0", "-1", "+1", "1.0", "99999999999", "4", "x", "1 2 3", "1 1 1 1", "nobody secret extra"),
    *("\0", "\x7f", "\t1", " 1", "1 ", "%s%n", "../../x", "a" * 400, "PLAIN ====", "NONE ="),
)
ODD = (
    *(b"", b" ", b"\0", b"\r", b"\xff\xfe", b"\x1b[2J", b"\xc3\x28", b".", b"+OK", b"-ERR x"),
    *("\u0661 USER".encode(), b"\0" * 200, b"\x80" * 300, b"A" * 511, b"A" * 5_000, b"* BAD"),
    *(b"EXIT", b"BREAK", b"*", b"=", b"AAAA", b"{100}", b"a001 LOGIN x y", b"STAT\0"),
)
LARGE = b"A" * 1_000_000
EVERY = 10_000  # one of so many is large
BATCH = 500


def line(chosen: random.Random) -> bytes:
    if chosen.randrange(4) == 0:
        return chosen.choice(ODD)
    verb, argument = chosen.choice(VERBS), chosen.choice(ARGUMENTS)
    return f"{verb} {argument}".encode("latin-1")


def batches(count: int, seed: int) -> Iterator[tuple[bytes, int]]:
    """Lines with their ends, some together, and how many they are."""
    chosen = random.Random(seed)
    done = 0
    while done < count:
        lines = [line(chosen) for _ in range(min(BATCH, count - done))]
        if done % EVERY == 0:
            lines[0] = LARGE
        done += len(lines)
        yield b"".join(one + chosen.choice((b"\r\n", b"\r\n", b"\n")) for one in lines), len(lines)
