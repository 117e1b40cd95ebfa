"""Checks that settings agree. Opens no file, and looks only at the mode of the key.

These imports delay the port line, so nothing heavy is imported here.
"""

import os

from pop3lab.config.options import DIRECTORY, STDERR, TABLE, Settings
from pop3lab.config.types import STDERR_FILE
from pop3lab.core.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pop3lab.config.types import User

# Passwords that everybody tries first. The user name is another.
_WELL_KNOWN = frozenset(
    ("password", "passw0rd", "pass", "test", "testing", "secret", "admin", "root", "user", "guest")
) | frozenset(("demo", "example", "changeme", "letmein", "pop3", "1234", "12345", "123456"))

_SCHEME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")
_OTHERS_READ = 0o004


class Problem:
    """A problem, and whether it prevents the start."""

    __slots__ = ("fatal", "text")

    def __init__(self, text: str, fatal: bool = True) -> None:
        self.text = text
        self.fatal = fatal


def check_settings(settings: Settings) -> list[str]:
    """Return the warnings. Raises ConfigError if the server must not start."""
    problems = list(conflicts(settings))
    for problem in problems:
        if problem.fatal:
            raise ConfigError(problem.text)
    return [problem.text for problem in problems]


def conflicts(settings: Settings) -> "Iterator[Problem]":
    """Yield all contradictions."""
    yield from _keywords(settings)
    yield from _messages(settings)
    yield from _workers(settings)
    yield from _users(settings)
    yield from _any_user(settings)
    yield from _oauth(settings)
    yield from _ports(settings)
    yield from _certificate(settings)
    yield from _limits(settings)
    yield from page_problems(settings)
    yield from _mail(settings)
    if settings.events == STDERR and settings.transcript == STDERR_FILE:
        yield Problem("events and transcript are both for stderr: give one of them a file")
    yield from exposure(settings, settings.hosts)
    if settings.metrics and not is_loopback(settings.metrics.host):
        told = f"other machines can connect to {settings.metrics} and read the metrics"
        yield Problem(told, fatal=False)
    if any(network.prefixlen == 0 for network in settings.proxies):
        yield Problem("proxy-from covers all addresses: anybody can claim any address", fatal=False)


def _mail(settings: Settings) -> "Iterator[Problem]":
    if settings.catch_all is not None and not settings.takes_mail:
        yield Problem("catch-all is for mail in: give smtp-port or lmtp, too")
    if settings.smtp_tls_port is not None and not settings.tls:
        yield Problem("smtp-tls-port needs a certificate: give cert and key, or tls-self-signed")
    if settings.takes_mail and (settings.target or "").startswith("gen:"):
        yield Problem("smtp-port and lmtp need another TARGET: gen: makes its messages itself")


def exposure(settings: Settings, addresses: "Iterable[str]") -> "Iterator[Problem]":
    """Yield problems of a server that other machines can reach; addresses may be inherited."""
    public = [host for host in addresses if not is_loopback(host)]
    if not public:
        return
    at = " and ".join(public)
    if settings.any_user:
        yield Problem(f"any-user lets everybody in: listen on 127.0.0.1, not on {at}")
    for user in settings.users:
        if _well_known(user):
            told = f"user {user.name!r} has a well-known password: not on {at}: give another"
            yield Problem(told)
    if not settings.public:
        yield Problem(f"other machines can connect to {at}: add --public if that is meant")
        return
    yield Problem(f"other machines can connect to {at} and read what is served", fatal=False)
    yield from _open_to_readers(settings, at)
    if settings.anonymous:
        yield Problem(f"anybody can read the messages of {settings.anonymous!r}", fatal=False)
    if settings.tls_self_signed:
        yield Problem("a certificate made at start is for tests: clients can't trust it", False)


def _open_to_readers(settings: Settings, at: str) -> "Iterator[Problem]":
    """Yield what somebody who reads the network can get."""
    in_clear = settings.allow_clear_passwords
    if in_clear or (in_clear is None and settings.proxies):
        yield Problem(f"passwords may travel in clear to {at}", fatal=False)
    if settings.allow_oauth_in_clear:
        yield Problem(f"tokens may travel in clear to {at}", fatal=False)


