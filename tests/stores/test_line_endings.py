import pytest

from pop3lab.stores.line_endings import crlf_octets, to_crlf
from tests.cuts import at_every_cut, every_cut


@pytest.mark.parametrize(
    ("stored", "as_sent"),
    [
        (b"", b""),
        (b"a", b"a\r\n"),
        (b"a\n", b"a\r\n"),
        (b"a\r\n", b"a\r\n"),
        (b"a\nb\r\nc\n\n", b"a\r\nb\r\nc\r\n\r\n"),
        (b"\r", b"\r\r\n"),
        (b"a\rb", b"a\rb\r\n"),
        (b"\r\r\n\r", b"\r\r\n\r\r\n"),
        (b"\n\r\n\r", b"\r\n\r\n\r\r\n"),
    ],
)
def test_p096_p097_line_ends_at_every_cut(stored: bytes, as_sent: bytes) -> None:
    assert at_every_cut(to_crlf, stored) == as_sent
    assert {crlf_octets(pieces) for pieces in every_cut(stored)} == {len(as_sent)}
