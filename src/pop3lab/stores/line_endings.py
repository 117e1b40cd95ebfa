"""CRLF line endings (RFC 1939 section 11): one conversion, shared by all stores."""

from collections.abc import Iterable, Iterator

from pop3lab.stores.long_work import checkpoint


def to_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Make each bare LF a CRLF, and end the last line by CRLF.

    chunks: cut anywhere. A bare CR stays. An empty text stays empty.
    """
    held = b""  # a CR at the end of a chunk: whether it is half a line end is not known yet
    last = b"\n"
    for chunk in chunks:
        text = held + chunk
        held = b"\r" if text.endswith(b"\r") else b""
        text = text.removesuffix(held)
        if text:
            last = text[-1:]
            if b"\r" in text:
                text = text.replace(b"\r\n", b"\n")
            yield text.replace(b"\n", b"\r\n")
    if held or last != b"\n":
        yield held + b"\r\n"


def crlf_octets(chunks: Iterable[bytes]) -> int:
    """Count the octets that to_crlf makes of the chunks, with a checkpoint after each.

    Raises NotWanted, and what the chunks raise.
    """
    octets, last = 0, b"\n"
    for chunk in chunks:
        octets += len(chunk) + chunk.count(b"\n") - chunk.count(b"\r\n")
        if last == b"\r" and chunk.startswith(b"\n"):
            octets -= 1  # a line end, cut in two
        last = chunk[-1:] or last
        checkpoint()
    return octets if last == b"\n" else octets + len(b"\r\n")
