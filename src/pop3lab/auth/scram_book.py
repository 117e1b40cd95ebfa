"""Keys for a SCRAM mechanism, of users and of those who don't exist (RFC 5802 section 7)."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import shake_256
from math import log

from pop3lab.auth.account import Account
from pop3lab.auth.preparation import prepared
from pop3lab.auth.scram_keys import LEAST_ITERATIONS, Keys, derive, digest_size

_SALT = 16  # octets of a salt made here, as Dovecot's
_MOST_SHAPES = 64  # that are imitated; the rarest are left out
_Shape = tuple[int, int]  # iterations, and octets of the salt


class ScramBook:
    """Looks keys up. One who doesn't exist gets a salt that is always the same, and no real keys.

    Salts made here depend on the secret and the name alone. Iterations and the length of the salt
    are those of users, in their proportions. All look-ups take the same work.
    """

    def __init__(
        self,
        mechanism: str,
        accounts: Sequence[Account],
        find: Callable[[str], Account | None],
        secret: bytes,
    ) -> None:
        self.mechanism = mechanism
        self._find = find
        self._secret = secret
        served = [account.stored for account in accounts if mechanism in account.ways]
        self._derives = any(stored.keys is None for stored in served)
        shapes = Counter(
            (stored.keys.iterations, len(stored.keys.salt))
            if stored.keys
            else (LEAST_ITERATIONS, _SALT)
            for stored in served
        )
        self._shapes = dict(shapes.most_common(_MOST_SHAPES))

    def keys(self, name: str) -> Keys:
        """The keys of a user, or made-up ones that no password fits."""
        account = self._find(name)
        stored = account.stored if account and self.mechanism in account.ways else None
        clear = stored.clear if stored else None
        made = self._made(name, clear)
        disguised = self._disguised(name, made)
        if stored and stored.keys:
            return stored.keys
        return made if clear is not None else disguised

    def _made(self, name: str, clear: str | None) -> Keys:
        salt = self._stable("salt", name, _SALT)
        password = os.urandom(16).hex() if clear is None else clear
        if self._derives:
            return derive(self.mechanism, password, salt, LEAST_ITERATIONS)
        size = digest_size(self.mechanism)
        return Keys(salt, os.urandom(size), os.urandom(size), LEAST_ITERATIONS)

    def _disguised(self, name: str, made: Keys) -> Keys:
        def luck(shape: _Shape) -> float:
            """Weighted rendezvous: a user more or less changes the shape of hardly any name."""
            number = int.from_bytes(self._stable(f"shape {shape}", name, 6), "big")
            return -self._shapes[shape] / log((number + 1) / (2**48 + 1))

        iterations, size = max(self._shapes, key=luck)
        return made._replace(salt=self._stable("salt", name, size), iterations=iterations)

    def _stable(self, use: str, name: str, size: int) -> bytes:
        words = f"\0{self.mechanism}\0{use}\0{prepared(name)}"
        return shake_256(self._secret + words.encode()).digest(size)
