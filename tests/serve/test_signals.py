"""SIGHUP, SIGTERM, SIGINT."""

import hashlib
import shutil
import signal
import ssl
import time
from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest
import scramp  # type: ignore[import-untyped]
import trustme

from tests.served import Client
from tests.transport.odd_pem import CERTIFICATES, KEYS

from .clients import start_tls
from .process import USER, Serving, eventually, folder, serving

SLOW = ("--grace", "30")  # longer than a test waits for the end


def certificate(folder: Path) -> Sequence[str]:
    """A new one at the same place; its CA is ca.pem."""
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    leaf.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "key.pem").chmod(0o600)
    return ("--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem"))


def log_in(client: Client, name: str, password: str) -> str:
    client.ask(f"USER {name}")
    return client.ask(f"PASS {password}")


def test_sighup_reloads_users_while_a_session_goes_on(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret\n")
    with serving("gen:1?messages=2", "--users-file", users) as server:
        session, early = server.logged_in(), server.client()
        users.write_text("bob:{PLAIN}word\n")
        server.process.send_signal(signal.SIGUSR1)  # which is ignored
        server.signal(signal.SIGHUP, " reloaded ")
        assert session.ask("STAT").startswith("+OK 2 ")
        assert log_in(server.client(), "ann", "secret").startswith("-ERR [AUTH]")
        assert log_in(server.client(), "bob", "word").startswith("+OK")
        assert early.ask("NOOP").startswith("-ERR")
        assert session.ask("QUIT").startswith("+OK")


def test_sighup_with_a_wrong_users_file_changes_nothing(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret\n")
    with serving("gen:1?messages=2", "--users-file", users) as server:
        users.write_text("nonsense\n")
        server.signal(signal.SIGHUP, " reload_failed ")
        server.logged_in()


def digest(client: Client, ca: Path) -> str:
    secured: ssl.SSLSocket = start_tls(client, ca)
    return hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()


def test_sighup_reloads_the_certificate_while_a_session_goes_on(tmp_path: Path) -> None:
    drop = folder(tmp_path / "drop")
    with serving(drop, *USER, *certificate(tmp_path)) as server:
        session = server.client()
        before = digest(session, tmp_path / "ca.pem")
        certificate(tmp_path)
        server.signal(signal.SIGHUP, " reloaded ")
        assert digest(server.client(), tmp_path / "ca.pem") != before
        assert log_in(session, "ann", "secret").startswith("+OK")


def bound_login(client: Client, secured: ssl.SSLSocket) -> str:
    """SCRAM-SHA-256-PLUS, bound to the certificate that the server has shown."""
    end_point = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").digest()
    mechanism = "SCRAM-SHA-256-PLUS"
    binding = ("tls-server-end-point", end_point)
    scram = scramp.ScramClient([mechanism], "ann", "secret", channel_binding=binding)
    challenge = client.ask(f"AUTH {mechanism} {encoded(scram.get_client_first())}")
    scram.set_server_first(b64decode(challenge[2:]).decode())
    answer = client.ask(encoded(scram.get_client_final()))
    return client.ask("") if answer.startswith("+ ") else answer


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def test_channel_binding_is_to_the_certificate_of_the_connection(tmp_path: Path) -> None:
    drop = folder(tmp_path / "drop")
    with serving(drop, *USER, *certificate(tmp_path)) as server:
        before, early = server.client(), server.client()
        secured = start_tls(before, tmp_path / "ca.pem", "1.2")
        certificate(tmp_path)
        server.signal(signal.SIGHUP, " reloaded ")
        assert bound_login(before, secured).startswith("+OK")
        before.ask("QUIT")
        for client in (early, server.client()):
            secured = start_tls(client, tmp_path / "ca.pem", "1.2")
            assert bound_login(client, secured).startswith("+OK")
            client.ask("QUIT")


def test_sighup_with_a_key_of_another_certificate_changes_nothing(tmp_path: Path) -> None:
    drop = folder(tmp_path / "drop")
    with serving(drop, *USER, *certificate(tmp_path)) as server:
        ca = (tmp_path / "ca.pem").read_bytes()
        key = (tmp_path / "key.pem").read_bytes()
        certificate(tmp_path)
        (tmp_path / "key.pem").write_bytes(key)
        (tmp_path / "ca.pem").write_bytes(ca)
        server.signal(signal.SIGHUP, " reload_failed ")
        start_tls(server.client(), tmp_path / "ca.pem")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_without_clients_it_ends_at_once(number: signal.Signals, tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, *SLOW) as server:
        server.signal(number)
        assert server.ended() == 0


def test_sigterm_lets_sessions_end_but_takes_no_new_ones(tmp_path: Path) -> None:
    drop = folder(tmp_path / "drop")
    with serving(drop, *USER, *SLOW) as server:
        client = server.logged_in()
        server.signal(signal.SIGTERM)
        refuses(server)
        assert client.ask("DELE 1").startswith("+OK")
        assert client.ask("QUIT").startswith("+OK")
        assert server.ended() == 0
    assert [path.name for path in drop.iterdir() if path.name[0] != "."] == []


def refuses(server: Serving) -> None:
    for _ in range(200):
        try:
            Client(server.port).close()
        except OSError:
            return
        time.sleep(0.01)
    pytest.fail("it takes new clients")


def test_grace_is_how_long_sessions_may_take(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, "--grace", "2") as server:
        client = server.logged_in()
        server.signal(signal.SIGTERM)
        refuses(server)
        assert client.ask("DELE 1").startswith("+OK")  # so long it may go on
        assert server.ended() == 0
    assert [path.name for path in (tmp_path / "drop").iterdir()] == ["0001"]


def test_a_second_sigterm_waits_no_longer(tmp_path: Path) -> None:
    with serving(folder(tmp_path / "drop"), *USER, *SLOW) as server:
        server.logged_in()
        server.signal(signal.SIGTERM)
        refuses(server)
        server.signal(signal.SIGTERM)
        assert server.ended() == 0


def files(tmp_path: Path, name: str = "ann", token: str = "t0ken") -> list[str]:
    """All that SIGHUP reads: options for the server."""
    (tmp_path / "users").write_text(f"{name}:{{PLAIN}}secret\n")
    (tmp_path / "tokens").write_text(f"{token} {name}\n")
    (tmp_path / "jwks").write_text('{"keys": [{"kty": "oct", "k": "%s"}]}' % ("c2Vj" * 12))
    shutil.copy(certificate(tmp_path)[1], tmp_path / "clients.pem")
    options = {"users-file": "users", "tokens": "tokens", "oauth-keys": "jwks"}
    options |= {"client-ca": "clients.pem", "cert": "cert.pem", "key": "key.pem"}
    return [word for at, file in options.items() for word in (f"--{at}", str(tmp_path / file))]


WRONG = {
    "users": b"bob:{PLAIN}word\nnonsense\n",
    "tokens": b"t0ken\n",
    "jwks": b"{}",
    "clients.pem": b"",
    "cert.pem": CERTIFICATES["trusted"][0],
    "key.pem": KEYS["encrypted"][0],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_sighup_changes_all_or_nothing(wrong: str, tmp_path: Path) -> None:
    words = files(tmp_path)
    with serving("gen:1?messages=2", *words) as server:
        ca = tmp_path / "ca.pem"
        before = digest(server.client(), ca), ca.read_bytes()
        files(tmp_path, "bob", "another")
        right = (tmp_path / wrong).read_bytes()
        (tmp_path / wrong).write_bytes(WRONG[wrong])
        server.signal(signal.SIGHUP, " reload_failed ")
        assert str(tmp_path / wrong) in server.log
        server.logged_in("ann", "secret").ask("QUIT")
        assert log_in(server.client(), "bob", "secret").startswith("-ERR [AUTH]")
        now, _ = ca.read_bytes(), ca.write_bytes(before[1])
        assert digest(server.client(), ca) == before[0]
        (tmp_path / wrong).write_bytes(right)
        ca.write_bytes(now)
        server.signal(signal.SIGHUP, " reloaded ")
        server.logged_in("bob", "secret").ask("QUIT")
        assert log_in(server.client(), "ann", "secret").startswith("-ERR [AUTH]")
        assert digest(server.client(), ca) != before[0]


def test_sighup_is_for_the_logins_of_sessions_that_are_there_too(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}secret\n")
    with serving("gen:1?messages=2", "--users-file", users) as server:
        early, late = server.client(), server.client()
        users.write_text("bob:{PLAIN}word\n")
        server.signal(signal.SIGHUP, " reloaded ")
        assert log_in(early, "ann", "secret").startswith("-ERR [AUTH]")
        assert log_in(late, "bob", "word").startswith("+OK")


def test_each_sighup_is_obeyed_however_quickly_they_come(tmp_path: Path) -> None:
    users = tmp_path / "users"
    with serving("gen:1?messages=2", *USER, "--users-file", written(users, 0)) as server:
        for number in range(1, 21):
            written(users, number)
            server.process.send_signal(signal.SIGHUP)
        eventually(lambda: log_in(server.client(), "u20", "word").startswith("+OK"))
        assert "reload_failed" not in server.log
        assert server.stop() == 0


def written(users: Path, number: int) -> Path:
    """In one step, as one does with a file that others read."""
    new = users.with_suffix(".new")
    new.write_text(f"u{number}:{{PLAIN}}word\n")
    return new.rename(users)


def test_sighup_while_it_ends_is_no_end(tmp_path: Path) -> None:
    drop = folder(tmp_path / "drop")
    with serving(drop, *USER, *SLOW) as server:
        client = server.logged_in()
        server.signal(signal.SIGTERM)
        refuses(server)
        server.signal(signal.SIGHUP, " reload_failed ")
        client.ask("DELE 1")
        assert client.ask("QUIT").startswith("+OK")
        assert server.ended() == 0


def test_sighup_while_it_reads_and_ends(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("".join(f"u{number}:{{PLAIN}}word\n" for number in range(20_000)))
    with serving("gen:1?messages=2", "--users-file", users) as server:
        server.process.send_signal(signal.SIGHUP)
        server.process.send_signal(signal.SIGTERM)
        server.process.send_signal(signal.SIGHUP)
        assert server.ended() == 0
        assert "Traceback" not in server.log


def test_sighup_of_workers_is_all_or_nothing_in_each(tmp_path: Path) -> None:
    words = files(tmp_path)
    with serving(folder(tmp_path / "drop"), *words, "--workers", "2") as server:
        files(tmp_path, "bob")
        key = (tmp_path / "key.pem").read_bytes()
        (tmp_path / "key.pem").write_bytes(b"")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server.log.count(" reload_failed ") == 2)
        for _ in range(6):  # whichever of the two it is
            server.logged_in("ann", "secret").ask("QUIT")
        (tmp_path / "key.pem").write_bytes(key)
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server.log.count(" reloaded ") == 2)
        for _ in range(6):
            assert log_in(server.client(), "ann", "secret").startswith("-ERR [AUTH]")


def test_sighup_takes_no_well_known_password_where_others_can_connect(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("ann:{PLAIN}hard to guess\n")
    words = ("--host", "0.0.0.0", "--public", "--users-file", users)
    with serving("gen:1?messages=2", *words, "--tls-self-signed") as server:
        users.write_text("ann:{PLAIN}ann\n")
        server.signal(signal.SIGHUP, " reload_failed ")
        assert "user 'ann' has a well-known password" in server.log
        server.logged_in("ann", "hard to guess")
