"""crypt(3)'s hashes, compared so that other threads go on."""

import ctypes
import sys
import threading
import time

import passlib.hash  # type: ignore[import-untyped]
import pytest

from pop3lab.auth import c_crypt
from pop3lab.auth.password_hashes import read_password

HASHES = {
    "md5_crypt": "$1$EFhKMVAt$DXOPRdS.DdvnzVEHnM8qz1",
    "sha256_crypt": "$5$29DrwP.E2kQcNQd8$pDKjusYIERObiNm7Wb.2RHVdf1HtnZHeb1ZYScLWeJ8",
    "sha512_crypt": (
        "$6$XZLqYW6WV3uvUccM$bsd3e1spmDMtfCLVoWUItu23nBX7OHphfVgND7mZSqapXf1nYtgEhx4e6Zn598X8"
        "HRxRVAktmDnZYJxym2zmp0"
    ),
}
SLOW = "$6$rounds=500000$saltsalt$" + "x" * 86  # of no password


@pytest.mark.parametrize("handler", HASHES)
def test_c_and_libpass_agree(handler: str) -> None:
    text = HASHES[handler]
    for given in (b"secret", b"Secret", b"", b"\xc3\xa9" * 100):
        right = given == b"secret"
        assert c_crypt.matches(given, text, handler) is right
        assert c_crypt.matches_in_subprocess(given, text, handler) is right


def test_it_is_the_c_library_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*words: object) -> bool:
        raise AssertionError

    for handler in HASHES:
        monkeypatch.setattr(getattr(passlib.hash, handler), "verify", never)
    monkeypatch.setattr(c_crypt, "matches_in_subprocess", never)
    for text in HASHES.values():
        assert read_password(text).matches(b"secret")


def test_other_threads_go_on_meanwhile() -> None:
    hashing = threading.Thread(target=c_crypt.matches, args=(b"word", SLOW, "sha512_crypt"))
    c_crypt.load_c_crypt()
    turns = 0
    hashing.start()
    while hashing.is_alive():
        turns += 1
        time.sleep(0)
    assert turns > 100  # with a library that keeps the interpreter, one or two


def test_without_the_c_library_a_process_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_crypt, "load_c_crypt", lambda: None)
    stored = read_password(HASHES["sha512_crypt"])
    assert stored.matches(b"secret")
    assert not stored.matches(b"Secret")


def test_a_hash_that_c_refuses_is_left_to_libpass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_crypt, "load_c_crypt", lambda: lambda given, known: b"")
    assert c_crypt.matches(b"secret", HASHES["sha256_crypt"], "sha256_crypt")


def test_a_c_library_without_these_hashes_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        """Knows DES only."""

        def __init__(self, name: str | None) -> None:
            self.crypt_r = self

        def __call__(self, given: bytes, known: bytes, scratch: object) -> bytes:
            return b"$1kpqHMvQ2rM2"

    monkeypatch.setattr(ctypes, "CDLL", Old)
    assert c_crypt.load_c_crypt.__wrapped__() is None


def test_a_process_that_fails_is_no_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(OSError, match="failed with exit code 1"):
        c_crypt.matches_in_subprocess(b"secret", HASHES["sha256_crypt"], "sha256_crypt")
