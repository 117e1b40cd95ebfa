"""Verifying crypt(3) hashes without holding up other threads.

The C library does it. If that lacks the hash, libpass does, in a process of its own: libpass is
pure Python and would keep all other threads waiting.
"""

import ctypes
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from hmac import compare_digest

_Crypt = Callable[
    [bytes, bytes], bytes
]  # a password, and a hash that says how; the hash or nothing

_LIBRARIES = ("libcrypt.so.2", "libcrypt.so.1", None)  # libxcrypt, that or glibc, musl
_SCRATCH = 131_232  # octets of struct crypt_data where it is largest, in glibc
_SAMPLES = (  # of "password"
    b"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
    b"$5$rounds=1000$saltsalt$azOwbpkvuuBKkE82dQPwTsQE8JyT9Fflpr9aKid3aT9",
    (
        b"$6$rounds=1000$saltsalt$Z/J9iYO1iE9xnr8JPQL57ZWsVRtVjrUv3CiWc/wKWseqXgSqn3HFYJ/"
        b"Ng7YXa8XlLj.wpdAwHOJJzuGFqBBRa0"
    ),
)
_PROGRAM = """
import json, sys
asked = json.load(sys.stdin)
sys.path = asked["path"]
import passlib.hash
handler = getattr(passlib.hash, asked["handler"])
print(handler.verify(bytes.fromhex(asked["given"]), asked["hash"]))
"""


def matches(given: bytes, text: str, handler: str) -> bool:
    """Tell whether this is the password of the hash. handler: libpass's name for such hashes.

    Raises OSError if the C library lacks the hash and no process can be started.
    """
    known, crypt = text.encode("ascii"), load_c_crypt()
    made = crypt(given, known) if crypt else b""
    return compare_digest(made, known) if made else matches_in_subprocess(given, text, handler)


@cache
def load_c_crypt() -> _Crypt | None:
    """Return the C library's crypt if it knows all these hashes; some know DES only."""
    for name in _LIBRARIES:
        try:
            crypt = _crypt_of(ctypes.CDLL(name))
        except (OSError, AttributeError):
            continue
        if all(crypt(b"password", sample) == sample for sample in _SAMPLES):
            return crypt
    return None


def _crypt_of(library: ctypes.CDLL) -> _Crypt:
    function = library.crypt_r
    function.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
    function.restype = ctypes.c_char_p

    def crypt(given: bytes, known: bytes) -> bytes:
        made: bytes | None = function(given, known, ctypes.create_string_buffer(_SCRATCH))
        return b"" if made is None or made.startswith(b"*") else made

    return crypt


def matches_in_subprocess(given: bytes, text: str, handler: str) -> bool:
    """Compare by libpass in a process of its own. Raises OSError."""
    asked = {"path": sys.path, "handler": handler, "given": given.hex(), "hash": text}
    done = subprocess.run(  # noqa: S603 - our own words to our own interpreter
        [sys.executable, "-I", "-c", _PROGRAM],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OSError(f"libpass in a process of its own failed with exit code {done.returncode}")
    return done.stdout == "True\n"
