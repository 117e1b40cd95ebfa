"""The users file, and `pop3lab passwd`."""

import hashlib
import signal
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


@pytest.mark.parametrize("text", ["", "# ann:{PLAIN}secret\n\n"])
def test_a_users_file_without_users_is_a_sentence(tmp_path: Path, text: str) -> None:
    users = tmp_path / "users"
    users.write_text(text)
    words = ("memory:", "--port", "0", "--users-file", users)
    for more in ((), USER):
        result = run("serve", *words, *more)
        assert (result.returncode, result.stdout) == (2, "")
        assert f"{users}: no users in it: add lines" in result.stderr
    assert f"WRONG  users-file: {users}: no users in it" in run("doctor", *words).stdout


@pytest.mark.parametrize("text", ["", "# nobody yet\n"])
def test_sighup_with_a_users_file_without_users_changes_nothing(tmp_path: Path, text: str) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret\n")
    with serving("gen:1?messages=2", "--users-file", users) as server:
        users.write_text(text)
        server.signal(signal.SIGHUP, " reload_failed ")
        assert "no users in it" in server.log
        server.logged_in()


def test_a_comment_behind_a_password_is_told(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret\nbob:{PLAIN}hidden # of Bob\n")
    words = ("gen:1?messages=1", "--users-file", users)
    odd = f"{users} line 2 (bob): what looks like a comment is part of the password"
    with serving(*words) as server:
        assert odd in server.log
        server.signal(signal.SIGHUP, " reloaded ")
        assert server.log.count(odd) == 2
        assert "hidden" not in server.log
        server.logged_in("bob", "hidden # of Bob")
    looked = run("doctor", *words, "--port", "0")
    assert f"note   {odd}" in looked.stdout
    assert looked.returncode == 0


def test_a_user_in_the_settings_and_in_the_users_file_is_told(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}another\n")
    result = run("serve", "memory:", "--port", "0", *USER, "--users-file", users)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"user 'ann' is given here, and has a line in {users}" in result.stderr


def test_users_of_the_command_line_are_beside_those_of_the_file(tmp_path: Path) -> None:
    config = tmp_path / "serve.toml"
    config.write_text("[[user]]\nname = 'bob'\npassword = 'word'\n")
    with serving("gen:1?messages=1", "--config", config, *USER) as server:
        server.logged_in()
        server.logged_in("bob", "word")


def test_a_user_of_the_settings_without_a_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("ann:{PLAIN}secret\n")
    config = tmp_path / "serve.toml"
    config.write_text("users-file = 'users'\n[[user]]\nname = 'bob'\nmaildrop = 'gen:1'\n")
    with serving("gen:1?messages=1", "--config", config) as server:
        assert "user 'bob' has no password, and no line in " in server.log
        server.logged_in()


NOBODY = "nobody could log in: no user has a password"


@pytest.mark.parametrize("line", ["ann:*", "ann:{PLAIN}x::::::only=EXTERNAL", "ann:!\nbob:"])
def test_users_who_have_no_way_in_are_told(tmp_path: Path, line: str) -> None:
    users, tokens = tmp_path / "users", tmp_path / "tokens"
    users.write_text(f"{line}\n")
    tokens.write_text("token tim\n")
    words = ("memory:", "--port", "0", "--users-file", users)
    result = run("serve", *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert NOBODY in result.stderr
    with serving("memory:", "--users-file", users, "--tokens", tokens) as server:
        assert server.client().greeting.startswith("+OK")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--tokens", "there is no token in it"),
        ("--oauth-keys", "no key in it"),
        ("--client-ca", "is empty: a certificate in PEM is wanted"),
        ("--users-file", "no users in it"),
    ],
)
def test_a_file_of_no_octets_is_a_sentence(tmp_path: Path, option: str, said: str) -> None:
    (tmp_path / "empty").touch()
    words = ("memory:", "--port", "0", "--user", "tim:secret", "--tls-self-signed")
    result = run("serve", *words, option, tmp_path / "empty")
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert str(tmp_path / "empty") in result.stderr
    assert len(result.stderr.splitlines()) == 1
    looked = run("doctor", *words, option, tmp_path / "empty")
    assert looked.returncode == 2
    assert said in looked.stdout
