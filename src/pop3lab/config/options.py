"""Every option of the server: its name, type, default and help, once.

`pop3lab DIR`, `pop3lab serve`, the environment, the TOML file, `pop3lab doctor`, the help and the
manual are derived from here. These imports delay the port line, so nothing heavy is imported here.
"""

from pop3lab.config.limit_options import LIMIT_ROWS
from pop3lab.config.mail_options import MailSettings
from pop3lab.config.option import COMMAND_LINE, START, Option, option, record
from pop3lab.config.types import (
    AUTHZID,
    BEHAVIOUR,
    DESCRIPTOR,
    DURATION,
    FILE,
    FLAG,
    HOST,
    HOST_PORT,
    IDENTITY,
    LINE,
    NAME,
    NETWORK,
    NUMBER,
    OUTPUT,
    OUTPUT_FILE,
    PORT,
    RULE,
    SOME_DURATION,
    TARGET,
    USER,
    Authzid,
    HostPort,
    User,
    integer,
    one_of,
)
from pop3lab.config.web_options import WebSettings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
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

# The keywords of `pop3lab DIR`, besides names of quirks.
DIRECTORY_KEYWORDS = {
    "minimal": "no APOP, TOP or UIDL",
    "apoponly": "refuse USER: only APOP logs in",
    "autodelete": "delete messages that were retrieved in full, at QUIT",
    "noextra": "add no CRLF before the final dot if the message ends in CRLF",
    "standardport": "listen on port 110",
}


