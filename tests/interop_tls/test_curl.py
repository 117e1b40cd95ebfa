import subprocess
from pathlib import Path

import pytest

from tests.interop import accounts
from tests.interop.client import run
from tests.interop.folders import Folder

from .secure import SMALL, Secure, assert_delivered, contents, secure

OUT = ("--create-dirs", "--output", "out/#1")
BEARER = ("--user", "ann:", "--oauth2-bearer")
LOGIN_DENIED = 67


def account(text: bytes) -> bytes:
    """curl takes the CRLF of its command for the one before the terminator of an empty text."""
    return accounts.curl(text) or accounts.CRLF


def words(secured: Secure, scheme: str, path: str, *options: str) -> list[str]:
    port = secured.server.tls_port if scheme == "pop3s" else secured.server.port
    known = ("curl", "-sS", "--user", "ann:secret", "--cacert", str(secured.ca), "--ssl-reqd")
    return [*known, *options, f"{scheme}://localhost:{port}/{path}"]


def refused(secured: Secure, home: Path, *options: str) -> int:
    command = words(secured, "pop3", "1", *options)
    return subprocess.run(command, cwd=home, capture_output=True, check=False).returncode


@pytest.mark.parametrize("scheme", ["pop3", "pop3s"])
def test_every_message_arrives(folder: Folder, scheme: str, tmp_path: Path) -> None:
    with secure(folder, tmp_path) as secured:
        run(words(secured, scheme, f"[1-{len(folder)}]", *OUT), tmp_path)
        said = secured.said()

    delivered = [(tmp_path / "out" / str(n)).read_bytes() for n in range(1, len(folder) + 1)]
    assert_delivered(delivered, folder, account)
    assert ("C: STLS" in said) == (scheme == "pop3")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("initial", [(), ("--sasl-ir",)], ids=["", "ir"])
def test_sasl(mechanism: str, initial: tuple[str, ...], tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        options = ("--login-options", f"AUTH={mechanism}", *initial, *OUT)
        run(words(secured, "pop3", "[1-2]", *options), tmp_path)
        said = secured.said()

    assert_delivered(contents(tmp_path / "out"), SMALL, account)
    assert f"C: AUTH {mechanism}" in said
    assert "secret" not in said


def test_apop(tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        run(words(secured, "pop3", "[1-2]", "--login-options", "AUTH=+APOP", *OUT), tmp_path)
        said = secured.said()

    assert_delivered(contents(tmp_path / "out"), SMALL, account)
    assert "C: APOP ann ****" in said


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_scram_is_used_or_refused(mechanism: str, tmp_path: Path) -> None:
    """curl has it where it is built with GNU SASL; else it gives up before it shows a password."""
    has = "gsasl" in run(["curl", "--version"], tmp_path)
    with secure(SMALL, tmp_path) as secured:
        denied = refused(secured, tmp_path, "--login-options", f"AUTH={mechanism}", *OUT)
        said = secured.said()

    assert denied == (0 if has else LOGIN_DENIED)
    assert (f"C: AUTH {mechanism}" in said) == has
    assert "(session ended: " in said


@pytest.mark.parametrize("initial", [(), ("--sasl-ir",)], ids=["", "ir"])
def test_a_valid_token(initial: tuple[str, ...], tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        run(words(secured, "pop3s", "[1-2]", *BEARER, "good-token", *initial, *OUT), tmp_path)
        said = secured.said()

    assert_delivered(contents(tmp_path / "out"), SMALL, account)
    assert "C: AUTH OAUTHBEARER" in said
    assert "good-token" not in said


@pytest.mark.parametrize("token", ["old-token", "stolen-token", "no-token"])
def test_any_other_token(token: str, tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        assert refused(secured, tmp_path, *BEARER, token) == LOGIN_DENIED
        assert "-ERR [AUTH]" in secured.said()


@pytest.mark.parametrize("token", ["good-token", "old-token"])
def test_xoauth2_where_it_is_the_only_one_for_tokens(token: str, tmp_path: Path) -> None:
    """curl prefers OAUTHBEARER whatever --login-options says."""
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret::::::only=XOAUTH2\n")
    with secure(SMALL, tmp_path, "--users-file", str(users), user=()) as secured:
        denied = refused(secured, tmp_path, *BEARER, token)
        said = secured.said()

    assert denied == (0 if token == "good-token" else LOGIN_DENIED)
    assert "C: AUTH XOAUTH2" in said


def test_a_wrong_password(tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        assert refused(secured, tmp_path, "--user", "ann:wrong") == LOGIN_DENIED


def test_an_unknown_certificate(tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured, secure(SMALL, tmp_path / "b") as other:
        assert refused(secured, tmp_path, "--cacert", str(other.ca)) == 60
