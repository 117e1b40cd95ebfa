import pytest

from pop3lab.transport.tls_handshake import is_enough, is_tls, name_of

NAMES = {
    b"GET / HTTP/1.0\r\n": "an HTTP request on the TLS port",
    b"OPTIONS * HTTP/1.1\n": "an HTTP request on the TLS port",
    b"USER ann\r\n": "a POP3 command in clear",
    b"quit\n": "a POP3 command in clear",
    b"DELE 1\r\n": "a POP3 command in clear",
    b"EHLO there\r\n": "an SMTP command on the TLS port",
    b"a1 LOGIN ann secret\r\n": "an IMAP command on the TLS port",
    b"SSH-2.0-OpenSSH_9.2\r\n": "an SSH client on the TLS port",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n": "a PROXY header on the TLS port",
    b"\r\n\r\n\0\r\nQUIT\n": "a PROXY header on the TLS port",
    b"GETTER\r\n": "text in clear on the TLS port",
    b"\r\n": "text in clear on the TLS port",
    b"secret\0\xff\r\n": "octets on the TLS port that are not TLS",
    b"\0\0": "octets on the TLS port that are not TLS",
    b"x" * 512: "text in clear on the TLS port",
}


@pytest.mark.parametrize("octets", NAMES)
def test_each_is_named_when_its_line_is_whole(octets: bytes) -> None:
    assert name_of(octets) == NAMES[octets]
    assert is_tls(octets) is False
    enough = [is_enough(octets[:end]) for end in range(1, len(octets) + 1)]
    assert enough == sorted(enough)  # it does not become unknown again
    assert enough[-1] or octets == b"\r\n"
    assert enough[0] is (octets[0] < 0x09)


def test_no_name_repeats_what_the_client_has_sent() -> None:
    for octets in (b"PASS hunter2\r\n", b"hunter2\r\n", b"a LOGIN hunter2 x\r\n"):
        assert "hunter2" not in name_of(octets)


def test_what_begins_like_a_record_is_for_tls_to_refuse() -> None:
    assert [kind for kind in range(0x80) if is_tls(bytes([kind]))] == list(range(0x14, 0x19))


def test_a_hello_as_ssl_2_had_it_is_known_by_its_third_octet() -> None:
    assert is_tls(b"\x80") is None
    assert is_tls(b"\x80\x2e") is None
    assert is_tls(b"\x80\x2e\x01") is True
    assert is_tls(b"\xc3\xa9t") is False
