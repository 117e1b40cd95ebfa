"""All settings of `pop3lab serve` as one frozen value: name, type, default and help in one place.

The command line, the environment, the file, `pop3lab doctor` and the help are derived from here.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pop3lab.config.fields import Group, Setting, SettingSource, table
from pop3lab.config.types import (
    AUTHZID,
    COUNT,
    DESCRIPTOR,
    FILE,
    FLAG,
    HOST,
    IDENTITY,
    NAME,
    NETWORK,
    PORT,
    RULE,
    SECONDS,
    TARGET,
    TEXT,
    USER,
    WHAT,
    Authzid,
    SettingType,
    User,
    choice,
    integer,
)
from pop3lab.core.config import BOUNDS, MOST, MOST_OCTETS
from pop3lab.core.config import Limits as SessionLimits

_MAIL = "messages"
_WHO = "who may log in"
_WRONG = "being wrong"
_AT = "addresses"
_TLS = "TLS"
_SAY = "what the server says of itself"
_LOGS = "logs"
_LIFE = "starting and stopping"
_LIMIT = "limits"

_Octets = integer(1, MOST_OCTETS, "OCTETS")
_Any = integer(0, MOST)
_Some = integer(1, MOST)


def _octets(limit: str) -> SettingType:
    """Within the bounds of a session's limit, so that the first thing said of them is right."""
    return integer(int(BOUNDS[limit].least), int(BOUNDS[limit].most), "OCTETS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(SessionLimits):
    """Bounds of sessions, and of all of them together; 0 switches a count or a time off."""

    line: Annotated[
        int, Setting(_LIMIT, _octets("line"), "octets of a command with its CRLF, other than AUTH")
    ] = 512
    response: Annotated[
        int, Setting(_LIMIT, _octets("response"), "octets of AUTH and of SASL responses")
    ] = 12_288
    drain: Annotated[
        int, Setting(_LIMIT, _Octets, "octets of a too long line that are skipped")
    ] = 65_536
    bad_before: Annotated[
        int, Setting(_LIMIT, _Any, "refused commands before login, then it is closed")
    ] = 5
    bad_after: Annotated[
        int, Setting(_LIMIT, _Any, "refused commands in a row after login, then it is closed")
    ] = 20
    login: Annotated[float, Setting(_LIMIT, SECONDS, "in all for logging in")] = 600.0
    idle: Annotated[float, Setting(_LIMIT, SECONDS, "without a command")] = 600.0
    busy: Annotated[float, Setting(_LIMIT, SECONDS, "a login waits for a locked maildrop")] = 1.0
    busy_step: Annotated[float, Setting(_LIMIT, SECONDS, "between two looks at that lock")] = 0.02
    bad_logins: Annotated[
        int, Setting(_LIMIT, _Any, "refused logins of a connection, then it is closed")
    ] = 3
    delay_addresses: Annotated[
        int, Setting(_LIMIT, _Some, "addresses whose failed logins are remembered")
    ] = 65_536
    hash_threads: Annotated[
        int, Setting(_LIMIT, integer(1, 64, "N"), "password hashes computed at once")
    ] = 2
    hashes_waiting: Annotated[
        int, Setting(_LIMIT, _Some, "logins that wait for their hash; more are refused for now")
    ] = 256
    stall: Annotated[
        float, Setting(_LIMIT, SECONDS, "in which a client must take something of a reply")
    ] = 60.0
    rate: Annotated[
        int, Setting(_LIMIT, _Any, "octets a second that a client must take at least")
    ] = 256
    connections: Annotated[
        int, Setting(_LIMIT, _Some, "at once; those longest without login go first")
    ] = 10_000
    connections_address: Annotated[
        int, Setting(_LIMIT, _Any, "at once of an IPv4 address or IPv6 /64; loopback: any number")
    ] = 50
    handshake: Annotated[float, Setting(_LIMIT, SECONDS, "for a TLS handshake")] = 10.0
    tls_buffer: Annotated[int, Setting(_LIMIT, _Octets, "read at once from a TLS session")] = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `pop3lab serve` was asked to do. Files are paths, not opened yet."""

    config: Annotated[
        str | None,
        Setting(_LIFE, FILE, "read settings from this TOML file", where=SettingSource.START),
    ] = None

    target: Annotated[
        str | None,
        Setting(
            _MAIL,
            TARGET,
            "where the messages are: a folder, a Maildir, an mbox file, gen:SEED?..., memory:;"
            " {user} in it stands for the login name",
            operand=True,
        ),
    ] = None
    on_delete: Annotated[
        str, Setting(_MAIL, choice("unlink", "hide", "trash"), "what becomes of deleted messages")
    ] = "unlink"

    profile: Annotated[
        str | None, Setting(_WRONG, NAME, "be like this server, see pop3lab profiles", name="as")
    ] = None
    quirks: Annotated[
        tuple[str, ...],
        Setting(_WRONG, WHAT, "always be wrong in this way, see pop3lab quirks", one="quirk"),
    ] = ()
    rules: Annotated[
        tuple[str, ...],
        Setting(
            _WRONG,
            RULE,
            "be wrong in this way then: 'RETR 2 nth=1' 'cut-after 512 then reset'",
            one="rule",
            option="when",
            where=SettingSource.COMMAND_LINE | SettingSource.FILE,
        ),
    ] = ()
    seed: Annotated[
        int | None, Setting(_WRONG, COUNT, "of all chance; one is chosen and logged otherwise")
    ] = None

    users: Annotated[
        tuple[User, ...], Setting(_WHO, USER, "somebody who may log in", one="user", adds=True)
    ] = ()
    users_file: Annotated[
        str | None, Setting(_WHO, FILE, "lines NAME:{SCHEME}HASH, see pop3lab passwd")
    ] = None
    allow_clear_passwords: Annotated[
        bool | None,
        Setting(_WHO, FLAG, "without TLS, everywhere or nowhere; if unset, on loopback only"),
    ] = None
    authzids: Annotated[
        tuple[Authzid, ...],
        Setting(
            _WHO,
            AUTHZID,
            "this user may open the maildrop of another, by an authorization identity of SASL",
            one="authzid",
        ),
    ] = ()
    ntlm: Annotated[
        bool, Setting(_WHO, FLAG, "offer NTLM, to users whose password is known in clear")
    ] = False
    anonymous: Annotated[
        str | None, Setting(_WHO, NAME, "the user whose maildrop AUTH ANONYMOUS opens")
    ] = None
    oauth_tokens: Annotated[
        str | None,
        Setting(_WHO, FILE, "lines TOKEN USER[,USER...] [STATE], for OAUTHBEARER and XOAUTH2"),
    ] = None
    allow_oauth_in_clear: Annotated[
        bool, Setting(_WHO, FLAG, "take tokens without TLS, too: whoever reads them has them")
    ] = False
    oauth_keys: Annotated[
        str | None, Setting(_WHO, FILE, "the keys, PEM or JWKS, that JSON Web Tokens are signed by")
    ] = None
    oauth_issuer: Annotated[
        str | None, Setting(_WHO, TEXT, "who must have issued a JSON Web Token")
    ] = None
    oauth_audience: Annotated[
        str | None, Setting(_WHO, TEXT, "for whom a JSON Web Token must be")
    ] = None
    oauth_claim: Annotated[str, Setting(_WHO, NAME, "what names the user in a JSON Web Token")] = (
        "sub"
    )
    oauth_scope: Annotated[
        str | None, Setting(_WHO, NAME, "what a token must be good for; clients are told")
    ] = None
    oauth_discovery: Annotated[
        str | None, Setting(_WHO, TEXT, "the URL of the OpenID configuration; clients are told")
    ] = None

    hosts: Annotated[tuple[str, ...], Setting(_AT, HOST, "listen here", one="host")] = (
        "127.0.0.1",
    )
    port: Annotated[int | None, Setting(_AT, PORT, "POP3; 0 takes a free one")] = 1110
    tls_port: Annotated[
        int | None,
        Setting(_AT, PORT, "POP3 over TLS; by default 1995 where TLS is set up, else off"),
    ] = None
    fds: Annotated[
        tuple[int, ...],
        Setting(
            _AT, DESCRIPTOR, "an inherited listening socket", one="fd", where=SettingSource.START
        ),
    ] = ()
    tls_fds: Annotated[
        tuple[int, ...],
        Setting(
            _AT, DESCRIPTOR, "the same for POP3 over TLS", one="tls-fd", where=SettingSource.START
        ),
    ] = ()
    public: Annotated[bool, Setting(_AT, FLAG, "other machines may connect")] = False
    proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        Setting(_AT, NETWORK, "connections from here begin with PROXY v2", one="proxy-from"),
    ] = ()

    cert: Annotated[str | None, Setting(_TLS, FILE, "the certificate and its chain, PEM")] = None
    key: Annotated[str | None, Setting(_TLS, FILE, "the certificate's private key, PEM")] = None
    tls_self_signed: Annotated[
        bool, Setting(_TLS, FLAG, "make a certificate at start, for the hosts and localhost")
    ] = False
    ca_out: Annotated[
        str | None,
        Setting(
            _TLS, FILE, "write the maker of that certificate here, PEM, a new or a regular file"
        ),
    ] = None
    client_ca: Annotated[
        str | None, Setting(_TLS, FILE, "who vouches for client certificates, PEM; AUTH EXTERNAL")
    ] = None

    implementation: Annotated[
        str | None, Setting(_SAY, TEXT, "after IMPLEMENTATION in CAPA; by default the version")
    ] = None
    utf8: Annotated[
        bool,
        Setting(
            _SAY,
            FLAG,
            "offer UTF8 (RFC 6856): a client that doesn't say it gets no message with UTF-8 in its"
            " header",
        ),
    ] = False
    login_delay: Annotated[
        int, Setting(_SAY, _Any, "seconds between two logins of a user; 0: any")
    ] = 0

    log_format: Annotated[
        str, Setting(_LOGS, choice("text", "json"), "on stderr; json: an object a line")
    ] = "text"
    log_level: Annotated[
        str, Setting(_LOGS, choice("debug", "info", "warning", "error"), "what is logged at least")
    ] = "info"
    transcript: Annotated[
        str | None, Setting(_LOGS, FILE, "what client and server say, passwords masked")
    ] = None

    ready: Annotated[str, Setting(_LIFE, choice("port", "json"), "the first line of stdout")] = (
        "port"
    )
    port_file: Annotated[
        str | None, Setting(_LIFE, FILE, "write that line here too, a new or a regular file")
    ] = None
    ready_fd: Annotated[
        int | None,
        Setting(_LIFE, DESCRIPTOR, "write a newline here when ready", where=SettingSource.START),
    ] = None
    run_as: Annotated[
        str | None, Setting(_LIFE, IDENTITY, "give root up for this user when the ports are bound")
    ] = None
    workers: Annotated[
        int, Setting(_LIFE, integer(1, 1024), "processes; each counts its connections alone")
    ] = 1
    grace: Annotated[
        float, Setting(_LIFE, SECONDS, "that sessions have to end when the server stops")
    ] = 10.0

    limits: Annotated[Limits, Group(_LIMIT, "limit-")] = Limits()

    @property
    def tls(self) -> bool:
        """Whether there is a certificate, so that STLS works."""
        return self.tls_self_signed or self.cert is not None


TABLE = table(Settings)
