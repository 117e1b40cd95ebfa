"""SCRAM with and without -PLUS over real TLS: what is offered on which version, what is refused."""

import hashlib
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.auth.exchanges import ScramClient
from tests.served import Client
from tests.wording import FAILED

from .clients import start_tls
from .process import USER, Serving, capa, folder, serving

PLUS = "SCRAM-SHA-256-PLUS"
SCRAM = "SCRAM-SHA-256"


def end_point(secured: ssl.SSLSocket) -> bytes:
    return hashlib.sha256(secured.getpeercert(binary_form=True) or b"").digest()


BINDINGS: dict[str, Callable[[ssl.SSLSocket], bytes]] = {
    "tls-unique": lambda secured: secured.get_channel_binding("tls-unique") or b"",
    "tls-server-end-point": end_point,
}
QUIRK = ("--quirk", "scram-plus-end-point")
MANY = ("--limit-bad-logins", "0", "--limit-bad-before", "0")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("binding")


@pytest.fixture(scope="module", params=[()])
def running(place: Path, request: pytest.FixtureRequest) -> Iterator[Serving]:
    tls = ("--tls-self-signed", "--ca-out", str(place / "ca.pem"))
    with serving(folder(place / "drop"), *USER, *tls, *MANY, *request.param) as server:
        yield server


@pytest.fixture
def server(running: Serving) -> Iterator[Serving]:
    """One for all tests, each with clients of its own."""
    yield running
    running.hang_up()


def secured(server: Serving, place: Path, version: str) -> tuple[Client, ssl.SSLSocket]:
    client = server.client()
    connection = start_tls(client, place / "ca.pem", version)
    assert connection.version() == f"TLSv{version}"
    return client, connection


def offered(client: Client) -> set[str]:
    [line] = [line for line in capa(client) if line.startswith("SASL ")]
    return set(line.split()[1:])


def answer(client: Client, mechanism: str, user: ScramClient) -> str:
    """The last answer to a whole exchange, or the -ERR that cuts it short."""
    steps = [user.first, user.final, user.end]
    said = client.ask(f"AUTH {mechanism}")
    for step in steps:
        if not said.startswith("+ "):
            return said
        said = client.ask(b64encode(step(b64decode(said[2:]))).decode())
    return said


@pytest.mark.parametrize("binding", list(BINDINGS))
def test_p234_p235_plus_over_tls_1_2(server: Serving, place: Path, binding: str) -> None:
    client, connection = secured(server, place, "1.2")
    assert {PLUS, SCRAM} <= offered(client)
    data = BINDINGS[binding](connection)
    bound = ScramClient("secret", header=f"p={binding},,", binding=data)
    assert answer(client, PLUS, bound).startswith("+OK")


@pytest.mark.parametrize(
    ("mechanism", "header", "binding", "name"),
    [
        (PLUS, "p=tls-unique,,", b"other", "channel-bindings-dont-match"),
        (PLUS, "p=tls-server-end-point,,", b"x" * 32, "channel-bindings-dont-match"),
        (PLUS, "p=tls-unique,,", b"", "channel-bindings-dont-match"),
        (PLUS, "p=tls-exporter,,", b"x" * 32, "unsupported-channel-binding-type"),
        (PLUS, "p=no-such-binding,,", b"x", "unsupported-channel-binding-type"),
        (PLUS, "n,,", b"", "server-does-support-channel-binding"),
        (PLUS, "y,,", b"", "server-does-support-channel-binding"),
        (SCRAM, "y,,", b"", "server-does-support-channel-binding"),
        (SCRAM, "p=tls-unique,,", b"", "channel-binding-not-supported"),
    ],
)
def test_p229_p236_a_wrong_binding_has_a_name(
    server: Serving, place: Path, mechanism: str, header: str, binding: bytes, name: str
) -> None:
    for user in ("ann", "nobody"):
        client, _ = secured(server, place, "1.2")
        wrong = ScramClient("secret", name=user, header=header, binding=binding)
        assert answer(client, mechanism, wrong) == f"{FAILED}: {name}"
        assert answer(client, SCRAM, ScramClient("secret")).startswith("+OK")  # nothing is left
        client.ask("QUIT")


@pytest.mark.parametrize("header", ["n,,", "y,,"])
def test_p229_p235_over_tls_1_3_nothing_is_bound(server: Serving, place: Path, header: str) -> None:
    client, connection = secured(server, place, "1.3")
    assert not [name for name in offered(client) if name.endswith("-PLUS")]
    bound = ScramClient("secret", header="p=tls-server-end-point,,", binding=end_point(connection))
    assert answer(client, PLUS, bound).startswith("-ERR")
    assert answer(client, SCRAM, ScramClient("secret", header=header)).startswith("+OK")


@pytest.mark.parametrize("running", [QUIRK], indirect=True)
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_quirk_binds_to_the_end_point_all_the_same(
    server: Serving, place: Path, version: str
) -> None:
    client, connection = secured(server, place, version)
    assert {PLUS, SCRAM} <= offered(client)
    hidden = answer(client, SCRAM, ScramClient("secret", header="y,,"))
    assert hidden == f"{FAILED}: server-does-support-channel-binding"
    bound = ScramClient("secret", header="p=tls-server-end-point,,", binding=end_point(connection))
    assert answer(client, PLUS, bound).startswith("+OK")
    assert PLUS in offered(client)  # after login, too
    client.ask("QUIT")
    in_clear = server.client()
    assert PLUS not in offered(in_clear)
    assert answer(in_clear, SCRAM, ScramClient("secret", header="y,,")).startswith("+OK")


@pytest.mark.parametrize("running", [("--quirk", f"auth-only {SCRAM}")], indirect=True)
def test_p229_y_is_accepted_from_a_server_that_is_to_offer_no_plus(
    server: Serving, place: Path
) -> None:
    client, _ = secured(server, place, "1.2")
    assert offered(client) == {SCRAM}
    assert answer(client, SCRAM, ScramClient("secret", header="y,,")).startswith("+OK")


def test_p224_p231_other_failures_have_their_names_for_everybody(
    server: Serving, place: Path
) -> None:
    for user in ("ann", "nobody"):
        for wrong, said in (
            (ScramClient("wrong", name=user), f"{FAILED}: invalid-proof"),
            (ScramClient("secret", name=user, echo=lambda nonce: nonce[1:]), "other-error"),
            (ScramClient("secret", name=f"{user}=41"), "invalid-username-encoding"),
            (ScramClient("secret", name=user, extension=",m=x"), "extensions-not-supported"),
        ):
            assert answer(server.client(), SCRAM, wrong).endswith(said)
