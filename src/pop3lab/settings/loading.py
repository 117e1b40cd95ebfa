"""Settings from the command line, the environment and a file: the nearer one wins."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pop3lab.settings.sources import Found, Given, from_environment, from_file, from_words
from pop3lab.settings.values import TABLE, Limits, Settings


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each came from, by its name."""

    settings: Settings
    origins: Mapping[str, str]


def load(words: Mapping[str, Sequence[str]], environ: Mapping[str, str]) -> Loaded:
    """Merge what was given. Raises ConfigError for a value that can't be, or an unknown key.

    words: what was given to each option; environ: the whole environment. Whether the values agree
    with each other is for pop3lab.settings.checks.
    """
    line = from_words(words, TABLE)
    environment = from_environment(environ, TABLE)
    asked = line.get("config") or environment.get("config")
    path = str(asked.value) if asked else _ambient(environ)
    file = from_file(path, TABLE) if path else {}
    given = _merged(file, environment, line)
    given |= _implied(given)
    origins = {name: given[name].origin if name in given else "default" for name in TABLE}
    return Loaded(_build(given), origins)


def _merged(*sources: Found) -> dict[str, Given]:
    """The farthest source first: the nearer one wins, or adds where a setting is of that kind."""
    given: dict[str, Given] = {}
    for source in sources:
        for name, one in source.items():
            adds = name in given and TABLE[name].setting.adds
            given[name] = _both(given[name], one) if adds else one
    return given


def _both(far: Given, near: Given) -> Given:
    values = (*cast(tuple[Any, ...], far.value), *cast(tuple[Any, ...], near.value))
    return Given(values, f"{far.origin} and {near.origin}")


def _ambient(environ: Mapping[str, str]) -> str | None:
    """The file that is read unasked, if it is there (XDG Base Directory Specification)."""
    folder = environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(folder):  # which the specification says to ignore
        home = environ.get("HOME", "")
        folder = os.path.join(home, ".config")
        if not os.path.isabs(home):
            return None
    path = os.path.join(folder, "pop3lab", "config.toml")
    return path if os.path.exists(path) else None


def _implied(given: Found) -> Found:
    """Defaults that follow from other settings.

    An inherited socket stands for the port; a TLS port without a certificate asks for one that is
    made at start; TLS without a port gets one, a free one where the other port is a free one too.
    """
    found: dict[str, Given] = {}
    if "port" not in given and ("fd" in given or "tls-fd" in given):
        found["port"] = Given(None, "default, as a socket is inherited")
    plain = _build({**given, **found})
    if "tls-self-signed" not in given and not plain.tls and plain.tls_port is not None:
        found["tls-self-signed"] = Given(True, "default, as tls-port is set")
    if "tls-port" not in given and plain.tls and plain.port is not None:
        port = 0 if plain.port == 0 else _TLS_PORT
        found["tls-port"] = Given(port, "default, as there is a certificate")
    return found


_TLS_PORT = 1995


def _build(given: Found) -> Settings:
    top: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for name, (value, _) in given.items():
        *outer, attribute = TABLE[name].path
        (limits if outer else top)[attribute] = value
    return Settings(**top, limits=Limits(**limits))
