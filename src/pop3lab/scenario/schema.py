"""The keys that a scenario may have: what reads it, and its JSON Schema, are made from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pop3lab.behaviours.profiles.catalogue import PROFILES


class Key(NamedTuple):
    """A key of a table. kind: str, bool, int, float, list (of texts); words: the only ones allowed.

    names: the same, where they are too many to be listed in a page. minimum: of numbers. beside:
    it stands only with one of these.
    """

    kind: type
    meaning: str
    words: tuple[str, ...] = ()
    must: bool = False
    minimum: int = 0
    beside: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def choice(self) -> tuple[str, ...]:
        """All that are allowed; empty where any is."""
        return self.words or self.names


@dataclass(frozen=True)
class Section:
    """A table of the file, or several of one name. one_of: exactly one of these is there."""

    meaning: str
    keys: Mapping[str, Key]
    many: bool = False
    one_of: tuple[str, ...] = field(default=())


SECTIONS: Mapping[str, Section] = {
    "server": Section(
        "options of the server; by default it follows the RFCs",
        {
            "profile": Key(str, "a profile, see pop3lab profiles", names=tuple(PROFILES)),
            "quirks": Key(list, "quirks with their values, always in force"),
            "tls": Key(str, "implicit TLS, or STLS", ("implicit", "starttls")),
            "auth": Key(list, "the only ways to log in: PASS, APOP or SASL mechanisms"),
            "authzid": Key(list, "NAME:USER lets NAME open the maildrop of USER, too"),
            "claims": Key(list, "claims about the clients: remembers"),
            "idle": Key(float, "seconds until an idle session is closed"),
            "login-delay": Key(int, "seconds between two logins of a user"),
            "utf8": Key(bool, "offer UTF8 (RFC 6856)"),
            "seed": Key(int, "seed for random choices in rules, and for generated messages"),
        },
    ),
    "limits": Section(
        "limits; where a limit is optional, 0 turns it off",
        {
            "line": Key(int, "longest command line, in octets with its CRLF"),
            "response": Key(int, "longest SASL response, in octets"),
            "busy": Key(float, "seconds that a login waits for a locked maildrop"),
            "drain": Key(
                int, "octets to skip of a line that is too long, before the connection is closed"
            ),
            "stall": Key(float, "seconds in which a client must read something of a reply"),
            "rate": Key(int, "minimum octets per second that a client must read"),
            "handshake": Key(float, "seconds for a TLS handshake"),
            "login": Key(float, "seconds to log in"),
            "connections": Key(
                int, "connections at once; the longest without login is closed first"
            ),
            "connections-address": Key(int, "connections at once of one address, except loopback"),
            "bad-logins": Key(int, "failed logins until the connection is closed"),
            "bad-before": Key(int, "refused commands before login until it is closed"),
            "bad-after": Key(int, "refused commands in a row after login until it is closed"),
        },
    ),
    "user": Section(
        "a user; by default there is one, user with the password password",
        {
            "name": Key(str, "the name", must=True),
            "password": Key(str, "the password", must=True),
        },
        many=True,
    ),
    "message": Section(
        "a message, or generated messages",
        {
            "text": Key(str, "the message itself; lines are sent with CRLF"),
            "file": Key(
                str,
                "a file with the message, relative to the scenario; a From_ line is left out,"
                " and lines are sent with CRLF",
            ),
            "folder": Key(str, "a folder whose files are messages, relative to the scenario"),
            "generate": Key(int, "number of messages to generate from the seed"),
            "size": Key(
                str,
                "size of generated messages: 10KiB, 2KiB..64KiB or lognormal",
                beside=("generate",),
            ),
            "uid": Key(str, "the unique-id, for text or file", beside=("text", "file")),
            "user": Key(str, "owner of the message; by default the first user"),
        },
        many=True,
        one_of=("text", "file", "folder", "generate"),
    ),
    "rule": Section(
        "a rule",
        {
            "when": Key(str, "the condition, such as RETR 2 nth=1; by default always"),
            "do": Key(str, "the effect, such as cut-after 512 then reset", must=True),
            "times": Key(int, "how often it takes effect at most", minimum=1),
        },
        many=True,
    ),
    "expect": Section(
        "what a client must do in one session; the nth of these describes the nth session",
        {
            "commands": Key(list, "the commands in order, with wildcards: see docs/transcripts.md"),
            "transcript": Key(str, "the dialogue, in lines of C: and S:"),
        },
        many=True,
        one_of=("commands", "transcript"),
    ),
}

TOP = {"about": Key(str, "purpose of the scenario, in one line")}


# The JSON Schema of scenarios, for editors that complete and check TOML.

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}


def schema() -> Mapping[str, object]:
    """As JSON Schema 2020-12."""
    keys: dict[str, object] = {name: _key(key) for name, key in TOP.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of pop3lab",
        "type": "object",
        "properties": keys | {name: _section(section) for name, section in SECTIONS.items()},
        "additionalProperties": False,
    }


def _section(section: Section) -> Mapping[str, object]:
    table: dict[str, object] = {
        "type": "object",
        "properties": {name: _key(key) for name, key in section.keys.items()},
        "additionalProperties": False,
    }
    if must := [name for name, key in section.keys.items() if key.must]:
        table["required"] = must
    if section.one_of:
        table["oneOf"] = [{"required": [name]} for name in section.one_of]
    if beside := {name: _any_of(key) for name, key in section.keys.items() if key.beside}:
        table["dependentSchemas"] = beside
    if not section.many:
        return {"description": section.meaning, **table}
    return {"description": section.meaning, "type": "array", "items": table}


def _any_of(key: Key) -> Mapping[str, object]:
    return {"anyOf": [{"required": [name]} for name in key.beside]}


def _key(key: Key) -> Mapping[str, object]:
    shape: dict[str, object] = {"description": key.meaning, "type": _TYPES[key.kind]}
    if key.choice:
        shape["enum"] = list(key.choice)
    if key.kind is list:
        shape["items"] = {"type": "string"}
    if key.kind in (int, float):
        shape["minimum"] = key.minimum
    return shape
