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
        "what the server is like; without it, it is by the book",
        {
            "profile": Key(str, "a profile, see pop3lab profiles", names=tuple(PROFILES)),
            "quirks": Key(list, "quirks with their values, always in force"),
            "tls": Key(str, "TLS: from the first octet, or by STLS", ("implicit", "starttls")),
            "auth": Key(list, "the only ways to log in: PASS, APOP, or mechanisms of SASL"),
            "authzid": Key(list, "NAME:USER, who may open the maildrop of whom, too"),
            "claims": Key(list, "what the clients say of themselves: remembers"),
            "idle": Key(float, "seconds after which a silent client is left"),
            "login-delay": Key(int, "seconds between two logins of a user"),
            "utf8": Key(bool, "whether UTF8 is offered (RFC 6856)"),
            "seed": Key(int, "seed for random choices in rules, and for generated messages"),
        },
    ),
    "limits": Section(
        "what a session is bounded by; 0 is no limit, where there need be none",
        {
            "line": Key(int, "octets of a command with its CRLF"),
            "response": Key(int, "octets of a response of SASL"),
            "busy": Key(float, "seconds that a login waits for a maildrop that is in use"),
            "drain": Key(int, "octets of a line that is too long, then the connection is closed"),
            "stall": Key(float, "seconds in which a client must take some of what waits for it"),
            "rate": Key(int, "octets a second that it must take then at least"),
            "handshake": Key(float, "seconds that a TLS handshake may take"),
            "login": Key(float, "seconds in all that a client may take to log in"),
            "connections": Key(int, "at once; those longest without login go first"),
            "connections-address": Key(int, "at once of an address other than loopback"),
            "bad-logins": Key(int, "refused logins, then the connection is closed"),
            "bad-before": Key(int, "refused commands before login, then it is closed"),
            "bad-after": Key(int, "refused commands in a row after login, then it is closed"),
        },
    ),
    "user": Section(
        "add a user; without one it is user, with the password password",
        {
            "name": Key(str, "the name", must=True),
            "password": Key(str, "the password", must=True),
        },
        many=True,
    ),
    "message": Section(
        "a message, or some that are made up",
        {
            "text": Key(str, "the message itself; each line ends in CRLF"),
            "file": Key(
                str,
                "a file that is the message, but for a From_ line, relative to the scenario;"
                " lines end in CRLF",
            ),
            "folder": Key(str, "a folder whose files are messages, relative to the scenario"),
            "generate": Key(int, "how many are made up from the seed"),
            "size": Key(str, "of those: 10KiB, 2KiB..64KiB or lognormal", beside=("generate",)),
            "uid": Key(str, "the unique-id, of text or file", beside=("text", "file")),
            "user": Key(str, "whose it is; the first user's, if left out"),
        },
        many=True,
        one_of=("text", "file", "folder", "generate"),
    ),
    "rule": Section(
        "a quirk or fault, with its condition",
        {
            "when": Key(str, "when it takes effect, RETR 2 nth=1; always, if left out"),
            "do": Key(str, "what it does, cut-after 512 then reset", must=True),
            "times": Key(int, "how often at most", minimum=1),
        },
        many=True,
    ),
    "expect": Section(
        "what a client is to do in one session; the n-th of these is for the n-th session",
        {
            "commands": Key(list, "the order of commands; * ... ? + as docs/transcripts.md says"),
            "transcript": Key(str, "the dialogue, in lines C: and S:"),
        },
        many=True,
        one_of=("commands", "transcript"),
    ),
}

TOP = {"about": Key(str, "what it is for, in one line")}


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
