"""Messages as they travel: each line ends in CRLF, the last one too (RFC 1939 section 11)."""

from collections.abc import Iterable, Iterator

from pop3lab.stores.long_work import checkpoint


def to_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The text with each LF that has no CR before it made CRLF, and a last line ended by CRLF.

    chunks: cut anywhere. A CR by itself stays. A text without octets stays without.
    """
    held = b""  # a CR at the end of a chunk: whether it is half a line end is not known yet
    last = b"\n"
    for chunk in chunks:
        text = held + chunk
        held = b"\r" if text.endswith(b"\r") else b""
        text = text.removesuffix(held)
        if text:
            last = text[-1:]
            yield text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if held or last != b"\n":
        yield held + b"\r\n"


def crlf_octets(chunks: Iterable[bytes]) -> int:
    """How many octets to_crlf makes of them; others go on meanwhile.

    Raises NotWanted, and what the chunks do.
    """
    octets, last = 0, b"\n"
    for chunk in chunks:
        octets += len(chunk) + chunk.count(b"\n") - chunk.count(b"\r\n")
        if last == b"\r" and chunk.startswith(b"\n"):
            octets -= 1  # a line end, cut in two
        last = chunk[-1:] or last
        checkpoint()
    return octets if last == b"\n" else octets + len(b"\r\n")