def _well_known(user: "User") -> bool:
    return user.password is not None and is_well_known(
        user.name, user.password.removeprefix("{PLAIN}")
    )


def is_well_known(name: str, password: str) -> bool:
    """Whether everybody would try this password first."""
    return password.lower() in {*_WELL_KNOWN, name.lower()}


def _messages(settings: Settings) -> "Iterator[Problem]":
    own = settings.users_file is None and settings.users
    if settings.target is None and not (own and all(user.maildrop for user in settings.users)):
        yield Problem(
            "no messages given: give a TARGET: a folder, a Maildir, an mbox file, gen:..."
        )


def _workers(settings: Settings) -> "Iterator[Problem]":
    """Yield the settings that several processes can't share."""
    if settings.workers == 1:
        return
    targets = [settings.target, *(user.maildrop for user in settings.users)]
    for scheme in ("memory:", "gen:"):
        if any((target or "").startswith(scheme) for target in targets):
            yield Problem(f"{scheme} is not shared between processes: give --workers 1")
    if settings.on_delete == "hide":
        yield Problem("--on-delete hide is not shared between processes: give --workers 1")
    if settings.transcript:
        yield Problem("processes would write one transcript over another: give --workers 1")
    if settings.profile or settings.quirks or settings.rules:
        yield Problem("profile, quirk and rule would count in each process alone: give --workers 1")
    of_one: tuple[str, ...] = ("control", "events", "exit_on_stdin_eof", "max_lifetime")
    of_one += ("metrics", "statistics", "web")
    if any(getattr(settings, name) for name in of_one):
        names = ", ".join(name.replace("_", "-") for name in of_one)
        yield Problem(f"{names} work in one process only: give --workers 1")


def _users(settings: Settings) -> "Iterator[Problem]":
    names = [user.name for user in settings.users]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(
            f"user {name!r} is given twice: give one of them, as users of the command line, the"
            " environment and the file are combined"
        )
    for user in settings.users:
        if user.password is None and settings.users_file is None:
            yield Problem(f"user {user.name!r} has no password, and there is no users-file")
        if not settings.utf8 and not _ascii(user):
            yield Problem(
                f"user {user.name!r} has non-ASCII letters, which only AUTH accepts: give --utf8"
                " for USER and APOP, too",
                fatal=False,
            )
        if user.password and (scheme := _scheme(user.password)):
            yield Problem(
                f"user {user.name!r}: {{{scheme}}} and what follows are read as a password in"
                " clear; put hashes into a users-file",
                fatal=False,
            )
    if not names_a_login(settings):
        yield Problem("nobody could log in: give --user NAME:PASSWORD or --users-file FILE")


def names_a_login(settings: Settings) -> bool:
    """Whether any setting is a way to log in, or names somebody who has one."""
    ways = (settings.users, settings.users_file, settings.anonymous, settings.client_ca)
    return any((*ways, settings.any_user, settings.tokens, settings.oauth_keys))


def _any_user(settings: Settings) -> "Iterator[Problem]":
    """Yield other ways to log in, which any_user leaves no room for."""
    others = ("users-file", "tokens", "oauth-keys", "client-ca", "anonymous", "ntlm", "authzid")
    for name in others if settings.any_user else ():
        if TABLE[name].value(settings):
            yield Problem(f"any-user lets everybody in by a password: leave out {name}")
    if settings.any_user and settings.users not in ((), DIRECTORY["users"]):
        yield Problem("any-user lets everybody in by a password: leave out user")


def _oauth(settings: Settings) -> "Iterator[Problem]":
    if settings.oauth_keys is None and (settings.oauth_issuer or settings.oauth_audience):
        yield Problem("oauth-issuer and oauth-audience need oauth-keys: give --oauth-keys FILE")
    tokens = settings.tokens or settings.oauth_keys or settings.changes_live
    if settings.allow_oauth_in_clear and not tokens:
        yield Problem("allow-oauth-in-clear needs --tokens FILE or --oauth-keys FILE")


