"""SCRAM keys by name, which tell nobody which users exist, and the secret of their salts."""

import errno
import os
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import shake_256
from math import log

from pop3lab.auth.credentials import (
    MIN_ITERATIONS,
    Account,
    ScramKeys,
    derive_scram_keys,
    saslprep,
    scram_hash_size,
)
from pop3lab.core.errors import ConfigError
from pop3lab.files.durable import sync

_SALT = 16  # octets of a salt made here, as Dovecot's
_MOST_SHAPES = 64  # imitated shapes; the rarest are left out
_Shape = tuple[int, int]  # iterations, and octets of the salt


class ScramCredentials:
    """Looks keys up. An unknown name gets a salt that never changes, and keys that fit nothing.

    Salts made here depend on the secret and the name alone. Unknown names get iterations and
    lengths of salts as users have them, in the same proportions. All look-ups take the same work.
    RFC 5802 section 7.
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
        served = [account.password for account in accounts if mechanism in account.methods]
        self._derives = any(stored.keys is None for stored in served)
        shapes = Counter(
            (stored.keys.iterations, len(stored.keys.salt))
            if stored.keys
            else (MIN_ITERATIONS, _SALT)
            for stored in served
        )
        self._shapes = dict(shapes.most_common(_MOST_SHAPES))

    def keys(self, name: str) -> ScramKeys:
        """Return the keys of a user, or made-up ones that no password fits."""
        account = self._find(name)
        stored = account.password if account and self.mechanism in account.methods else None
        clear = stored.clear if stored else None
        made = self._made(name, clear)
        disguised = self._disguised(name, made)
        if stored and stored.keys:
            return stored.keys
        return made if clear is not None else disguised

    def _made(self, name: str, clear: str | None) -> ScramKeys:
        salt = self._stable("salt", name, _SALT)
        password = os.urandom(16).hex() if clear is None else clear
        if self._derives:
            return derive_scram_keys(self.mechanism, password, salt, MIN_ITERATIONS)
        size = scram_hash_size(self.mechanism)
        return ScramKeys(salt, os.urandom(size), os.urandom(size), MIN_ITERATIONS)

    def _disguised(self, name: str, made: ScramKeys) -> ScramKeys:
        def luck(shape: _Shape) -> float:
            """Weighted rendezvous hashing: one more user changes the shape of hardly any name."""
            number = int.from_bytes(self._stable(f"shape {shape}", name, 6), "big")
            return -self._shapes[shape] / log((number + 1) / (2**48 + 1))

        iterations, size = max(self._shapes, key=luck)
        return made._replace(salt=self._stable("salt", name, size), iterations=iterations)

    def _stable(self, use: str, name: str, size: int) -> bytes:
        words = f"\0{self.mechanism}\0{use}\0{saslprep(name)}"
        return shake_256(self._secret + words.encode()).digest(size)


# The secret of the salts, kept in a file beside the users file.

SALT_KEY_SIZE = 32  # octets
_SUFFIX = ".scram-key"
_TEMPORARY = 8  # random octets in its temporary name


class SaltKey:
    """The secret that salts are derived from: that of the file, which is made if it is missing.

    Once read it stays, so that salts don't change while the server runs. Forked processes have
    the same, with a file or without.
    """

    def __init__(self, users_file: str | None, *, make: bool = True) -> None:
        """users_file: its path; without one nothing is stored. make: whether a file may be made."""
        self._users_file = users_file
        self._make = make
        self._own = os.urandom(SALT_KEY_SIZE)
        self._octets: bytes | None = None

    def octets(self, warn: Callable[[str], None]) -> bytes:
        """Return the key. warn: called once, with a sentence, if it will not outlive this process.

        Raises ConfigError for a file that exists and is no such key.
        """
        if self._octets is None:
            self._octets = self._first(warn)
        return self._octets

    def _first(self, warn: Callable[[str], None]) -> bytes:
        if self._users_file is None:
            return self._own
        path = self._users_file + _SUFFIX
        try:
            return _read(path, self._users_file) or self._new(path, self._users_file)
        except OSError as error:
            warn(
                f"{path}: {error.strerror}: SCRAM salts of unknown names will change at each start,"
                " which tells them from users; let the server create this file once"
            )
            return self._own

    def _new(self, path: str, users_file: str) -> bytes:
        if self._make:
            return _made(path, users_file, self._own)
        if not os.access(os.path.dirname(path) or ".", os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return self._own


def _read(path: str, users_file: str) -> bytes | None:
    """Return the key, or None if there is no file. Raises ConfigError, OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ConfigError(f"{path}: this is a link: remove it for a new key") from None
    try:
        if flaw := _flaw(os.fstat(descriptor), os.stat(users_file)):
            raise ConfigError(f"{path}: {flaw}")
        octets = os.read(descriptor, SALT_KEY_SIZE + 1)
    finally:
        os.close(descriptor)
    if len(octets) != SALT_KEY_SIZE:
        raise ConfigError(f"{path}: a key has {SALT_KEY_SIZE} octets: remove it for a new one")
    return octets


def _flaw(status: os.stat_result, users: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "this is no file: remove it for a new key"
    if status.st_uid not in (0, os.geteuid(), users.st_uid):
        return "it is somebody else's: remove it for a new key"
    if status.st_mode & 0o077:
        return "others may read it: remove it for a new key, or chmod 600"
    return ""


def _made(path: str, users_file: str, octets: bytes) -> bytes:
    """Make the file whole or not at all; the first process to do so decides. Raises OSError."""
    folder, name = os.path.split(path)
    there = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    unfinished = f".{name}.{os.urandom(_TEMPORARY).hex()}"
    try:
        _write(unfinished, there, os.stat(users_file), octets)
        try:
            os.link(unfinished, name, src_dir_fd=there, dst_dir_fd=there)
        except FileExistsError:
            return _read(path, users_file) or octets
        finally:
            os.unlink(unfinished, dir_fd=there)
    finally:
        os.close(there)
    return octets


def _write(name: str, there: int, users: os.stat_result, octets: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(name, flags, 0o600, dir_fd=there), "wb") as file:
        try:
            if os.geteuid() == 0:  # for a process without root
                os.fchown(file.fileno(), users.st_uid, users.st_gid)
            file.write(octets)
            file.flush()
            sync(file.fileno())
        except OSError:
            os.unlink(name, dir_fd=there)
            raise
