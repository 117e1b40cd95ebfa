from pathlib import Path

import pytest

from tests.interop.client import run
from tests.interop.folders import Folder

from .secure import assert_delivered, contents, secure

SCRIPT = Path(__file__).parent / "net_pop3.pl"


def whole(text: bytes) -> bytes:
    """Under TLS it does not make LF of CRLF."""
    return text


@pytest.mark.parametrize(("tls", "login"), [("stls", "login"), ("ssl", "login"), ("stls", "apop")])
def test_every_message_arrives_and_goes(
    folder: Folder, tls: str, login: str, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    with secure(folder, tmp_path) as secured:
        port = secured.server.tls_port if tls == "ssl" else secured.server.port
        run(["perl", str(SCRIPT), str(port), str(secured.ca), tls, login, "out"], tmp_path)
        left, said = secured.left(), secured.said()

    assert_delivered(contents(tmp_path / "out"), folder, whole)
    assert left == []
    assert ("C: APOP" in said) == (login == "apop")
