"""Passwords without TLS: on loopback, everywhere, or nowhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pop3lab.auth.users_file import make_entry

from .clients import Proxied
from .process import USER, Serving, capa, environment, folder, refused, run, serving, tags

FROM_AFAR = ("--proxy-from", "127.0.0.0/8")
WAYS = {None: "unset", True: "yes", False: "no"}


@contextmanager
def told(how: str, allowed: bool | None, tmp_path: Path) -> Iterator[Serving]:
    """A server that was told whether passwords may pass in clear: in one of three places."""
    words: list[str | Path] = [folder(tmp_path / "drop"), *USER, *FROM_AFAR]
    env = environment()
    if allowed is not None and how == "option":
        words.append("--allow-clear-passwords" if allowed else "--no-allow-clear-passwords")
    if allowed is not None and how == "variable":
        env["POP3LAB_ALLOW_CLEAR_PASSWORDS"] = WAYS[allowed]
    if allowed is not None and how == "file":
        (tmp_path / "x.toml").write_text(f"allow-clear-passwords = {str(allowed).lower()}\n")
        words += ["--config", tmp_path / "x.toml"]
    with serving(*words, env=env) as server:
        yield server


@pytest.mark.parametrize("how", ["option", "variable", "file"])
@pytest.mark.parametrize(
    ("allowed", "near", "afar"), [(None, True, False), (True, True, True), (False, False, False)]
)
def test_p164_it_has_three_values_with_one_meaning_everywhere(
    how: str, allowed: bool | None, near: bool, afar: bool, tmp_path: Path
) -> None:
    with told(how, allowed, tmp_path) as server:
        for address, passes in (("127.0.0.1", near), ("192.0.2.7", afar)):
            with Proxied(server.port, address) as client:
                assert ("USER" in tags(capa(client))) is passes
                assert client.ask("USER ann").startswith("+OK" if passes else "-ERR")
                assert client.ask("AUTH PLAIN AGFubgB4").startswith("-ERR")
                assert client.ask("AUTH CRAM-MD5").startswith("+ ")


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_nor_where_only_other_machines_could_send_a_password(host: str, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(make_entry("ann", "secret", scheme="SHA512-CRYPT") + "\n")
    code, said = refused("memory:", "--users-file", users, "--host", host, "--public")
    assert code == 2
    assert "nobody could log in" in said


@pytest.mark.parametrize("more", [(), ("--anonymous", "guest"), ("--tls-self-signed",)])
def test_where_nobody_could_log_in_it_does_not_start(more: tuple[str, ...], tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(make_entry("ann", "secret", scheme="SHA512-CRYPT") + "\n")
    words: tuple[str | Path, ...] = (
        "memory:",
        "--users-file",
        users,
        "--no-allow-clear-passwords",
        *more,
    )
    if more:
        with serving(*words) as server:
            server.client()
        return
    code, said = refused(*words)
    assert code == 2
    assert "nobody could log in" in said
    assert len(said.splitlines()) == 1
    doctor = run("doctor", *words)
    assert doctor.returncode == 2
    assert "nobody could log in" in doctor.stdout + doctor.stderr
