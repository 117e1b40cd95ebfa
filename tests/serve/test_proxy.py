"""PROXY v2, and what holds for clients from elsewhere: the proxy tells that they are."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from select import select

import pytest

from tests.served import Client

from .clients import Proxied, proxy_header, start_tls
from .process import USER, Serving, capa, folder, serving, tags

LISTED = ("--proxy-from", "127.0.0.0/8")
AFAR, ALSO_AFAR = "192.0.2.7", "2001:db8::7"
CLEAR = "--allow-clear-passwords"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    return folder(tmp_path / "drop")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One for all tests that only ask lines of it, each as clients who close what they open."""
    drop = folder(tmp_path_factory.mktemp("proxied") / "drop")
    with serving(drop, *USER, *LISTED, CLEAR, "--log-level", "debug") as server:
        yield server


@pytest.mark.parametrize("address", [AFAR, ALSO_AFAR])
def test_from_a_listed_network_it_is_believed(proxied: Serving, address: str) -> None:
    with Proxied(proxied.port, address) as client:
        client.ask("USER ann")
        assert client.ask("PASS secret").startswith("+OK")
        assert client.ask("QUIT").startswith("+OK")
    assert f"{address}:4711" in proxied.log


@pytest.mark.parametrize(
    "said", [b"USER ann\r\nPASS secret\r\n", b"PROXY TCP4 192.0.2.7 1 2 3\r\n"]
)
def test_from_a_listed_network_it_must_come(proxied: Serving, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", proxied.port), timeout=3) as client:
        client.sendall(said)
        assert answer(client) == b""
    with Proxied(proxied.port, AFAR) as next_one:
        assert next_one.greeting.startswith("+OK")


def answer(client: socket.socket) -> bytes:
    """What comes until it is closed, or reset."""
    try:
        return client.recv(999)
    except ConnectionResetError:
        return b""


def test_from_an_unlisted_network_it_is_a_command_like_any(drop: Path) -> None:
    with serving(drop, *USER, "--proxy-from", "198.51.100.0/24", "--log-level", "debug") as server:
        client = server.client()
        client.send(proxy_header(AFAR))
        assert client.line().startswith("-ERR")
        assert AFAR not in server.log


def test_under_tls_the_header_comes_first(drop: Path, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with (
        serving(drop, *USER, *LISTED, "--tls-self-signed", "--ca-out", ca) as server,
        Proxied(server.port, AFAR) as client,
    ):
        start_tls(client, ca)
        client.ask("USER ann")
        assert client.ask("PASS secret").startswith("+OK")


def test_p164_passwords_in_clear_are_for_loopback_and_tls(drop: Path, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with serving(drop, *USER, *LISTED, "--tls-self-signed", "--ca-out", ca) as server:
        with Proxied(server.port, AFAR) as client:
            found = capa(client)
            assert "USER" not in tags(found)
            assert not {"PLAIN", "LOGIN"} & set(sasl(found))
            assert client.ask("USER ann").startswith("-ERR")
            assert client.ask("AUTH PLAIN AGFubgBzZWNyZXQ=").startswith("-ERR")
            start_tls(client, ca)
            found = capa(client)
            assert "USER" in tags(found)
            assert {"PLAIN", "LOGIN"} <= set(sasl(found))
            assert client.ask("AUTH PLAIN AGFubgBzZWNyZXQ=").startswith("+OK")
        with Proxied(server.port, "127.0.0.1") as client:
            assert "USER" in tags(capa(client))


def sasl(capabilities: list[str]) -> list[str]:
    [line] = [line for line in capabilities if line.startswith("SASL ")]
    return line.split()[1:]


def test_a_setting_allows_passwords_in_clear(proxied: Serving) -> None:
    with Proxied(proxied.port, AFAR) as client:
        assert {"PLAIN", "LOGIN"} <= set(sasl(capa(client)))
        client.ask("USER ann")
        assert client.ask("PASS secret").startswith("+OK")


def fails(client: Client) -> None:
    client.ask("USER ann")
    client.send(b"PASS wrong\r\n")


def told(client: Client) -> bool:
    return bool(select([client.socket], [], [], 0)[0])


def test_a_failed_login_from_afar_is_told_late_and_each_later_than_the_last(
    proxied: Serving,
) -> None:
    with (
        Proxied(proxied.port, AFAR) as client,
        Proxied(proxied.port, "127.0.0.1") as near,
        Proxied(proxied.port, ALSO_AFAR) as other,
    ):
        fails(client)
        fails(near)
        assert near.line().startswith("-ERR [AUTH]")
        assert not told(client)
        assert client.line().startswith("-ERR [AUTH]")
        fails(client)
        fails(other)
        assert other.line().startswith("-ERR [AUTH]")
        assert not told(client)
        assert client.line().startswith("-ERR [AUTH]")
        client.ask("USER ann")
        assert client.ask("PASS secret").startswith("+OK")  # and all is forgotten
        with Proxied(proxied.port, AFAR) as again:
            fails(other)
            fails(again)
            assert again.line().startswith("-ERR [AUTH]")
            assert not told(other)


def test_a_delay_keeps_nobody_else_waiting(proxied: Serving) -> None:
    with Proxied(proxied.port, "192.0.2.9") as slow, Proxied(proxied.port, AFAR) as other:
        fails(slow)
        other.ask("USER ann")
        assert other.ask("PASS secret").startswith("+OK")
        assert not told(slow)


def test_connections_of_an_address_are_counted(drop: Path) -> None:
    with serving(drop, *USER, *LISTED, "--limit-connections-address", "2") as server:
        near = [Proxied(server.port, "127.0.0.1") for _ in range(4)]
        first, second = Proxied(server.port, AFAR), Proxied(server.port, AFAR)
        third, elsewhere = Proxied(server.port, AFAR), Proxied(server.port, "192.0.2.8")
        assert first.closed()
        greeted = (*near, first, second, third, elsewhere)
        assert all(one.greeting.startswith("+OK") for one in greeted)
        first.close()
        for one in (*near, second, third, elsewhere):
            assert one.ask("NOOP").startswith("-ERR")
            one.close()


def test_an_address_whose_sessions_are_all_logged_in_gets_no_more(drop: Path) -> None:
    words = (*LISTED, CLEAR, "--limit-connections-address", "1")
    with (
        serving(drop, *USER, *words) as server,
        Proxied(server.port, AFAR) as session,
        Proxied(server.port, "192.0.2.8") as elsewhere,
    ):
        session.ask("USER ann")
        session.ask("PASS secret")
        with Proxied(server.port, AFAR) as another:
            assert another.greeting.startswith("-ERR [SYS/TEMP]")
            assert another.closed()
        assert session.ask("NOOP").startswith("+OK")
        assert elsewhere.ask("QUIT").startswith("+OK")


def test_an_ipv6_network_is_one_client(drop: Path) -> None:
    with (
        serving(drop, *USER, *LISTED, "--limit-connections-address", "1") as server,
        Proxied(server.port, "2001:db8::1") as first,
        Proxied(server.port, "2001:db8:0:1::1") as elsewhere,
        Proxied(server.port, "2001:db8::2") as second,
    ):
        assert first.closed()
        assert second.ask("NOOP").startswith("-ERR")
        assert elsewhere.ask("NOOP").startswith("-ERR")


@pytest.mark.parametrize("address", [AFAR, ALSO_AFAR])
def test_p246_from_elsewhere_plain_and_login_are_for_tls_only(
    drop: Path, tmp_path: Path, address: str
) -> None:
    ca = tmp_path / "ca.pem"
    tls = ("--tls-self-signed", "--ca-out", str(ca))
    secret = b64encode(b"\0ann\0secret").decode()
    with (
        serving(drop, *USER, *LISTED, *tls) as server,
        Proxied(server.port, address) as client,
    ):
        assert not {"PLAIN", "LOGIN"} & set(sasl(capa(client)))
        assert client.ask(f"AUTH PLAIN {secret}").startswith("-ERR")
        assert client.ask("AUTH LOGIN").startswith("-ERR")
        start_tls(client, ca)
        assert {"PLAIN", "LOGIN"} <= set(sasl(capa(client)))
        assert client.ask(f"AUTH PLAIN {secret}").startswith("+OK")
        client.ask("QUIT")
