"""Messages with odd texts, each between its marks."""

from base64 import encodebytes
from collections.abc import Callable
from random import Random

from pop3lab.cases.case import MessageMaker
from pop3lab.cases.marked import marked

_CHUNKS = (1023, 1024, 2048, 4096, 8192, 16384, 65536)  # octets that programs like to read at once
_AROUND = 90  # octets before such a place from which on all lines are dots


def body(text: bytes, header: bytes = b"") -> MessageMaker:
    """Makes one message with this body, and these fields more in its header."""
    return lambda token: (marked(token, 1, text, header=header),)


def three_with(text: Callable[[str, int], bytes]) -> MessageMaker:
    """Makes three messages. text: returns the whole of one, given its token and number."""
    return lambda token: tuple(text(token, number) for number in (1, 2, 3))


def without_body(token: str, number: int) -> bytes:
    """A header, and the empty line behind it."""
    head, _, _ = marked(token, number, b"").partition(b"\r\n\r\n")
    return head + b"\r\n\r\n"


def blank_lines(token: str, number: int) -> bytes:
    """Empty lines at both ends of the body."""
    return marked(token, number, b"\r\n\r\na line\r\n") + b"\r\n\r\n"


def same_message_id(token: str) -> tuple[bytes, ...]:
    """Two messages with one Message-ID and different texts."""
    own, other = (b"<%s.%d@" % (token.encode(), number) for number in (1, 2))
    return marked(token, 1), marked(token, 2).replace(other, own)


def same_text(token: str) -> tuple[bytes, ...]:
    """Two messages that are the same octet for octet."""
    return marked(token, 1), marked(token, 1)


def dots_at_chunks() -> bytes:
    """Lines of one dot around each place at which a program may have read a chunk."""
    text = b""
    for at in _CHUNKS:
        filler = b"a line up to the next chunk\r\n"
        while len(text) + len(filler) < at - 2 * _AROUND - 400:
            text += filler
        while len(text) < at - _AROUND - 300:
            text += b"-\r\n"
        text += b".\r\n" * 150
    return text


def nested(depth: int) -> bytes:
    """A multipart in a multipart, so deep."""
    opened = "".join(
        f'--b{level}\r\nContent-Type: multipart/mixed; boundary="b{level + 1}"\r\n\r\n'
        for level in range(depth)
    )
    closed = "".join(f"--b{level}--\r\n" for level in range(depth, -1, -1))
    return f"{opened}--b{depth}\r\n\r\ntext\r\n{closed}".encode()


def parts(many: int) -> bytes:
    """A multipart with so many parts."""
    return b"".join(b"--b0\r\n\r\npart %d\r\n" % part for part in range(many)) + b"--b0--\r\n"


MULTIPART = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b0"\r\n'
UTF8 = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
BASE64 = (
    b"MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
)


def base64_lines(octets: int) -> bytes:
    """An attachment of about so many octets."""
    return encodebytes(bytes(range(256)) * (octets // 344)).replace(b"\n", b"\r\n")


def many_fields(many: int) -> bytes:
    """So many fields of a header."""
    return b"".join(b"X-Field-%d: value\r\n" % field for field in range(many))


def long_fields(octets: int) -> bytes:
    """Two fields of so many octets: one is folded, and one is not."""
    folded = b"\r\n ".join([b"word"] * (octets // 7))
    return b"X-Folded: " + folded + b"\r\nX-Long: " + b"x" * octets + b"\r\n"


def utf8_header(token: str) -> tuple[bytes, ...]:
    """Three messages, of which the second has UTF-8 in its header."""
    named = marked(token, 2, header="X-Name: Zoë, 佐藤\r\n".encode())
    return marked(token, 1), named, marked(token, 3)


_NASTY: tuple[Callable[[Random], bytes], ...] = (
    lambda random: b"." * random.randint(1, 4),
    lambda random: b"From " + b"x" * random.randint(0, 80),
    lambda random: b"x" * random.randint(900, 998),
    lambda random: bytes(random.choices(range(128, 256), k=random.randint(1, 60))),
    lambda random: b" \t" * random.randint(1, 30),
    lambda random: b"+OK -ERR QUIT RETR".split()[random.randrange(4)],
    lambda random: b"=" * random.randint(1, 76),
    lambda random: b"--b%d--" % random.randint(0, 3),
    lambda random: b"",
)


def fuzzed(messages: int) -> MessageMaker:
    """Makes messages of lines that have made programs fail, by chance; the token is the seed."""

    def make(token: str) -> tuple[bytes, ...]:
        random = Random(token)  # noqa: S311 - not for secrets
        return tuple(marked(token, number, _nasty(random)) for number in range(1, messages + 1))

    return make


def _nasty(random: Random) -> bytes:
    lines = (random.choice(_NASTY)(random) for _ in range(random.randint(1, 60)))
    return b"".join(line + b"\r\n" for line in lines)
