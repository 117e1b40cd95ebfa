"""Every option of the server: its name, type, default and help, once.

`pop3lab DIR`, `pop3lab serve`, the environment, the TOML file, `pop3lab doctor`, the help and the
manual are derived from here. What is imported here is imported before the port line: nothing heavy.
"""

from pop3lab.config.limit_options import LIMIT_ROWS
from pop3lab.config.option import (
    COMMAND_LINE,
    START,
    Option,
    option,
    record,
)
from pop3lab.config.types import (
    AUTHZID,
    BEHAVIOUR,
    DESCRIPTOR,
    DURATION,
    FILE,
    FLAG,
    HOST,
    IDENTITY,
    LINE,
    NAME,
    NETWORK,
    NUMBER,
    OUTPUT,
    PORT,
    RULE,
    SOME_DURATION,
    TARGET,
    USER,
    Authzid,
    User,
    integer,
    one_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from ipaddress import IPv4Network, IPv6Network

    from pop3lab.core.config import Limits

_MESSAGES = "messages"
_MISBEHAVIOUR = "misbehaviour"
_AUTHENTICATION = "authentication"
_ADDRESSES = "addresses"
_TLS = "TLS"
_CAPABILITIES = "capabilities"
_OUTPUTS = "logs, transcript and events"
_CONTROL = "control, starting and stopping"

STDERR = 2

_ON_DELETE = ("unlink", "hide", "trash")

# The keywords of `pop3lab DIR`, beside quirks by their names.
DIRECTORY_KEYWORDS = {
    "minimal": "no APOP, TOP and UIDL",
    "apoponly": "USER is refused: only APOP logs in",
    "autodelete": "what was retrieved whole is deleted at QUIT",
    "noextra": "no CRLF before the final dot of a message that ends in CRLF",
    "standardport": "listen on port 110",
}


@record
class Settings:
    """What the server was asked to do. Files are paths, not opened yet.

    is_directory: whether it is `pop3lab DIR`, whose defaults are those of DIRECTORY. keywords:
    those of it. limit_values: the limits that are not as in pop3lab.core.config.
    """

    is_directory: bool = False
    keywords: tuple[str, ...] = ()
    limit_values: "Mapping[str, float]" = {}  # noqa: RUF012 - nobody changes it

    target: str | None = option(
        _MESSAGES,
        TARGET,
        "where the messages are: a folder, a Maildir, an mbox file, gen:SEED?..., memory:;"
        " {user} in it stands for the login name",
        operand=True,
    )
    on_delete: str = option(
        _MESSAGES, one_of(*_ON_DELETE), "what becomes of deleted messages", default="unlink"
    )

    profile: str | None = option(
        _MISBEHAVIOUR,
        NAME,
        "behave like this server in all its peculiarities, see pop3lab profiles",
        old=("as",),
    )
    quirks: tuple[str, ...] = option(
        _MISBEHAVIOUR,
        BEHAVIOUR,
        "misbehave in this way always, see pop3lab quirks",
        name="quirk",
        many=True,
        default=(),
    )
    rules: tuple[str, ...] = option(
        _MISBEHAVIOUR,
        RULE,
        "misbehave in this way then: 'RETR 2 nth=1 -> cut-after 512 then reset'",
        name="rule",
        many=True,
        default=(),
        old_pair="when",
    )
    seed: int | None = option(
        _MISBEHAVIOUR, NUMBER, "of all chance in rules; one is chosen and told otherwise"
    )

    users: tuple[User, ...] = option(
        _AUTHENTICATION,
        USER,
        "somebody who may log in",
        name="user",
        many=True,
        adds=True,
        default=(),
    )
    users_file: str | None = option(
        _AUTHENTICATION, FILE, "lines NAME:{SCHEME}HASH, see pop3lab passwd"
    )
    allow_clear_passwords: bool | None = option(
        _AUTHENTICATION, FLAG, "without TLS, everywhere or nowhere; if unset, on loopback only"
    )
    authzids: tuple[Authzid, ...] = option(
        _AUTHENTICATION,
        AUTHZID,
        "this user may open the maildrop of another, by an authorization identity of SASL",
        name="authzid",
        many=True,
        default=(),
    )
    ntlm: bool = option(
        _AUTHENTICATION,
        FLAG,
        "offer NTLM, to users whose password is known in clear",
        default=False,
    )
    anonymous: str | None = option(
        _AUTHENTICATION, NAME, "the user whose maildrop AUTH ANONYMOUS opens"
    )
    tokens: str | None = option(
        _AUTHENTICATION,
        FILE,
        "lines TOKEN USER[,USER...] [STATE], for OAUTHBEARER and XOAUTH2",
        old=("oauth-tokens",),
    )
    allow_oauth_in_clear: bool = option(
        _AUTHENTICATION,
        FLAG,
        "take tokens without TLS, too: whoever reads them has them",
        default=False,
    )
    oauth_keys: str | None = option(
        _AUTHENTICATION, FILE, "the keys, PEM or JWKS, that JSON Web Tokens are signed by"
    )
    oauth_issuer: str | None = option(
        _AUTHENTICATION, LINE, "who must have issued a JSON Web Token"
    )
    oauth_audience: str | None = option(_AUTHENTICATION, LINE, "for whom a JSON Web Token must be")
    oauth_claim: str = option(
        _AUTHENTICATION, NAME, "what names the user in a JSON Web Token", default="sub"
    )
    oauth_scope: str | None = option(
        _AUTHENTICATION, NAME, "what a token must be good for; clients are told"
    )
    oauth_discovery: str | None = option(
        _AUTHENTICATION, LINE, "the URL of the OpenID configuration; clients are told"
    )

    hosts: tuple[str, ...] = option(
        _ADDRESSES, HOST, "listen here", name="host", many=True, default=("127.0.0.1",)
    )
    port: int | None = option(_ADDRESSES, PORT, "POP3; 0 takes a free one", default=1110)
    tls_port: int | None = option(
        _ADDRESSES,
        PORT,
        "POP3 over TLS; 0 takes a free one; by default 1995 where TLS is set up, else off",
    )
    fds: tuple[int, ...] = option(
        _ADDRESSES,
        DESCRIPTOR,
        "an inherited listening socket",
        name="fd",
        many=True,
        default=(),
        where=START,
    )
    tls_fds: tuple[int, ...] = option(
        _ADDRESSES,
        DESCRIPTOR,
        "the same for POP3 over TLS",
        name="tls-fd",
        many=True,
        default=(),
        where=START,
    )
    public: bool = option(_ADDRESSES, FLAG, "other machines may connect", default=False)
    proxies: "tuple[IPv4Network | IPv6Network, ...]" = option(
        _ADDRESSES,
        NETWORK,
        "connections from here begin with PROXY v2",
        name="proxy-from",
        many=True,
        default=(),
    )

    cert: str | None = option(_TLS, FILE, "the certificate and its chain, PEM")
    key: str | None = option(_TLS, FILE, "the certificate's private key, PEM")
    tls_self_signed: bool = option(
        _TLS, FLAG, "make a certificate at start, for the hosts and localhost", default=False
    )
    ca_out: str | None = option(
        _TLS, FILE, "write the maker of that certificate here, PEM, a new or a regular file"
    )
    client_ca: str | None = option(
        _TLS, FILE, "who vouches for client certificates, PEM; AUTH EXTERNAL"
    )

    implementation: str | None = option(
        _CAPABILITIES, LINE, "after IMPLEMENTATION in CAPA; by default the version"
    )
    utf8: bool = option(
        _CAPABILITIES,
        FLAG,
        "offer UTF8 (RFC 6856): a client that doesn't say it gets no message with UTF-8 in its"
        " header",
        default=False,
    )
    login_delay: int = option(
        _CAPABILITIES,
        NUMBER,
        "seconds between two logins of a user; 0: any",
        default=0,
    )

    log_format: str = option(
        _OUTPUTS, one_of("text", "json"), "on stderr; json: an object a line", default="text"
    )
    log_level: str = option(
        _OUTPUTS,
        one_of("debug", "info", "warning", "error", "off"),
        "what is logged at least; off: only sentences on what goes wrong",
        default="info",
    )
    transcript: str | None = option(_OUTPUTS, FILE, "what client and server say, passwords masked")
    events: int | None = option(
        _OUTPUTS,
        OUTPUT,
        "write what happens to stderr, or to this descriptor: an object of JSON on a line for each"
        " event, passwords masked",
        bare=str(STDERR),
    )
    statistics: bool = option(
        _OUTPUTS, FLAG, "print logins and verbs at the end, on stdout", default=False
    )
    hint: bool = option(
        _OUTPUTS, FLAG, "say on stderr how to connect", default=False, where=COMMAND_LINE
    )

    config: str | None = option(_CONTROL, FILE, "read settings from this TOML file", where=START)
    control: bool = option(
        _CONTROL,
        FLAG,
        "obey commands on stdin, a line each; each is answered by a line on stdout, `ok ...` or"
        " `err ...`",
        default=False,
    )
    exit_on_stdin_eof: bool = option(
        _CONTROL,
        FLAG,
        "shut down when stdin ends, as it does when the parent process dies",
        default=False,
    )
    max_lifetime: float | None = option(
        _CONTROL, SOME_DURATION, "shut down by itself after so long"
    )
    ready: str = option(
        _CONTROL,
        one_of("port", "json"),
        "the first line of stdout: the port, or all ports and the process as an object",
        default="port",
    )
    port_file: str | None = option(
        _CONTROL, FILE, "write that line here too, a new or a regular file"
    )
    ready_fd: int | None = option(
        _CONTROL, DESCRIPTOR, "write a newline here when ready", where=START
    )
    run_as: str | None = option(
        _CONTROL, IDENTITY, "give root up for this user when the ports are bound"
    )
    workers: int = option(
        _CONTROL, integer(1, 1024), "processes; each counts its connections alone", default=1
    )
    grace: float = option(
        _CONTROL,
        DURATION,
        "that sessions have to end when the server stops",
        default=10.0,
    )

    def __init__(self, **values: object) -> None:
        """As the defaults are, but for these."""
        for name in values:
            if name not in _DEFAULTS:
                raise TypeError(f"no setting has the name {name!r}")
        self.__dict__.update(_DEFAULTS)
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"settings are never changed: replace(...) makes others of {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.target, self.users, self.port))

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"Settings({', '.join(shown)})"

    def replace(self, **values: object) -> "Settings":
        """The same, but for these."""
        return Settings(**{**self.__dict__, **values})

    @property
    def limits(self) -> "Limits":
        """All of them."""
        from pop3lab.core.config import Limits  # not before somebody asks

        return Limits(**self.limit_values)  # type: ignore[arg-type]

    @property
    def tls(self) -> bool:
        """Whether there is a certificate, so that STLS works."""
        return self.tls_self_signed or self.cert is not None


def _default(value: object) -> object:
    return value.default if isinstance(value, Option) else value


_DEFAULTS = {
    name: _default(value)
    for name, value in vars(Settings).items()
    if isinstance(value, Option) or name in ("is_directory", "keywords", "limit_values")
}


def _rows() -> "Iterator[Option]":
    yield from (value for value in vars(Settings).values() if isinstance(value, Option))
    yield from LIMIT_ROWS


TABLE: "Mapping[str, Option]" = {row.name: row for row in _rows()}

_UNLIMITED = (
    "drain bad_before bad_after login bad_logins stall rate connections connections_address"
)

# What `pop3lab DIR` is without an option: the test server of Perl's Mail::Box.
DIRECTORY = {
    "is_directory": True,
    "users": (User("user", "password"),),
    "port": 0,
    "implementation": "",
    "log_level": "off",
    "statistics": True,
    "grace": 0.0,
    "limit_values": dict.fromkeys(_UNLIMITED.split(), 0),
}
STANDARD_PORT = 110
