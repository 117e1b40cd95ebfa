import poplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pop3lab.stores.line_endings import to_crlf
from tests.interop import accounts
from tests.interop.compare import without
from tests.interop.folders import Folder

from .secure import SMALL, Secure, assert_delivered, secure

MODES = pytest.mark.parametrize("implicit", [False, True], ids=["stls", "ssl"])


VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


@contextmanager
def connected(
    secured: Secure, *, implicit: bool = True, version: str = "TLSv1.3"
) -> Iterator[poplib.POP3]:
    trust = ssl.create_default_context(cafile=secured.ca)
    trust.maximum_version = VERSIONS[version]
    client: poplib.POP3
    if implicit:
        client = poplib.POP3_SSL("localhost", secured.server.tls_port, context=trust, timeout=20)
    else:
        client = poplib.POP3("localhost", secured.server.port, timeout=20)
        assert client.stls(context=trust).startswith(b"+OK")
    try:
        yield client
    finally:
        client.close()


def log_in(client: poplib.POP3) -> None:
    client.user("ann")
    client.pass_("secret")


@MODES
def test_every_message_arrives(folder: Folder, implicit: bool, tmp_path: Path) -> None:
    folder = without(folder, accounts.POPLIB_CANNOT)
    with secure(folder, tmp_path) as secured, connected(secured, implicit=implicit) as client:
        log_in(client)
        replies = [client.retr(number) for number in range(1, len(folder) + 1)]
        client.quit()

    assert_delivered([b"\n".join(lines) for _, lines, _ in replies], folder, accounts.poplib_lines)
    # poplib drops line ends but counts them, so the count tells CRLF from LF.
    counted = [octets for _, _, octets in replies]
    assert counted == [len(b"".join(to_crlf([octets]))) for octets in folder.values()]


@pytest.mark.parametrize("version", list(VERSIONS))
@MODES
def test_capabilities_under_tls(implicit: bool, version: str, tmp_path: Path) -> None:
    with (
        secure(SMALL, tmp_path) as secured,
        connected(secured, implicit=implicit, version=version) as client,
    ):
        before = client.capa()
        log_in(client)
        after = client.capa()

    assert "STLS" not in before
    assert {"SCRAM-SHA-256", "PLAIN", "XOAUTH2"} <= set(before["SASL"])
    assert ("SCRAM-SHA-256-PLUS" in before["SASL"]) == (version == "TLSv1.2")
    assert before == after


def test_a_second_stls_is_refused(tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured, connected(secured, implicit=False) as client:
        with pytest.raises(poplib.error_proto):
            client._shortcmd("STLS")  # type: ignore[attr-defined]
        log_in(client)


UTF8: Folder = {"a": "Subject: grüße\r\n\r\n".encode(), "b": b"Subject: b\r\n\r\n\xff\r\n"}


def test_utf8_in_headers_is_for_those_who_ask(tmp_path: Path) -> None:
    with secure(UTF8, tmp_path, "--utf8") as secured:
        with connected(secured) as client:
            log_in(client)
            with pytest.raises(poplib.error_proto, match="UTF8"):
                client.retr(1)
            assert client.retr(2)[1] == [b"Subject: b", b"", b"\xff"]
            client.quit()
        with connected(secured) as client:
            assert client.utf8().startswith(b"+OK")
            log_in(client)
            assert client.retr(1)[1] == ["Subject: grüße".encode(), b""]


@MODES
def test_p094_who_is_not_offered_utf8_gets_headers_in_utf8(implicit: bool, tmp_path: Path) -> None:
    with secure(UTF8, tmp_path) as secured, connected(secured, implicit=implicit) as client:
        assert "UTF8" not in client.capa()
        log_in(client)
        assert client.retr(1)[1] == ["Subject: grüße".encode(), b""]
        assert client.top(1, 0)[1] == ["Subject: grüße".encode(), b""]


def test_a_client_of_an_old_tls_is_refused(tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        old = ssl.create_default_context(cafile=secured.ca)
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError):
            poplib.POP3_SSL("localhost", secured.server.tls_port, context=old, timeout=20)
        with connected(secured) as client:
            log_in(client)
