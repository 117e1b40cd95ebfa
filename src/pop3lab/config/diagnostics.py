"""Checks settings on this machine: files, the certificate, ports, libraries."""

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import NamedTuple

from pop3lab.config.checks import conflicts, names_a_login
from pop3lab.config.options import TABLE, Settings
from pop3lab.config.reading import Loaded
from pop3lab.config.run_as import identity
from pop3lab.config.types import is_path
from pop3lab.core.errors import ConfigError
from pop3lab.files.reading import MAX_CONFIG_FILE, MAX_LIST_FILE, check_readable
from pop3lab.files.streams import check_stream
from pop3lab.files.writing import check_writable


class Diagnosis(NamedTuple):
    """A check and its result. good: None if it does not matter for the start."""

    good: bool | None
    text: str


# Modules that a setting needs besides the standard library, and how to install them.
OPTIONAL_LIBRARIES = (
    ("trustme", "certificates made at start", "pop3lab"),
    ("scramp", "SCRAM", "pop3lab"),
    ("argon2", "ARGON2ID passwords", "pop3lab[argon2]"),
    ("bcrypt", "BLF-CRYPT passwords", "pop3lab[crypt]"),
    ("passlib", "other CRYPT passwords", "pop3lab[crypt]"),
    ("joserfc", "JSON Web Tokens", "pop3lab[oauth]"),
    ("spnego", "NTLM", "pop3lab[ntlm]"),
    ("prometheus_client", "metrics", "pop3lab[metrics]"),
    ("psycopg", "maildrops in PostgreSQL", "pop3lab[postgres]"),
    ("starlette", "the page and the API over HTTP", "pop3lab[web]"),
    ("uvicorn", "the page and the API over HTTP", "pop3lab[web]"),
    ("aiosmtpd", "mail in by SMTP and LMTP", "pop3lab[smtp]"),
)


Doubts = Callable[[Settings], Iterable[str]]


def no_doubts(settings: Settings) -> Iterable[str]:
    """Return no doubts."""
    return ()


def findings(
    settings: Settings,
    read_users: Callable[[str], object],
    places: Callable[[Settings], Iterable[Diagnosis]] = lambda settings: (),
    read_tls: Callable[[Settings], object] = lambda settings: None,
    doubts: Doubts = no_doubts,
) -> Iterator[Diagnosis]:
    """Check everything. read_users: parses a users file; raises ConfigError or OSError.

    places: checks the maildrop of each user. read_tls: reads certificates and keys; raises
    ConfigError. doubts: returns the warnings of a starting server; raises ConfigError.
    """
    yield from _target(settings)
    yield from places(settings)
    yield from _run_as(settings)
    yield from _readable(settings)
    yield from _writable(settings)
    users = list(_users(settings, read_users))
    yield from users
    if names_a_login(settings) and all(finding.good for finding in users):
        yield from _doubts(settings, doubts)
    yield from _certificate(settings, read_tls)
    yield from _free(settings)
    yield from _libraries(settings)


def _target(settings: Settings) -> Iterator[Diagnosis]:
    target = settings.target
    if target is None or not is_path(target):
        return
    # The folder before {user} must exist; the maildrops are checked elsewhere.
    path, per_user, _ = target.partition("{user}")
    path = os.path.dirname(path) or "." if per_user else path
    if not os.path.exists(path):
        yield Diagnosis(False, f"target {path!r} does not exist")
    elif per_user and os.access(path, os.R_OK | os.X_OK):
        yield Diagnosis(True, f"target {path!r} is readable")
    elif not os.access(path, os.R_OK | os.W_OK | os.X_OK * os.path.isdir(path)):
        yield Diagnosis(False, f"target {path!r} is not readable and writable")
    else:
        yield Diagnosis(True, f"target {path!r} is readable and writable")


def _run_as(settings: Settings) -> Iterator[Diagnosis]:
    if settings.run_as is None:
        return
    try:
        user = identity(settings.run_as)
    except ConfigError as error:
        yield Diagnosis(False, str(error))
        return
    if os.geteuid() != 0:
        yield Diagnosis(False, f"run-as: {user.name!r} needs root at start")
        return
    yield Diagnosis(True, f"run-as: {user.name!r} is user {user.uid}, group {user.gid}")
    yield Diagnosis(None, f"run-as: files were checked as root, not as {user.name!r}")


def _readable(settings: Settings) -> Iterator[Diagnosis]:
    for name in ("config", "cert", "key", "client-ca", "tokens", "oauth-keys"):
        path = TABLE[name].value(settings)
        if path is None:
            continue
        try:
            check_readable(str(path), MAX_LIST_FILE if name == "tokens" else MAX_CONFIG_FILE)
        except OSError as error:
            yield Diagnosis(False, f"{name}: {path!r} can't be read: {error.strerror}")


def _writable(settings: Settings) -> Iterator[Diagnosis]:
    for name in ("ca-out", "transcript", "port-file"):
        path = TABLE[name].value(settings)
        if path is None:
            continue
        try:
            check = check_stream if name == "transcript" else check_writable
            check(str(path))
        except OSError as error:
            yield Diagnosis(False, f"{name}: {path!r} can't be written: {error.strerror}")
            continue
        if name == "transcript" and os.path.exists(str(path)):  # perhaps /dev/stderr
            good = os.access(str(path), os.W_OK)
        else:
            good = os.access(os.path.dirname(str(path)) or ".", os.W_OK | os.X_OK)
        word = "can" if good else "can't"
        yield Diagnosis(good, f"{name}: {path!r} {word} be written")


