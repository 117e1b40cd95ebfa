"""Decides which octets of a client are secret, and replaces them."""

import re
from collections.abc import Iterator
from itertools import islice

from pop3lab.core.command import COMMANDS
from pop3lab.core.events import Event, LineReceived, LoggedIn
from pop3lab.observe.known_secrets import (
    LEAST,
    IsSecret,
    begins_with_secret,
    forms_of,
    no_secrets,
    secret_spans,
)

REDACTED = b"****"

# For text, not octets: Unicode has letters that clients confuse with S.
_PASS = re.compile(r"\W*(?:XTND\s+)?PASS\s*(?=\S)", re.IGNORECASE)
_COMMAND = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufeff\udc80-\udcff]*(\S+)\s*")
_PIECE = re.compile(r"[^\r]+")
_WORD = re.compile(r"\S+")
_RAW_PLAIN = re.compile(r"[^\0]*\0[^\0]+\0[^\0]+")  # RFC 4616 section 2, not in base64
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}=*", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{20,}=*", re.ASCII)  # b64token of RFC 6750 section 2.1
_LETTERS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+", re.ASCII)  # it may look like a command
_MECHANISM = re.compile(
    r"PLAIN|X?LOGIN|(?:CRAM|DIGEST)-MD5|(?:SCRAM|GS2|GSS|ECDH|SAML|OPENID)[A-Z0-9_-]*|NTLM"
    r"|KERBEROS_V[45]|SKEY|OTP|EXTERNAL|ANONYMOUS|OAUTHBEARER|X?OAUTH2?|SECURID|MSN",
    re.ASCII | re.IGNORECASE,
)
_ALL = 1_000_000
# How many words after a verb are not secret. RPOP (RFC 1081) takes a name instead of a password.
_SHOWN = dict.fromkeys((*COMMANDS, "LAST", "XTND"), _ALL)
_SHOWN |= {"PASS": 0, "RPOP": 0, "USER": 1, "APOP": 1, "AUTH": 1}
_BEFORE_SECRETS = frozenset({"USER", "PASS", "APOP", "AUTH"})  # that log clients in
_MOST_OWN = 16  # secrets of a client that are searched for in its later lines
_LONGEST_OWN = 4096  # characters of a secret

_Span = tuple[int, int]  # the start and end


