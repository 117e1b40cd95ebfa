"""The types of option values, each parsed from text.

These imports delay the port line, so nothing heavy is imported here.
"""

from pop3lab.core.units import read_number, read_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class OptionType:
    """A type of option values.

    wanted: describes a valid value, as in "give a port". parse: parses text; raises ValueError,
    perhaps with a more specific text. toml: the types allowed in a file. path: it is relative to
    the file. table: parses a TOML table, if the value is one. none: the text for None. secret: not
    shown in errors. choices: all values, if they are few.
    """

    __slots__ = (
        *("choices", "metavar", "none", "parse", "path"),
        *("secret", "show", "table", "toml", "wanted"),
    )

    def __init__(
        self,
        metavar: str,
        wanted: str,
        parse: "Callable[[str], object]",
        toml: tuple[type, ...] = (str,),
        *,
        path: bool = False,
        table: "Callable[[Mapping[str, object]], object] | None" = None,
        show: "Callable[[object], str]" = str,
        none: str = "-",
        secret: bool = False,
        choices: tuple[str, ...] = (),
    ) -> None:
        self.choices = choices
        self.metavar = metavar
        self.wanted = wanted
        self.parse = parse
        self.toml = toml
        self.path = path
        self.table = table
        self.show = show
        self.none = none
        self.secret = secret


class _Record:
    """An immutable record, equal to another with the same attributes."""

    __slots__: tuple[str, ...] = ()

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class User(_Record):
    """A user who may log in.

    password: in clear; None if the users file has it. maildrop: the user's own target; None for the
    common one.
    """

    __slots__ = ("maildrop", "name", "password")

    def __init__(self, name: str, password: str | None = None, maildrop: str | None = None) -> None:
        self.name = name
        self.password = password
        self.maildrop = maildrop

    def __str__(self) -> str:
        """Return the text without the password."""
        shown = self.name if self.password is None else f"{self.name}:{_MASK}"
        return shown if self.maildrop is None else f"{shown} ({self.maildrop})"


class Authzid(_Record):
    """A user who may also open the maildrop of another."""

    __slots__ = ("name", "user")

    def __init__(self, name: str, user: str) -> None:
        self.name = name
        self.user = user

    def __str__(self) -> str:
        """Return the text as it is given."""
        return f"{self.name}:{self.user}"


