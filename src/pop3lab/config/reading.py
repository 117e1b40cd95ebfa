"""Combines settings from the command line, the environment and a file.

The command line wins over the environment, and that over the file. These imports delay the port
line, so nothing heavy is imported here.
"""

import os

from pop3lab.config.option import ENVIRONMENT, LIMITS, VARIABLE, Option, variable_of
from pop3lab.config.options import DIRECTORY, DIRECTORY_KEYWORDS, STANDARD_PORT, TABLE, Settings
from pop3lab.config.types import RULE
from pop3lab.config.values import SourcedValue, from_text, named_in
from pop3lab.core.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Texts = Mapping[str, Sequence[str]]  # the values given for each option
    Found = Mapping[str, "SourcedValue"]


class Loaded:
    """Settings, and the origin of each, by name."""

    __slots__ = ("origins", "settings")

    def __init__(self, settings: Settings, origins: "Mapping[str, str]") -> None:
        self.settings = settings
        self.origins = origins


def load(texts: "Texts", environ: "Mapping[str, str]") -> Loaded:
    """Return the settings of `pop3lab serve`. Raises ConfigError for an invalid value.

    environ: the whole environment. pop3lab.config.checks checks whether the values agree.
    """
    line = from_texts(texts)
    environment = from_environment(environ)
    asked = line.get("config") or environment.get("config")
    path = str(asked.value) if asked else _ambient(environ)
    return _loaded(_merged(_from_file(path), environment, line), {})


def load_directory(texts: "Texts", keywords: "Sequence[str]" = ()) -> Loaded:
    """Return the settings of `pop3lab DIR KEYWORD...`.

    Reads no file that was not named, and no variable. Raises ConfigError.
    """
    line = from_texts(texts)
    asked = line.get("config")
    given = _merged(_from_file(str(asked.value) if asked else None), line)
    own = tuple(word for word in keywords if word in DIRECTORY_KEYWORDS)
    named = tuple(word for word in keywords if word not in DIRECTORY_KEYWORDS)
    defaults = {**DIRECTORY, "keywords": own}
    if "standardport" in own:
        for other in ("port", "fd", "tls-fd"):
            if other in given:
                raise ConfigError(
                    f"standardport is port {STANDARD_PORT}: give it, or --{other}, not both"
                )
        defaults["port"] = STANDARD_PORT
    if named:
        quirks = given.get("quirk", SourcedValue((), ""))
        given["quirk"] = SourcedValue((*named, *quirks.value), "command line")  # type: ignore[misc]
    if "users-file" in given:
        defaults["users"] = ()  # only the users named there
    return _loaded(given, defaults)


def from_texts(texts: "Texts") -> "Found":
    """Return the values from the command line. Raises ConfigError."""
    return {
        name: SourcedValue(_from_texts(TABLE[name], given, TABLE[name].word), "command line")
        for name, given in texts.items()
    }


def from_environment(environ: "Mapping[str, str]") -> "Found":
    """Return the variables that begin with POP3LAB_; empty ones are ignored.

    Values of a list are separated by white space, rules by line ends. Raises ConfigError.
    """
    found: dict[str, SourcedValue] = {}
    given = [name for name in environ if name.startswith(VARIABLE) and environ[name]]
    known = named_in(ENVIRONMENT, variable_of) if given else {}
    for variable in given:
        if variable not in known:
            from pop3lab.core.suggest import nearest

            raise ConfigError(
                f"environment: {variable}: unknown setting{nearest(variable, list(known))}"
            )
        row, text = known[variable], environ[variable]
        texts = _texts_of(row, text)
        value = _from_texts(row, texts, f"environment: {variable}")
        found[row.name] = SourcedValue(value, f"environment {variable}")
    return found


def _texts_of(row: Option, text: str) -> list[str]:
    if not row.many:
        return [text]
    return text.strip().splitlines() if row.type is RULE else text.split()


def _from_texts(row: Option, texts: "Sequence[str]", at: str) -> object:
    if row.many:
        return tuple(from_text(row, text, at) for text in texts)
    return from_text(row, texts[-1], at)


def _from_file(path: str | None) -> "Found":
    if path is None:
        return {}
    from pop3lab.config.file import from_file  # imported only if needed: it is slow

    return from_file(path)


def _ambient(environ: "Mapping[str, str]") -> str | None:
    """Return the default file, if it exists (XDG Base Directory Specification)."""
    folder = environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(folder):  # the specification says to ignore it
        home = environ.get("HOME", "")
        folder = os.path.join(home, ".config")
        if not os.path.isabs(home):
            return None
    path = os.path.join(folder, "pop3lab", "config.toml")
    return path if os.path.exists(path) else None


def _merged(*sources: "Found") -> "dict[str, SourcedValue]":
    """Merge sources in ascending precedence; options that add up are combined."""
    given: dict[str, SourcedValue] = {}
    for source in sources:
        for name, one in source.items():
            adds = name in given and TABLE[name].adds
            given[name] = _both(given[name], one) if adds else one
    return given


def _both(far: SourcedValue, near: SourcedValue) -> SourcedValue:
    values = (*far.value, *near.value)  # type: ignore[misc]
    return SourcedValue(values, f"{far.origin} and {near.origin}")


def _loaded(given: "dict[str, SourcedValue]", defaults: "Mapping[str, object]") -> Loaded:
    given |= _implied(given, defaults)
    origins = {name: given[name].origin if name in given else "default" for name in TABLE}
    return Loaded(_build(given, defaults), origins)


_TLS_PORT = 1995


def _implied(given: "Found", defaults: "Mapping[str, object]") -> "Found":
    """Return defaults that follow from other settings.

    An inherited socket replaces the port. A TLS port without a certificate implies a self-signed
    one. TLS without a port implies one, which is free if the other port is.
    """
    found: dict[str, SourcedValue] = {}
    if "port" not in given and ("fd" in given or "tls-fd" in given):
        found["port"] = SourcedValue(None, "default, as a socket is inherited")
    plain = _build({**given, **found}, defaults)
    if "tls-self-signed" not in given and not plain.tls and plain.tls_port is not None:
        found["tls-self-signed"] = SourcedValue(True, "default, as tls-port is set")
    if "tls-port" not in given and plain.tls and plain.port is not None:
        port = 0 if plain.port == 0 else _TLS_PORT
        found["tls-port"] = SourcedValue(port, "default, as there is a certificate")
    return found


def _build(given: "Found", defaults: "Mapping[str, object]") -> Settings:
    values = dict(defaults)
    limits = dict(values.pop("limit_values", {}))  # type: ignore[call-overload]
    for name, one in given.items():
        row = TABLE[name]
        (limits if row.group == LIMITS else values)[row.attribute] = one.value
    return Settings(**values, limit_values=limits)
