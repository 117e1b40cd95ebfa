"""Mail::Transport::POP3 of Perl's Mail::Box, over TLS by IO::Socket::SSL."""

from pathlib import Path

import pytest

from tests.interop.client import run
from tests.interop.folders import Folder

from .secure import assert_delivered, contents, secure

SCRIPT = Path(__file__).parent / "mail_transport.pl"


def account(text: bytes) -> bytes:
    """It takes a blank last line for the CRLF before the terminator."""
    lines = text.split(b"\n")
    return text if lines[-2:-1] not in ([b""], [b"\r"]) else b"\n".join([*lines[:-2], b""])


@pytest.mark.parametrize("authenticate", ["AUTO", "LOGIN", "APOP"])
def test_every_message_arrives_and_goes(folder: Folder, authenticate: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with secure(folder, tmp_path) as secured:
        words = [str(secured.server.tls_port), authenticate, "out"]
        run(["env", f"SSL_CERT_FILE={secured.ca}", "perl", str(SCRIPT), *words], tmp_path)
        left, said = secured.left(), secured.said()

    assert_delivered(contents(tmp_path / "out"), folder, account)
    assert left == []
    assert ("C: APOP" in said) == (authenticate != "LOGIN")