class HostPort(_Record):
    """An address to listen on, and its port; 0 for a free one."""

    __slots__ = ("host", "port")

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port

    def __str__(self) -> str:
        """Return the text as it is given."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


_MASK = "********"
_LOOPBACK = "127.0.0.1"
_STDERR = 2
STDERR_FILE = "/dev/stderr"
_SCHEME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def is_path(target: str) -> bool:
    """Whether a target is a folder or file, and not `scheme:`.

    Schemes have more than one letter: gen:5?messages=3 and memory: are left as they are.
    """
    scheme, colon, _ = target.partition(":")
    letters = len(scheme) > 1 and scheme[0].isalpha() and _SCHEME.issuperset(scheme)
    return not (colon and letters)


def without_password(target: object) -> str:
    """Return a target as it is shown: the address of a database may have a password in it."""
    text = str(target)
    if "://" not in text:
        return text
    import re  # not without need

    text = re.sub(r"(://[^/:]*:)[^/]*@", rf"\1{_MASK}@", text)
    return re.sub(r"([?&]password=)[^&]*", rf"\1{_MASK}", text)


def integer(least: int, most: int, metavar: str = "N") -> OptionType:
    """Return the type of a whole number between bounds, inclusive."""

    def parse(text: str) -> int:
        number = _whole(text)
        if not least <= number <= most:
            raise ValueError
        return number

    return OptionType(metavar, f"a whole number from {least} to {most}", parse, (int,))


def octets(least: int, most: int) -> OptionType:
    """Return the type of a number of octets between bounds: `512`, `10KiB`."""

    def parse(text: str) -> int:
        if not text[:1].isdecimal():
            raise ValueError
        number = read_number(text)
        if not least <= number <= most:
            raise ValueError
        return number

    wanted = f"a whole number from {least} to {most}, as 512 or 10KiB"
    return OptionType("OCTETS", wanted, parse, (int, str))


def one_of(*words: str) -> OptionType:
    """Return the type of a choice of words."""
    wanted = "one of " + ", ".join(words)

    def parse(text: str) -> str:
        if text not in words:
            from pop3lab.core.suggest import nearest

            raise ValueError(f"give {wanted}{nearest(text, words)}")
        return text

    return OptionType("|".join(words), wanted, parse, choices=words)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise ValueError
    return int(text)


def _seconds(text: str) -> float:
    seconds = read_seconds(text)
    if seconds > 1e9:
        raise ValueError
    return seconds


def _some_seconds(text: str) -> float:
    seconds = _seconds(text)
    if not seconds:
        raise ValueError
    return seconds


def _port(text: str) -> int | None:
    if text == "off":
        return None
    port = _whole(text)
    if port > 65_535:
        raise ValueError
    return port


_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _flag(text: str) -> bool:
    word = text.lower()
    if word not in _FLAGS:
        raise ValueError
    return _FLAGS[word]


def _text(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError
    return text


def _output_file(text: str) -> str:
    return STDERR_FILE if text == "-" else _text(text)


def _host(text: str) -> str:
    if text == _LOOPBACK:
        return text
    from ipaddress import ip_address

    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError from None


def _host_port(text: str) -> HostPort:
    """Parse a port, with an address before it for another than loopback."""
    host, colon, number = text.rpartition(":")
    port = _port(number)
    if host[:1] == "[" and host[-1:] == "]":
        host = host[1:-1]
    elif ":" in host:
        raise ValueError
    if port is None:
        raise ValueError
    return HostPort(_host(host) if colon else _LOOPBACK, port)


def _network(text: str) -> object:
    from ipaddress import ip_network

    try:
        return ip_network(text)
    except ValueError:
        raise ValueError from None


def _user(text: str) -> User:
    name, colon, password = text.partition(":")
    if not colon:
        raise ValueError
    return User(_text(name), _text(password))


def _authzid(text: str) -> Authzid:
    name, _, user = text.partition(":")
    return Authzid(_text(name), _text(user))


def _open_descriptor(text: str) -> int:
    """Parse a descriptor that is writable and not a standard stream."""
    if not (text.isascii() and text.isdecimal()) or int(text) < _STDERR:
        raise ValueError
    try:
        from os import write

        write(int(text), b"")
    except (OSError, OverflowError):
        raise ValueError(
            f"descriptor {text} is not open for writing: open it, as with 3>FILE"
        ) from None
    return int(text)


def _check_keys(
    table: "Mapping[str, object]", known: "tuple[str, ...]", types: "Mapping[str, type]"
) -> None:
    """Raise KeyError with the key and a suggestion, or TypeError with the key."""
    for key, value in table.items():
        if key not in known:
            from pop3lab.core.suggest import nearest

            raise KeyError(key, nearest(key, known))
        if not isinstance(value, types.get(key, str)):
            raise TypeError(key)


def _user_table(table: "Mapping[str, object]") -> User:
    _check_keys(table, ("name", "password", "maildrop"), {})
    if not table.get("name"):
        raise ValueError("it has no name: give one, as in name = 'ann'")
    return User(**{key: _text(str(value)) for key, value in table.items()})


def _rule_table(table: "Mapping[str, object]") -> str:
    _check_keys(table, ("when", "do", "times"), {"times": int})
    if not table.get("do"):
        raise ValueError("it has no do: give an effect, as in do = 'reset'")
    when = str(table.get("when", ""))
    if "times" in table:
        when = f"({when}) times={table['times']}" if when else f"times={table['times']}"
    return _text(f"{when} -> {table['do']}" if when else str(table["do"]))


def _lower(value: object) -> str:
    return str(value).lower()


def _short(value: object) -> str:
    return f"{value:g}"


LINE = OptionType("TEXT", "a line of printable text", _text)
NAME = OptionType("NAME", "a name", _text)
ADDRESS = OptionType("ADDRESS", "an address of mail; '' for bounces", str)
IDENTITY = OptionType("USER[:GROUP]", "a user of this machine, perhaps with a group", _text)
FILE = OptionType("FILE", "the path of a file", _text, path=True)
OUTPUT_FILE = OptionType("FILE", "the path of a file, or - for stderr", _output_file, path=True)
FOLDER = OptionType("DIR", "the path of a folder", _text, path=True)
TARGET = OptionType(
    "TARGET",
    "a folder, a Maildir, an mbox file, gen:..., memory: or postgresql://...",
    _text,
    path=True,
    show=without_password,
)
DURATION = OptionType(
    "SECONDS",
    "a number of seconds, 0 or more, as 1.5 or 200ms",
    _seconds,
    (int, float, str),
    show=_short,
)
SOME_DURATION = OptionType(
    "SECONDS",
    "a number of seconds above 0, as 1.5 or 200ms",
    _some_seconds,
    (int, float, str),
    show=_short,
)
PORT = OptionType("PORT", "a port from 0 to 65535, or off", _port, (int, str), none="off")
FLAG = OptionType("", "true or false", _flag, (bool,), show=_lower)
HOST = OptionType("ADDRESS", "an IPv4 or IPv6 address; names are not resolved", _host)
HOST_PORT = OptionType(
    "[ADDRESS:]PORT",
    "a port, or ADDRESS:PORT, as in 9100 or [::1]:9100; names are not resolved",
    _host_port,
    (int, str),
)
NETWORK = OptionType("NETWORK", "a network, as in 10.0.0.0/8 or ::1/128", _network)
USER = OptionType(
    "NAME:PASSWORD",
    "NAME:PASSWORD, in a file a [[user]] table",
    _user,
    table=_user_table,
    secret=True,
)
AUTHZID = OptionType("NAME:USER", "NAME:USER, who may act, and for whom", _authzid)
BEHAVIOUR = OptionType("BEHAVIOUR", "a quirk or fault with its values", _text)
RULE = OptionType(
    "RULE", "CONDITION -> EFFECT, in a file a [[rule]] table", _text, table=_rule_table
)
NUMBER = integer(0, 10**9)
DESCRIPTOR = integer(0, 65_535, "FD")
OUTPUT = OptionType(
    "FD",
    "a descriptor that is open for writing, from 2 on; 1 is for the port and the statistics",
    _open_descriptor,
    (int,),
)