def _users(settings: Settings, read_users: Callable[[str], object]) -> Iterator[Diagnosis]:
    if settings.users_file is None:
        return
    try:
        read_users(settings.users_file)
    except OSError as error:
        yield Diagnosis(False, f"users-file: {settings.users_file!r}: {error.strerror}")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it is what is to be said
        yield Diagnosis(False, f"users-file: {error}")
    else:
        yield Diagnosis(True, f"users-file: {settings.users_file!r} is valid")


def _doubts(settings: Settings, doubts: Doubts) -> Iterator[Diagnosis]:
    try:
        yield from (Diagnosis(None, text) for text in doubts(settings))
    except ConfigError as error:
        yield Diagnosis(False, str(error))


_SOON = 14  # days in which a certificate should have been renewed


def _certificate(settings: Settings, read_tls: Callable[[Settings], object]) -> Iterator[Diagnosis]:
    if settings.cert is None or settings.key is None:
        return
    try:
        read_tls(settings)
        until = not_after(settings.cert, settings.key)
    except ConfigError as error:
        yield Diagnosis(False, str(error))
    except ssl.SSLCertVerificationError as error:
        yield Diagnosis(False, f"cert: {settings.cert!r}: {error.verify_message}")
    except ssl.SSLError as error:
        yield Diagnosis(False, f"cert and key: {_reason(error)}")
    except OSError as error:
        yield Diagnosis(False, f"cert and key: {error.strerror}")
    else:
        days = int((until - time.time()) // 86_400)
        day = datetime.fromtimestamp(until, UTC).date()
        good = True if days >= _SOON else None
        yield Diagnosis(good, f"cert and key match; valid for {days} days, until {day}")


def _reason(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "they do not belong together"
    return f"they can't be parsed ({error.reason or 'no PEM'})"


def not_after(cert: str, key: str) -> float:
    """Return when a certificate expires, in seconds since 1970, by a handshake with itself.

    Raises OSError; ssl.SSLError if key and certificate do not match or are not PEM;
    SSLCertVerificationError if the certificate is not valid now.
    """
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key, password="")  # do not ask at the terminal
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(cert)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(back, there)
    theirs = server.wrap_bio(there, back, server_side=True)
    while _hands_not_shaken(ours) | _hands_not_shaken(theirs):
        pass
    certificate = ours.getpeercert()
    assert certificate
    return ssl.cert_time_to_seconds(str(certificate["notAfter"]))


def _hands_not_shaken(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return True
    return False


def _free(settings: Settings) -> Iterator[Diagnosis]:
    for name in ("port", "tls-port", "smtp-port", "smtp-tls-port", "lmtp"):
        port = TABLE[name].value(settings)
        if not port or isinstance(port, str):  # the path of a socket
            continue
        for host in settings.hosts:
            yield _free_port(name, host, int(str(port)))
    if (place := settings.metrics) and place.port:
        yield _free_port("metrics", place.host, place.port)
    if (web := settings.web) and web is not True and web.port:
        yield _free_port("web", web.host, web.port)


def _free_port(name: str, host: str, port: int) -> Diagnosis:
    error = _bind(host, port)
    return Diagnosis(error is None, f"{name}: {host} port {port} {error or 'is free'}")


def _bind(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return f"is not available: {error.strerror}"
    return None


def _libraries(settings: Settings) -> Iterator[Diagnosis]:
    needed: Mapping[str, bool] = {
        "trustme": settings.tls_self_signed,
        "joserfc": settings.oauth_keys is not None,
        "prometheus_client": settings.metrics is not None,
        "starlette": bool(settings.web),
        "uvicorn": bool(settings.web),
        "aiosmtpd": settings.takes_mail,
    }
    for module, purpose, package in OPTIONAL_LIBRARIES:
        if find_spec(module):
            yield Diagnosis(True, f"{module} is installed, for {purpose}")
        else:
            good = False if needed.get(module) else None
            hint = f"pip install '{package}'"
            yield Diagnosis(good, f"{module} is not installed, for {purpose}: {hint}")


# The report of `pop3lab doctor`.

_MARKS = {False: "WRONG  ", None: "note   ", True: "ok     "}
_ORDER = list(_MARKS)


def diagnose(
    loaded: Loaded,
    read_users: Callable[[str], object],
    places: Callable[[Settings], Iterable[Diagnosis]] = lambda settings: (),
    read_tls: Callable[[Settings], object] = lambda settings: None,
    doubts: Doubts = no_doubts,
) -> tuple[str, bool]:
    """Return the findings, the settings with their origins, and whether the server can start.

    Mistakes come first, then what is worth a note.

    read_users: parses a users file; raises its mistakes. places, read_tls, doubts: see findings.
    """
    found = [*_agreement(loaded), *findings(loaded.settings, read_users, places, read_tls, doubts)]
    good = all(finding.good is not False for finding in found)
    found.sort(key=lambda finding: _ORDER.index(finding.good))
    lines = [_MARKS[finding.good] + finding.text for finding in found]
    return "\n".join([_VERDICTS[good], "", *lines, "", *_settings(loaded), ""]), good


_VERDICTS = {True: "pop3lab serve can start.", False: "pop3lab serve can't start like this."}


def _settings(loaded: Loaded) -> Iterator[str]:
    shown = {name: row.show(row.value(loaded.settings)) for name, row in TABLE.items()}
    wide = max(map(len, TABLE))
    # One long value does not widen the column of values.
    value_wide = min(max(map(len, shown.values())), 32)
    for name, value in shown.items():
        yield f"{name:<{wide}}  {value:<{value_wide}}  {loaded.origins[name]}"


def _agreement(loaded: Loaded) -> Iterator[Diagnosis]:
    problems = list(conflicts(loaded.settings))
    for problem in problems:
        yield Diagnosis(False if problem.fatal else None, problem.text)
    if not problems:
        yield Diagnosis(True, "the settings agree with each other")