class Redactor:
    """Redacts the lines of one client, which must be given in order.

    Anything that may be a secret is treated as one: the words after an unknown verb, and, after an
    unknown verb or a login command, each line that is not a command, until a command comes or the
    login succeeds. is_secret: recognizes passwords and tokens of users, which are redacted in any
    command, and so are the secrets that the client has sent before, right or wrong.
    """

    __slots__ = ("_doubt", "_known", "_own", "_verbs")

    def __init__(self, is_secret: IsSecret = no_secrets) -> None:
        self._known = is_secret
        self._own: set[str] = set()
        self._verbs: set[bytes] = set()  # unknown verbs, which may be secrets
        self._doubt = False  # a line that is not a command may be a secret

    def redact(self, event: LineReceived) -> bytes:
        """Return the line without its LF, with each secret as ****."""
        text = _text(event.line)
        shown, place = "", 0
        for begin, end in self._spans(text, event):
            shown += text[place:begin] + REDACTED.decode("ascii")
            place = end
        if not place:
            return event.line
        line = _octets(shown + text[place:])
        self._learn_verb(event.verb, line)
        return line + event.line[len(_octets(text)) :]

    def redact_number(self, line: bytes, verb: str) -> str:
        """Return a line of the table of replies as text, without its line end.

        It has at most numbers behind its verb, and only long ones may be secrets.
        """
        if len(line) > len(verb) + len(b" 123\r"):
            line = self.redact(LineReceived(0, line, verb=verb, known=True))
        self._doubt = False
        return line.removesuffix(b"\r").decode("ascii")

    def redact_reply(self, octets: bytes) -> bytes:
        """Return a reply of the server, with stars where it repeats a secret verb."""
        for verb in self._verbs:
            octets = octets.replace(verb, b"*" * len(verb))
        return octets

    def secrets(self, event: LineReceived) -> list[bytes]:
        """Return the secrets in the line."""
        text = _text(event.line)
        return [_octets(text[begin:end]) for begin, end in self._spans(text, event)]

    def on_event(self, event: Event) -> None:
        """Process an event that is not a line: a login ends the search for refused secrets."""
        if isinstance(event, LoggedIn):
            self.logged_in()

    def logged_in(self) -> None:
        """Note that the client has logged in."""
        self._doubt = False

    def _is_secret(self, text: str) -> bool:
        return text in self._own or self._known(text)

    def _learn(self, secret: str) -> None:
        """Remember a password or a response as the client sent it."""
        if len(secret) <= _LONGEST_OWN and len(self._own) < _MOST_OWN:
            self._own.update(forms_of(secret.strip(" ")))

    def _learn_verb(self, verb: str, shown: bytes) -> None:
        long = len(verb) >= LEAST and len(self._verbs) < _MOST_OWN
        if long and not verb_within(verb, shown):
            self._verbs.add(_octets(verb))

    def _spans(self, text: str, event: LineReceived) -> Iterator[_Span]:
        if event.response:
            self._doubt = True
            # Only a cancellation is not a secret (RFC 5034 section 4).
            if text not in ("", "*"):
                self._learn(text)
                yield 0, len(text)
            return
        verb, known = event.verb, event.known
        for piece in _PIECE.finditer(text):  # a bare CR may be meant as the end of a line
            at = self._secret_in(piece[0], verb, known)
            if at < len(piece[0]):
                yield piece.start() + at, len(text)
                return
            for begin, end in self._known_in(piece[0]):
                yield piece.start() + begin, piece.start() + end
            verb, known = "", False
            self._doubt = self._doubt or len(piece[0]) < len(text)

    def _secret_in(self, text: str, verb: str, known: bool) -> int:
        """Return where the secret begins that extends to the end; the end if there is none.

        verb, known: the command as the session parsed it.
        """
        if begin := _PASS.match(text):
            self._doubt = True  # the password may continue in the next line
            self._learn(text[begin.end() :])
            return begin.end()
        command = _COMMAND.match(text)
        if command is None:
            return len(text)
        word = command[1].upper()
        shown = _SHOWN.get(word, _SHOWN.get(verb, _ALL) if known else None)
        if shown is None:
            return self._secret_of_stranger(text, command)
        self._doubt = (word if word in _SHOWN else verb) in _BEFORE_SECRETS
        words = [match.span() for match in islice(_WORD.finditer(text, command.end()), 2)]
        if word == "AUTH" and words and not _MECHANISM.fullmatch(text, *words[0]):
            shown = 0
        at = words[shown][0] if shown < len(words) else len(text)
        if word == "AUTH" and at < len(text):
            self._learn(text[at:])
        return at

    def _secret_of_stranger(self, text: str, command: re.Match[str]) -> int:
        """The same for an unknown verb."""
        word = command[1]
        doubt, self._doubt = self._doubt, True
        whole = doubt or _seems_secret(word) or _RAW_PLAIN.match(text)
        begin = command.start(1)
        if word != "*" and (whole or begins_with_secret(text[begin:], self._is_secret)):
            return begin
        return command.end()

    def _known_in(self, text: str) -> Iterator[_Span]:
        """Yield the spans of known secrets in arguments, except names of users and mechanisms."""
        command = _COMMAND.match(text)
        if not self._own and self._known is no_secrets:
            return
        if command and _SHOWN.get(command[1].upper(), _ALL) == _ALL:
            yield from secret_spans(text, command.end(), self._is_secret)


def matches_redacted(pattern: bytes, line: bytes, *, response: bool = False) -> bool:
    """Whether the line can be what the pattern shows; **** stands for one or more octets.

    A line shown only as **** was not a command, unless it is a response to a challenge, which may
    be anything (RFC 5034 section 4).
    """
    first, *others = pattern.split(REDACTED)
    if not others:
        return line == first
    if pattern.strip() == REDACTED and not response and is_command(line):
        return False
    *between, last = others
    end = len(line) - len(last)
    if not (line.startswith(first) and line.endswith(last)) or b"\n" in line[:end]:
        return False
    # Each piece at its first place: if the rest does not follow there, it follows nowhere.
    place = len(first)
    for piece in between:
        place = line.find(piece, place + 1, end) + len(piece)
        if place < len(piece):
            return False
    return place < end


def is_command(line: bytes) -> bool:
    """Whether the line begins with a known verb, so that it is not hidden as a whole."""
    text = _text(line)
    command = _COMMAND.match(text)
    known = command is not None and command[1].upper() in _SHOWN
    return known or _PASS.match(text) is not None


def verb_within(verb: str, shown: bytes) -> bool:
    """Whether the redacted line begins with the verb; otherwise the verb has part of a secret."""
    text = shown.decode("utf-8", "backslashreplace")
    return verb != "" and text.upper().startswith(verb)


def _seems_secret(word: str) -> bool:
    """Whether a word looks like a SASL response or a token, and not like a command."""
    form = _BASE64.fullmatch(word) or _TOKEN.fullmatch(word)
    return form is not None and _LETTERS.fullmatch(word) is None


def _text(line: bytes) -> str:
    """Decode the line, without its CR."""
    return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
