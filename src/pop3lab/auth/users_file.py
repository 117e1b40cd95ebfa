"""A users file as Dovecot's passwd-file: a line for each user.

    name:{SCHEME}hash:uid:gid:gecos:home:shell:key=value key=value

Only the first two fields are required, and only the last of the others is used, for
`only=METHOD,METHOD`: the methods by which the user may log in, PASS, APOP and SASL mechanisms.
Empty lines and lines that begin with # are ignored. The file is UTF-8 and has at least one user.
`warn` gets a sentence for each line that may not mean what it says.
"""

import re
from collections.abc import Callable, Iterator

from pop3lab.auth.credentials import LOGIN_METHODS, Account
from pop3lab.auth.password_hashes import read_password, write_password
from pop3lab.core.errors import ConfigError
from pop3lab.files.reading import MAX_LIST_FILE, read_whole

_MOST_NAME = 255  # octets; RFC 4616 section 2
_COMMENT = re.compile(r"\s#")
Warn = Callable[[str], None]  # gets a sentence for the operator


def no_warnings(text: str) -> None:
    """Ignore a warning."""


def read_users_file(path: str, warn: Warn = no_warnings) -> dict[str, Account]:
    """Return the accounts by name.

    Raises ConfigError, which names file and line and shows no hash.
    """
    try:
        octets = read_whole(path, MAX_LIST_FILE)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return read_users(octets, path, warn)


def read_users(octets: bytes, source: str, warn: Warn = no_warnings) -> dict[str, Account]:
    """Return the accounts by name. source: what errors call the file. Raises ConfigError."""
    users: dict[str, Account] = {}
    for number, line in _lines(octets):
        name = ""
        try:
            text = line.decode("utf-8")
            name = _name(text.partition(":")[0])
            _add(users, _account(name, text))
            for odd in _oddities(name, text):
                warn(f"{source} line {number} ({name}): {odd}")
        except UnicodeDecodeError:
            raise ConfigError(f"{source} line {number}: this is not UTF-8") from None
        except (ValueError, ConfigError) as error:
            whose = f" ({name})" if name else ""
            raise ConfigError(f"{source} line {number}{whose}: {error}") from None
    if not users:
        raise ConfigError(
            f"{source}: no users in it: add lines NAME:{{SCHEME}}HASH, see pop3lab passwd"
        )
    return users


def make_entry(name: str, password: str, scheme: str = "SCRAM-SHA-256") -> str:
    """Return a line for a users file, without line end. Raises ConfigError."""
    try:
        entry = f"{_name(name)}:{write_password(password, scheme)}"
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if entry.count(":") > 1:
        raise ConfigError("a password with a colon can't be kept in clear; use another scheme")
    return entry


def _lines(octets: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(octets.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip() and not line.startswith(b"#"):
            yield number, line.removesuffix(b"\r")


def _name(name: str) -> str:
    if not name or not name.isprintable() or ":" in name or name.startswith("#"):
        raise ValueError("a user's name is printable, has no colon and does not begin with #")
    if len(name.encode()) > _MOST_NAME:
        raise ValueError(f"a user's name has no more than {_MOST_NAME} octets")
    return name


def _add(users: dict[str, Account], account: Account) -> None:
    if account.name in users:
        raise ValueError("there is a line for this user already")
    users[account.name] = account


def _account(name: str, line: str) -> Account:
    _, colon, rest = line.partition(":")
    if not colon:
        raise ValueError("no colon and password after the name: pop3lab passwd prints such lines")
    if "\r" in rest:
        raise ValueError("a CR within a line: lines end in LF, or in CRLF")
    password, *others = rest.split(":", 6)
    extra = others[5] if len(others) > 5 else ""
    return Account(name, read_password(password), _only(extra))


def _oddities(name: str, line: str) -> Iterator[str]:
    """Yield warnings about suspicious parts of a line, without secrets."""
    if name != name.strip():
        yield "the blanks around the name are part of it"
    password = line.split(":", 2)[1]
    if _COMMENT.search(password):
        yield "what looks like a comment is part of the password; comments have lines of their own"
    elif password != password.strip():
        yield "the blanks behind the password are part of it"


def _only(extra: str) -> frozenset[str]:
    for word in extra.split():
        key, _, value = word.partition("=")
        if key == "only":
            methods = frozenset(value.upper().split(","))
            if not methods <= LOGIN_METHODS:
                raise ValueError(f"only= takes {','.join(sorted(LOGIN_METHODS))}")
            return methods
    return frozenset()