def _ascii(user: "User") -> bool:
    return user.name.isascii() and (user.password or "").isascii()


def _ports(settings: Settings) -> "Iterator[Problem]":
    ports = (settings.port, settings.tls_port)
    if ports == (None, None) and not (settings.fds or settings.tls_fds):
        yield Problem("there is nothing to listen on: give --port or --tls-port, which are off")
    if settings.port and settings.port == settings.tls_port:
        yield Problem(f"port and tls-port are both {settings.port}: give another for one of them")
    single = (settings.ready_fd, settings.events)
    descriptors = [*settings.fds, *settings.tls_fds, *(fd for fd in single if fd is not None)]
    for descriptor in sorted({fd for fd in descriptors if descriptors.count(fd) > 1}):
        yield Problem(f"file descriptor {descriptor} is given twice: give another")


def _certificate(settings: Settings) -> "Iterator[Problem]":
    has = settings.tls
    rules = (
        (settings.cert and not settings.key, "cert needs its private key: give --key FILE"),
        (settings.key and not settings.cert, "key needs its certificate: give --cert FILE"),
        (
            settings.tls_self_signed and settings.cert,
            "cert and tls-self-signed exclude each other: give one of them",
        ),
        (settings.ca_out and not settings.tls_self_signed, "ca-out needs --tls-self-signed"),
        (settings.tls_port is not None and not has, "tls-port needs --cert and --key"),
        (settings.tls_fds and not has, "tls-fd needs --cert and --key"),
        (settings.client_ca and not has, "client-ca needs --cert and --key"),
    )
    yield from (Problem(text) for broken, text in rules if broken)
    if settings.key and _others_may_read(settings.key):
        yield Problem(f"others may read the private key: chmod o= {settings.key}", fatal=False)


def page_problems(settings: Settings) -> "Iterator[Problem]":
    """Yield problems of the page over HTTP."""
    if not settings.web:
        for name in ("web-host", "web-token", "web-read-only"):
            if TABLE[name].value(settings):
                yield Problem(f"{name} needs --web")
    elif settings.web is not True and not is_loopback(settings.web.host):
        place = str(settings.web)
        if not settings.web_token:
            told = f"anybody who can connect to {place} could read and change all: give --web-token"
            yield Problem(told)
        yield Problem(f"other machines can connect to {place}, in clear", fatal=False)


def _limits(settings: Settings) -> "Iterator[Problem]":
    if settings.limit_values in ({}, DIRECTORY["limit_values"]):
        return
    from pop3lab.core.config import beyond_bounds  # only if there is something to check

    for name, value, bounds in beyond_bounds(settings.limits):
        setting = f"limit-{name.replace('_', '-')}"
        yield Problem(f"{setting} is {value:.10g}: give a number {bounds}")


def _others_may_read(path: str) -> bool:
    try:
        return bool(os.stat(path).st_mode & _OTHERS_READ)
    except OSError:
        return False


def _scheme(password: str) -> str:
    """Return the scheme in braces before a password hash; empty if there is none."""
    word, brace, _ = password[1:].partition("}")
    return word if password[0] == "{" and brace and word and _SCHEME.issuperset(word) else ""


def _keywords(settings: Settings) -> "Iterator[Problem]":
    """Yield problems of keywords."""
    words = settings.keywords
    if "apoponly" in words and "minimal" in words:
        yield Problem("apoponly and minimal exclude each other: minimal has no APOP")
    if settings.is_directory and settings.utf8 and settings.profile in (None, "mail-box"):
        yield Problem("--utf8 needs --profile NAME: Mail::Box's test server has no UTF8")
    if "minimal" in words and needs_auth(settings):
        yield Problem("minimal has no AUTH, which tokens, certificates and NTLM need")


def needs_auth(settings: Settings) -> bool:
    """Whether some login method works only by AUTH."""
    ways = (settings.tokens, settings.oauth_keys, settings.client_ca, settings.anonymous)
    return bool(any(ways) or settings.ntlm or settings.authzids)


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to an address."""
    if host.startswith("127."):
        return True
    from ipaddress import ip_address  # other addresses have to be parsed

    return ip_address(host).is_loopback
