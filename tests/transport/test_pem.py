"""What is wrong with certificates and keys is told in a sentence; all else is taken."""

import sys
from pathlib import Path

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.transport.tls import make_tls
from tests.transport.odd_pem import (
    CERTIFICATES,
    KEYS,
    LONG,
    MIDDLE,
    NOT_FOR_TLS,
    RIGHT,
    ROOT,
    Pair,
    blocks,
    crlf,
)

MIDDLE_PEM, ROOT_PEM = MIDDLE.cert_pem.bytes(), ROOT.cert_pem.bytes()
LEAF, BEHIND = blocks(LONG.chain)
EC_PARAMETERS = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


def complaint(folder: Path, pair: Pair, client_ca: str | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        make_tls(*pair.write(folder), client_ca)
    text = str(caught.value)
    assert "\n" not in text
    assert "BEGIN" not in text
    return text


@pytest.mark.parametrize("name", CERTIFICATES)
def test_an_odd_certificate(name: str, tmp_path: Path) -> None:
    octets, how = CERTIFICATES[name]
    cert = str(tmp_path / "cert.pem")
    assert complaint(tmp_path, Pair(octets, RIGHT.key)).startswith(f"cert {cert!r} {how}")


@pytest.mark.parametrize("name", KEYS)
def test_an_odd_key(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    octets, how = KEYS[name]
    key = str(tmp_path / "key.pem")
    assert complaint(tmp_path, Pair(RIGHT.chain, octets)).startswith(f"key {key!r} {how}")


@pytest.mark.parametrize("name", CERTIFICATES)
def test_odd_certificates_of_client_cas(name: str, tmp_path: Path) -> None:
    octets, how = CERTIFICATES[name]
    path = tmp_path / "ca.pem"
    path.write_bytes(octets)
    assert complaint(tmp_path, RIGHT, str(path)).startswith(f"client-ca {str(path)!r} {how}")


@pytest.mark.parametrize(
    ("pair", "how"),
    [
        (Pair(RIGHT.chain, LONG.key), " do not belong together"),
        (Pair(RIGHT.chain, NOT_FOR_TLS), " do not belong together"),
        (Pair(BEHIND + LEAF, LONG.key), " not in first place: put it there"),
        (Pair(ROOT_PEM + LONG.chain, LONG.key), " not in first place: put it there"),
        (
            Pair(LEAF + ROOT_PEM + MIDDLE_PEM, LONG.key),
            " is in a wrong order: behind each certificate belongs that of its issuer",
        ),
    ],
)
def test_odd_pairs(pair: Pair, how: str, tmp_path: Path) -> None:
    assert complaint(tmp_path, pair).endswith(how)


@pytest.mark.parametrize("name", ["cert", "key", "client-ca"])
def test_a_file_that_is_not_there(name: str, tmp_path: Path) -> None:
    RIGHT.write(tmp_path)
    (tmp_path / "client-ca.pem").write_bytes(ROOT_PEM)
    paths = [str(tmp_path / f"{each}.pem") for each in ("cert", "key", "client-ca")]
    (tmp_path / f"{name}.pem").unlink()
    with pytest.raises(ConfigError, match=rf"^{name} '.*' can't be read: No such file"):
        make_tls(*paths)


@pytest.mark.parametrize(
    "pair",
    [
        RIGHT,
        LONG,
        Pair(crlf(RIGHT.chain), crlf(RIGHT.key)),
        Pair(RIGHT.chain + RIGHT.key, RIGHT.key + RIGHT.chain),
        Pair(b"Bag Attributes\n  name: x\n" + RIGHT.chain, b"Key Attributes\n" + RIGHT.key),
        Pair(RIGHT.chain, EC_PARAMETERS + RIGHT.key),
        Pair(LONG.chain + ROOT_PEM, LONG.key),
        Pair(LEAF, LONG.key),
        Pair(LONG.chain + LEAF, LONG.key),
        Pair(RIGHT.chain + MIDDLE_PEM, RIGHT.key),
    ],
    ids=["one", "chain", "crlf", "one-file", "bag", "ec", "root", "leaf", "twice", "others"],
)
def test_what_is_taken(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(crlf(ROOT_PEM) + MIDDLE_PEM)
    tls = make_tls(*pair.write(tmp_path), str(tmp_path / "ca.pem"))
    assert len(tls.context.get_ca_certs()) == 2
    assert len(tls.end_point) == 32
