"""What kinds of values settings have: each is read from text, wherever it stands."""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class SettingType:
    """How a value is read and shown.

    wanted: what is right, as in "give a port". parse: from text; raises ValueError, whose text, if
    any, says more than wanted does. toml: the types it may have in a file. path: relative to the
    file that it stands in. table: reads a TOML table, where the value is one. none: None as text.
    words: how many stand for one value on the command line, joined by join.
    """

    metavar: str
    wanted: str
    parse: Callable[[str], object]
    toml: tuple[type, ...] = (str,)
    path: bool = False
    table: "Callable[[Mapping[str, object]], object] | None" = None
    show: Callable[[object], str] = str
    none: str = "-"
    words: int = 1
    join: str = " "


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in.

    password: in clear; None: the users file has it.
    maildrop: a target of their own, or None for the one that all have.
    """

    name: str
    password: str | None = field(default=None, repr=False)
    maildrop: str | None = None

    def __str__(self) -> str:
        """Without the password."""
        shown = self.name if self.password is None else f"{self.name}:{MASK}"
        return shown if self.maildrop is None else f"{shown} ({self.maildrop})"


@dataclass(frozen=True, slots=True)
class Authzid:
    """A user, by name, who may open the maildrop of another, too."""

    name: str
    user: str

    def __str__(self) -> str:
        """As it is given."""
        return f"{self.name}:{self.user}"


MASK = "********"

# Longer ones are no paths: gen:5?messages=3 and memory: are left as they are.
_SCHEME = re.compile("[a-z][a-z0-9]+:")


def is_path(target: str) -> bool:
    """Whether a target is a folder or a file, and no `scheme:`."""
    return _SCHEME.match(target) is None


def nearest(word: str, known: "list[str] | tuple[str, ...]") -> str:
    """A question for the known word that is most like this one."""
    names = {name.lower(): name for name in known}
    return f"did you mean {names[get_close_matches(word.lower(), names, 1, 0.0)[0]]!r}?"


def integer(least: int, most: int, metavar: str = "N") -> SettingType:
    """A whole number between bounds, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]{1,18}", text) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return SettingType(metavar, f"a whole number from {least} to {most}", parse, (int,))


def choice(*words: str) -> SettingType:
    """One of some words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(nearest(text, words))
        return text

    return SettingType("|".join(words), "one of " + ", ".join(words), parse)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not (math.isfinite(seconds) and 0 <= seconds <= 1e9):
        raise ValueError
    return seconds


def _port(text: str) -> int | None:
    if text == "off":
        return None
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65_535:
        raise ValueError
    return int(text)


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


def _host(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _user(text: str) -> User:
    name, colon, password = text.partition(":")
    if not colon:
        raise ValueError("no colon stands in it")  # never the text itself: it may be a password
    return User(_text(name), _text(password))


def _authzid(text: str) -> Authzid:
    name, _, user = text.partition(":")
    return Authzid(_text(name), _text(user))


def _user_table(table: Mapping[str, object]) -> User:
    known = [field.name for field in fields(User)]
    for key, value in table.items():
        if key not in known:
            raise KeyError(key, nearest(key, known))
        if not isinstance(value, str):
            raise TypeError(key)
    if not table.get("name"):
        raise ValueError("it has no name")
    return User(**{key: _text(str(value)) for key, value in table.items()})


def _rule_table(table: Mapping[str, object]) -> str:
    known = ["when", "do", "times"]
    for key, value in table.items():
        if key not in known:
            raise KeyError(key, nearest(key, known))
        if not isinstance(value, int if key == "times" else str):
            raise TypeError(key)
    if not table.get("do"):
        raise ValueError("it has no do")
    when = str(table.get("when", ""))
    if "times" in table:
        when = f"({when}) times={table['times']}" if when else f"times={table['times']}"
    return _text(f"{when} -> {table['do']}" if when else str(table["do"]))


TEXT = SettingType("TEXT", "a line of printable text", _text)
NAME = SettingType("NAME", "a name", _text)
IDENTITY = SettingType("USER[:GROUP]", "a user of this machine, perhaps with a group", _text)
FILE = SettingType("FILE", "the path of a file", _text, path=True)
TARGET = SettingType(
    "TARGET", "a folder, a Maildir, an mbox file, gen:... or memory:", _text, path=True
)
SECONDS = SettingType(
    "SECONDS", "a number of seconds, 0 or more", _seconds, (int, float), show="{:g}".format
)
PORT = SettingType("PORT", "a port from 0 to 65535, or off", _port, (int, str), none="off")
FLAG = SettingType("", "true or false", _flag, (bool,), show=lambda value: str(value).lower())
HOST = SettingType("ADDRESS", "an IPv4 or IPv6 address; names are not resolved", _host)
NETWORK = SettingType("NETWORK", "a network, as in 10.0.0.0/8 or ::1/128", ipaddress.ip_network)
USER = SettingType(
    "NAME:PASSWORD", "NAME:PASSWORD, in a file a [[user]] table", _user, table=_user_table
)
AUTHZID = SettingType("NAME:USER", "NAME:USER, who may act, and for whom", _authzid)
WHAT = SettingType("WHAT", "a quirk or fault with its values", _text)
RULE = SettingType(
    "WHEN WHAT",
    "a condition and what it does, in a file a [[rule]] table",
    _text,
    table=_rule_table,
    words=2,
    join=" -> ",
)
COUNT = integer(0, 10**9)
DESCRIPTOR = integer(0, 65_535, "FD")
