import subprocess
from pathlib import Path

import pytest

from tests.interop import accounts
from tests.interop.client import configuration, run
from tests.interop.folders import Folder
from tests.interop.test_mpop import sequence

from .secure import SMALL, Secure, assert_delivered, secure

MPOPRC = """\
account default
host localhost
port {port}
user ann
password {password}
auth {auth}
tls on
tls_starttls {starttls}
tls_trust_file {ca}
received_header off
uidls_file {home}/uidls
delivery exchange out
"""
DENIED = 77  # EX_NOPERM


def configured(secured: Secure, home: Path, auth: str, password: str, starttls: str) -> list[str]:
    port = secured.server.port if starttls == "on" else secured.server.tls_port
    text = MPOPRC.format(
        port=port, password=password, auth=auth, starttls=starttls, ca=secured.ca, home=home
    )
    (home / "out").mkdir()
    return ["mpop", "--quiet", "--file", str(configuration(home / "rc", text))]


def delivered(home: Path) -> list[bytes]:
    files = (path for path in (home / "out").iterdir() if path.is_file())
    return [path.read_bytes() for path in sorted(files, key=sequence)]


@pytest.mark.parametrize("starttls", ["on", "off"])
def test_every_message_arrives_and_goes(folder: Folder, starttls: str, tmp_path: Path) -> None:
    with secure(folder, tmp_path) as secured:
        run(configured(secured, tmp_path, "scram-sha-256", "secret", starttls), tmp_path)
        left, said = secured.left(), secured.said()

    assert_delivered(delivered(tmp_path), folder, accounts.mpop_exchange)
    assert left == []
    assert ("C: STLS" in said) == (starttls == "on")


@pytest.mark.parametrize(
    "auth", ["user", "apop", "plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256"]
)
def test_each_way_to_log_in(auth: str, tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        run(configured(secured, tmp_path, auth, "secret", "on"), tmp_path)
        said = secured.said()

    assert_delivered(delivered(tmp_path), SMALL, accounts.mpop_exchange)
    verb = auth.upper() if auth in ("user", "apop") else f"AUTH {auth.upper()}"
    assert f"C: {verb}" in said


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
def test_a_valid_token(auth: str, tmp_path: Path) -> None:
    with secure(SMALL, tmp_path) as secured:
        run(configured(secured, tmp_path, auth, "good-token", "off"), tmp_path)
        said = secured.said()

    assert_delivered(delivered(tmp_path), SMALL, accounts.mpop_exchange)
    assert f"C: AUTH {auth.upper()}" in said
    assert "good-token" not in said


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
@pytest.mark.parametrize("token", ["old-token", "stolen-token", "no-token"])
def test_any_other_token(auth: str, token: str, tmp_path: Path) -> None:
    denied(auth, token, tmp_path)


@pytest.mark.parametrize("auth", ["user", "apop", "plain", "cram-md5", "scram-sha-256"])
def test_a_wrong_password(auth: str, tmp_path: Path) -> None:
    denied(auth, "wrong", tmp_path)


def denied(auth: str, password: str, home: Path) -> None:
    with secure(SMALL, home) as secured:
        command = configured(secured, home, auth, password, "off")
        result = subprocess.run(command, cwd=home, capture_output=True, check=False)
        said = secured.said()

    assert result.returncode == DENIED, result.stderr
    assert "-ERR [AUTH] " in said
    assert password not in said