@record
class Settings(WebSettings, MailSettings):
    """All settings of a server. Files are paths, and not opened yet.

    is_directory: for `pop3lab DIR`, whose defaults are in DIRECTORY. keywords: those of `pop3lab
    DIR`. limit_values: the limits that differ from pop3lab.core.config.
    """

    is_directory: bool = False
    keywords: tuple[str, ...] = ()
    limit_values: "Mapping[str, float]" = {}  # noqa: RUF012 - nobody changes it

    target: str | None = option(
        _MESSAGES,
        TARGET,
        "where the messages are: a folder, a Maildir, an mbox file, gen:SEED?..., memory:,"
        " postgresql://...;"
        " {user} in it stands for the login name",
        operand=True,
    )
    on_delete: str = option(
        _MESSAGES, one_of(*_ON_DELETE), "what to do with deleted messages", default="unlink"
    )

    profile: str | None = option(
        _MISBEHAVIOUR, NAME, "behave like this server, see pop3lab profiles", old=("as",)
    )
    quirks: tuple[str, ...] = option(
        _MISBEHAVIOUR,
        BEHAVIOUR,
        "always misbehave like this, see pop3lab quirks",
        name="quirk",
        many=True,
        default=(),
    )
    rules: tuple[str, ...] = option(
        _MISBEHAVIOUR,
        RULE,
        "misbehave under a condition: 'RETR 2 nth=1 -> cut-after 512 then reset'",
        name="rule",
        many=True,
        default=(),
        old_pair="when",
    )
    seed: int | None = option(
        _MISBEHAVIOUR,
        NUMBER,
        "seed for random choices in rules; if unset, one is chosen and printed",
    )

    users: tuple[User, ...] = option(
        _AUTHENTICATION,
        USER,
        "add a user",
        name="user",
        many=True,
        adds=True,
        default=(),
    )
    users_file: str | None = option(
        _AUTHENTICATION, FILE, "read users from lines NAME:{SCHEME}HASH, see pop3lab passwd"
    )
    any_user: bool = option(
        _AUTHENTICATION,
        FLAG,
        "let in each name with each password, on loopback only; memory: has a maildrop for each",
        default=False,
    )
    allow_clear_passwords: bool | None = option(
        _AUTHENTICATION,
        FLAG,
        "accept passwords without TLS, everywhere or nowhere; if unset, on loopback only",
    )
    authzids: tuple[Authzid, ...] = option(
        _AUTHENTICATION,
        AUTHZID,
        "let this user open another's maildrop with a SASL authorization identity",
        name="authzid",
        many=True,
        default=(),
    )
    ntlm: bool = option(
        _AUTHENTICATION, FLAG, "offer NTLM to users whose password is in clear", default=False
    )
    anonymous: str | None = option(
        _AUTHENTICATION, NAME, "offer AUTH ANONYMOUS, which opens the maildrop of this user"
    )
    tokens: str | None = option(
        _AUTHENTICATION,
        FILE,
        "read tokens for OAUTHBEARER and XOAUTH2 from lines TOKEN USER[,USER...] [STATE]",
        old=("oauth-tokens",),
    )
    allow_oauth_in_clear: bool = option(
        _AUTHENTICATION,
        FLAG,
        "accept tokens without TLS, where anybody on the way can read them",
        default=False,
    )
    oauth_keys: str | None = option(
        _AUTHENTICATION, FILE, "keys that verify JSON Web Tokens, PEM or JWKS"
    )
    oauth_issuer: str | None = option(_AUTHENTICATION, LINE, "required issuer of JSON Web Tokens")
    oauth_audience: str | None = option(
        _AUTHENTICATION, LINE, "required audience of JSON Web Tokens"
    )
    oauth_claim: str = option(
        _AUTHENTICATION, NAME, "claim of a JSON Web Token that names the user", default="sub"
    )
    oauth_scope: str | None = option(
        _AUTHENTICATION, NAME, "required scope of tokens, announced to clients"
    )
    oauth_discovery: str | None = option(
        _AUTHENTICATION, LINE, "URL of the OpenID configuration, announced to clients"
    )

    hosts: tuple[str, ...] = option(
        _ADDRESSES, HOST, "address to listen on", name="host", many=True, default=("127.0.0.1",)
    )
    port: int | None = option(_ADDRESSES, PORT, "port for POP3; 0: a free one", default=1110)
    tls_port: int | None = option(
        _ADDRESSES,
        PORT,
        "port for POP3 over TLS; 0: a free one; if unset, 1995 when TLS is set up, else none",
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
        "an inherited listening socket for POP3 over TLS",
        name="tls-fd",
        many=True,
        default=(),
        where=START,
    )
    public: bool = option(
        _ADDRESSES, FLAG, "allow addresses that other machines can reach", default=False
    )
    proxies: "tuple[IPv4Network | IPv6Network, ...]" = option(
        _ADDRESSES,
        NETWORK,
        "expect a PROXY v2 header on connections from this network",
        name="proxy-from",
        many=True,
        default=(),
    )

    cert: str | None = option(_TLS, FILE, "the certificate and its chain, PEM")
    key: str | None = option(_TLS, FILE, "the certificate's private key, PEM")
    tls_self_signed: bool = option(
        _TLS, FLAG, "make a certificate at start, for the hosts and localhost", default=False
    )
    ca_out: str | None = option(_TLS, FILE, "write the CA of that certificate to this file, PEM")
    client_ca: str | None = option(
        _TLS, FILE, "CA that signs client certificates, PEM; enables AUTH EXTERNAL"
    )

    implementation: str | None = option(
        _CAPABILITIES, LINE, "text after IMPLEMENTATION in CAPA; if unset, the version"
    )
    utf8: bool = option(
        _CAPABILITIES,
        FLAG,
        "offer UTF8 (RFC 6856): clients that don't use it get no message with UTF-8 in its header",
        default=False,
    )
    login_delay: int = option(
        _CAPABILITIES,
        NUMBER,
        "minimum seconds between two logins of a user; 0: none",
        default=0,
    )

    log_format: str = option(
        _OUTPUTS,
        one_of("text", "json"),
        "format of the log on stderr; json: one object per line",
        default="text",
    )
    log_level: str = option(
        _OUTPUTS,
        one_of("debug", "info", "warning", "error", "off"),
        "lowest level to log; off: errors only, as plain sentences",
        default="info",
    )
    transcript: str | None = option(
        _OUTPUTS,
        OUTPUT_FILE,
        "write what client and server say to this file, passwords masked, long bodies folded;"
        " .html, .jsonl: as such; -: on stderr, in colour if that is a terminal",
    )
    transcript_bodies: bool = option(_OUTPUTS, FLAG, "write bodies whole there", default=False)
    events: int | None = option(
        _OUTPUTS,
        OUTPUT,
        "write events to stderr, or to this descriptor: one JSON object per line, passwords masked",
        bare=str(STDERR),
    )
    statistics: bool = option(
        _OUTPUTS,
        FLAG,
        "print the number of logins and of each verb on stdout at the end",
        default=False,
    )
    metrics: HostPort | None = option(
        _OUTPUTS,
        HOST_PORT,
        "serve metrics for Prometheus over HTTP; on loopback without ADDRESS; port 0: a free one",
    )
    hint: bool = option(
        _OUTPUTS, FLAG, "print on stderr how to connect", default=False, where=COMMAND_LINE
    )

    config: str | None = option(_CONTROL, FILE, "read settings from this TOML file", where=START)
    control: bool = option(
        _CONTROL,
        FLAG,
        "take commands on stdin, one per line; each is answered on stdout by `ok ...` or `err ...`",
        default=False,
    )
    exit_on_stdin_eof: bool = option(
        _CONTROL,
        FLAG,
        "shut down when stdin ends, as it does when the parent process dies",
        default=False,
    )
    max_lifetime: float | None = option(_CONTROL, SOME_DURATION, "shut down after this time")
    ready: str = option(
        _CONTROL,
        one_of("port", "json"),
        "first line of stdout: the port, or all ports and the process id as JSON",
        default="port",
    )
    port_file: str | None = option(_CONTROL, FILE, "write that line to this file, too")
    ready_fd: int | None = option(
        _CONTROL, DESCRIPTOR, "write a newline to this descriptor when ready", where=START
    )
    run_as: str | None = option(
        _CONTROL, IDENTITY, "switch from root to this user once the ports are bound"
    )
    workers: int = option(
        _CONTROL,
        integer(1, 1024),
        "number of processes; limits on connections count in each",
        default=1,
    )
    grace: float = option(
        _CONTROL,
        DURATION,
        "time that open sessions get when the server stops",
        default=10.0,
    )

    def __init__(self, **values: object) -> None:
        """Take the defaults, except for these values."""
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
        """Return a copy with these values."""
        return Settings(**{**self.__dict__, **values})

    @property
    def limits(self) -> "Limits":
        """All limits."""
        from pop3lab.core.config import Limits  # only if needed

        return Limits(**self.limit_values)  # type: ignore[arg-type]

    @property
    def changes_live(self) -> bool:
        """Whether rules and messages can change while it runs."""
        return self.control or bool(self.web)

    @property
    def tls(self) -> bool:
        """Whether there is a certificate, so that STLS works."""
        return self.tls_self_signed or self.cert is not None


_FIELDS = {**vars(Settings), **vars(WebSettings), **vars(MailSettings)}
_OPTIONS = {name: value for name, value in _FIELDS.items() if isinstance(value, Option)}
_DEFAULTS = {name: row.default for name, row in _OPTIONS.items()} | {
    name: _FIELDS[name] for name in ("is_directory", "keywords", "limit_values")
}
TABLE: "Mapping[str, Option]" = {row.name: row for row in (*_OPTIONS.values(), *LIMIT_ROWS)}

_UNLIMITED = (
    "drain bad_before bad_after login bad_logins stall rate connections connections_address"
)

# The defaults of `pop3lab DIR`, the test server of Perl's Mail::Box.
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
