"""NTLM, where the operator offers it."""

import subprocess
from pathlib import Path

from .process import Serving, capa, refused, run, serving


def curl(port: int, user: str) -> subprocess.CompletedProcess[str]:
    words = ["curl", "-sS", "--user", user, "--login-options", "AUTH=NTLM"]
    return subprocess.run(
        [*words, f"pop3://127.0.0.1:{port}/1"], capture_output=True, text=True, check=False
    )


def sasl(server: Serving) -> str:
    return next(line for line in capa(server.client()) if line.startswith("SASL"))


def test_ntlm_is_offered_if_asked_for(tmp_path: Path) -> None:
    users, transcript = tmp_path / "users", tmp_path / "transcript"
    users.write_text("ann:{PLAIN}s3cret-word\nbob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    words = ("--users-file", users, "--ntlm", "--transcript", transcript)
    with serving("gen:1?messages=1", *words) as server:
        assert " NTLM" in sasl(server)
        assert curl(server.port, "ann:s3cret-word").returncode == 0
        for stranger in ("ann:wrong", "bob:secret", "nobody:s3cret-word"):
            tried = curl(server.port, stranger)
            assert (tried.returncode, tried.stdout) == (67, "")
        server.stop()
    said = transcript.read_text()
    assert said.count("logged in: ann by NTLM") == 1
    assert said.count("S: -ERR [AUTH] ") == 3
    assert "C: TlRM" not in said


def test_it_is_not_offered_if_nobody_has_asked() -> None:
    with serving("gen:1?messages=1", "--user", "ann:secret") as server:
        assert "NTLM" not in sasl(server)


def test_without_a_password_in_clear_the_operator_is_told(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    doctor = run("doctor", "gen:1?messages=1", "--users-file", users, "--ntlm")
    assert "ntlm: no user's password is known in clear" in doctor.stdout + doctor.stderr


def test_who_may_log_in_by_ntlm_only_can_not_where_it_is_not_offered(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret::::::only=NTLM\n")
    code, said = refused("gen:1?messages=1", "--users-file", users)
    assert code == 2
    assert "nobody could log in" in said
