"""Bad certificates, to a client that looks at them."""

import ssl
from pathlib import Path

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.core.actions import StartTLS
from pop3lab.transport.bad_certificates import VARIANTS
from tests.behaviours.ruled import TLS, Serving, line, ruled, serving
from tests.dialogue import done, fed
from tests.wording import LOG_IN_FIRST

NAMES = [name for name in BEHAVIOURS if name.startswith("cert-")]


@pytest.mark.parametrize("name", NAMES)
def test_the_variant_is_asked_for(name: str) -> None:
    variant = name.removeprefix("cert-")
    assert variant in VARIANTS
    assert done(fed(ruled(name, capabilities=TLS), b"STLS\r\n"))[-1] == StartTLS(variant)
    assert done(ruled(name, capabilities=TLS).greeting(tls=True))[0] == StartTLS(variant)


def do_handshake(server: Serving, *, stls: bool) -> str:
    """How it ends: the reason of the client, or the reply to NOOP."""
    with server.connect() as plain:
        if stls:
            line(plain)
            plain.sendall(b"STLS\r\n")
            line(plain)
        try:
            with server.trusting().wrap_socket(plain, server_hostname="localhost") as client:
                if not stls:
                    line(client)
                client.sendall(b"NOOP\r\n")
                return line(client).decode().rstrip()
        except ssl.SSLCertVerificationError as error:
            return error.verify_message


@pytest.mark.parametrize("stls", [True, False])
def test_one_session_gets_it_and_the_next_one_does_not(tmp_path: Path, stls: bool) -> None:
    with serving(tmp_path, "session=1 -> cert-expired", implicit=not stls) as server:
        assert do_handshake(server, stls=stls) == "certificate has expired"
        assert do_handshake(server, stls=stls) == LOG_IN_FIRST


def test_several_in_turn(tmp_path: Path) -> None:
    rules = [f"session={nth} -> {name}" for nth, name in enumerate(NAMES, 1)]
    with serving(tmp_path, *rules, implicit=True) as server:
        reasons = [do_handshake(server, stls=False) for _ in NAMES]
        assert LOG_IN_FIRST not in reasons
        assert do_handshake(server, stls=False) == LOG_IN_FIRST
