"""Nothing tells an unknown name from a user's: SCRAM's salts over starts neither."""

import signal
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from tests.auth.exchanges import ScramClient

from .clients import start_tls
from .process import Serving, folder, refused, run, serving

NAMES = ("ann", "bob", "nobody", "somebody")
MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-1")


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """One user of each kind: keys that are stored, a password in clear."""
    path = tmp_path / "users"
    stored = run("passwd", "ann", stdin="secret\n").stdout
    path.write_text(f"{stored}bob:{{PLAIN}}secret\n")
    return path


def challenged(server: Serving, name: str, mechanism: str = MECHANISMS[0]) -> str:
    """Salt and iterations, as they are told."""
    client = server.client()
    first = b64encode(ScramClient("", name=name).first()).decode()
    challenge = client.ask(f"AUTH {mechanism} {first}")
    client.ask("*")
    client.close()
    return b64decode(challenge.removeprefix("+ ")).decode().partition(",s=")[2]


def all_challenged(server: Serving) -> dict[tuple[str, str], str]:
    return {(name, one): challenged(server, name, one) for name in NAMES for one in MECHANISMS}


def test_p238_the_same_after_a_start(tmp_path: Path, users: Path) -> None:
    seen = []
    for _ in range(2):
        with serving(folder(tmp_path / "drop"), "--users-file", users) as server:
            seen.append(all_challenged(server))
            assert "accounts" not in server.log
    assert seen[0] == seen[1]
    salts = {one.partition(",")[0] for one in seen[0].values()}
    assert len(salts) == len(seen[0])  # no two names, and no two mechanisms, have the same
    assert {len(b64decode(salt)) for salt in salts} == {16}


def test_p238_the_same_in_all_workers_and_after_sighup(tmp_path: Path, users: Path) -> None:
    words = (folder(tmp_path / "drop"), "--users-file", users, "--workers", "3")
    with serving(*words) as server:
        first = challenged(server, "nobody")
        assert {challenged(server, "nobody") for _ in range(20)} == {first}
        Path(f"{users}.scram-key").unlink()  # what was had stays
        server.signal(signal.SIGHUP, " reloaded ")
        assert {challenged(server, "nobody") for _ in range(20)} == {first}


def test_no_key_where_nobody_can_log_in_by_scram(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(run("passwd", "ann", "--scheme", "SHA512-CRYPT", stdin="secret\n").stdout)
    with serving(folder(tmp_path / "drop"), "--users-file", users):
        assert not Path(f"{users}.scram-key").exists()


def test_a_folder_in_which_nothing_can_be_made_is_one_line(tmp_path: Path, users: Path) -> None:
    with users.open() as file:
        path = f"/proc/self/fd/{file.fileno()}"
        words = (folder(tmp_path / "drop"), "--users-file", path)
        with serving(*words, pass_fds=[file.fileno()]) as server:
            assert server.log.count(" accounts ") == 1
            assert f"{path}.scram-key: " in server.log
            assert challenged(server, "nobody") == challenged(server, "nobody")


def test_a_key_that_can_be_none_is_one_sentence(tmp_path: Path, users: Path) -> None:
    key = Path(f"{users}.scram-key")
    key.write_bytes(b"short")
    key.chmod(0o600)
    words = (folder(tmp_path / "drop"), "--port", "0", "--users-file", users)
    code, said = refused(*words)
    assert (code, said) == (2, f"pop3lab: {key}: a key has 32 octets: remove it for a new one\n")
    looked = run("doctor", *words)
    assert f"WRONG  {key}: a key has 32 octets" in looked.stdout
    key.unlink()
    assert run("doctor", *words).returncode == 0
    assert not key.exists()


def plain(name: str, password: str) -> str:
    return b64encode(f"\0{name}\0{password}".encode()).decode()


def bearer(header: str) -> str:
    return b64encode(f"{header}\x01auth=Bearer wrong\x01\x01".encode()).decode()


def tries(name: str) -> dict[str, list[str]]:
    """Every way to log in, each with a wrong proof for this name: what the client says."""
    digest = b64encode(f"{name} {'0' * 32}".encode()).decode()
    return {
        "PASS": [f"USER {name}", "PASS wrong"],
        "APOP": [f"APOP {name} {'0' * 32}"],
        "PLAIN": [f"AUTH PLAIN {plain(name, 'wrong')}"],
        "LOGIN": ["AUTH LOGIN", b64encode(name.encode()).decode(), "d3Jvbmc="],
        "CRAM-MD5": ["AUTH CRAM-MD5", digest],
        "OAUTHBEARER": [f"AUTH OAUTHBEARER {bearer(f'n,a={name},')}", "AQ=="],
        "XOAUTH2": [f"AUTH XOAUTH2 {bearer(f'user={name}')}", ""],
    }


@pytest.mark.parametrize("way", list(tries("")))
def test_no_way_to_log_in_tells_a_user_from_nobody(tmp_path: Path, users: Path, way: str) -> None:
    tokens, ca = tmp_path / "tokens", tmp_path / "ca.pem"
    tokens.write_text("good bob\n")
    tls = ("--tls-self-signed", "--ca-out", ca, "--tokens", tokens)
    with serving(folder(tmp_path / "drop"), "--users-file", users, *tls) as server:
        answers = []
        for name in ("bob", "ann", "nobody"):  # in clear, as keys of SCRAM, not at all
            client = server.client()
            start_tls(client, ca)
            said = [client.ask(line) for line in tries(name)[way]]
            answers.append(said)
    if way == "CRAM-MD5":  # whose challenge is never the same
        answers = [each[1:] for each in answers]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][-1].startswith("-ERR [AUTH]")
