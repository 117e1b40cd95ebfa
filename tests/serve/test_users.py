"""The users file, and `pop3lab passwd`."""

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest

from .process import USER, capa, folder, run, serving

SCHEMES = ("PLAIN", "SCRAM-SHA-256", "SHA512-CRYPT", "ARGON2ID")


def entry(name: str, password: str, *words: str) -> str:
    result = run("passwd", name, *words, stdin=password + "\n")
    assert result.returncode == 0, result.stderr
    return result.stdout


def ssha512(password: bytes, salt: bytes) -> str:
    return b64encode(hashlib.sha512(password + salt).digest() + salt).decode()


def test_users_of_all_schemes_log_in(tmp_path: Path) -> None:
    users = tmp_path / "users"
    lines = [entry(f"u{scheme}", "pass word", "--scheme", scheme) for scheme in SCHEMES]
    lines.append(f"uSSHA512:{{SSHA512}}{ssha512(b'pass word', b'salt')}\n")
    users.write_text("".join(["# made by pop3lab passwd\n\n", *lines]))
    with serving("gen:1?messages=3", "--users-file", users) as server:
        for scheme in (*SCHEMES, "SSHA512"):
            assert server.logged_in(f"u{scheme}", "pass word").ask("STAT").startswith("+OK 3 ")
            client = server.client()
            client.ask(f"USER u{scheme}")
            assert client.ask("PASS word").startswith("-ERR [AUTH]")


def test_passwd_makes_scram_by_default() -> None:
    line = entry("ann", "secret")
    assert line.startswith("ann:{SCRAM-SHA-256}")
    assert "secret" not in line
    assert line.count("\n") == 1


def test_passwd_complains() -> None:
    for words, stdin in (
        (("ann", "--scheme", "SHA512CRYPT"), "x\n"),
        (("ann",), "\n"),
        ((), "x\n"),
    ):
        result = run("passwd", *words, stdin=stdin)
        assert (result.returncode, result.stdout) == (2, "")
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("scheme", "mechanisms"),
    [
        ("PLAIN", ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"]),
        ("SCRAM-SHA-256", ["SCRAM-SHA-256", "PLAIN", "LOGIN"]),
        ("SHA512-CRYPT", ["PLAIN", "LOGIN"]),
    ],
)
def test_what_a_hash_cannot_serve_is_not_announced(
    scheme: str, mechanisms: list[str], tmp_path: Path
) -> None:
    users = tmp_path / "users"
    users.write_text(entry("ann", "secret", "--scheme", scheme))
    with serving(folder(tmp_path / "drop"), "--users-file", users) as server:
        client = server.client()
        [sasl] = [line for line in capa(client) if line.startswith("SASL")]
        assert sasl.split()[1:] == mechanisms
        assert ("<" in client.greeting) == (scheme == "PLAIN")  # APOP


def test_a_users_file_beside_a_user(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("bob:{PLAIN}word:1000:1000::/home/bob:/bin/sh\n")
    with serving("gen:1?messages=1", *USER, "--users-file", users) as server:
        server.logged_in()
        server.logged_in("bob", "word")


def test_a_wrong_line_is_named_and_shows_no_hash(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret\nbob:{NONSENSE}hidden\n")
    result = run("serve", "memory:", "--port", "0", "--users-file", users)
    assert (result.returncode, result.stdout) == (2, "")
    assert "line 2" in result.stderr
    assert "hidden" not in result.stderr
