"""Which octets of a client are secret, and what is shown instead of them."""

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

# Of text, not octets: Unicode has letters that are taken for an S by clients in error.
_PASS = re.compile(r"\W*(?:XTND\s+)?PASS\s*(?=\S)", re.IGNORECASE)
_COMMAND = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufeff\udc80-\udcff]*(\S+)\s*")
_PIECE = re.compile(r"[^\r]+")
_WORD = re.compile(r"\S+")
_RAW_PLAIN = re.compile(r"[^\0]*\0[^\0]+\0[^\0]+")  # RFC 4616 section 2, not in base64
_BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}=*", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{20,}=*", re.ASCII)  # b64token of RFC 6750 section 2.1
_LETTERS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+", re.ASCII)  # somebody may take them for a command
_MECHANISM = re.compile(
    r"PLAIN|X?LOGIN|(?:CRAM|DIGEST)-MD5|(?:SCRAM|GS2|GSS|ECDH|SAML|OPENID)[A-Z0-9_-]*|NTLM"
    r"|KERBEROS_V[45]|SKEY|OTP|EXTERNAL|ANONYMOUS|OAUTHBEARER|X?OAUTH2?|SECURID|MSN",
    re.ASCII | re.IGNORECASE,
)
_ALL = 1_000_000
# How many words behind a verb are no secrets. RPOP of RFC 1081 has a name instead of a password.
_SHOWN = dict.fromkeys((*COMMANDS, "LAST", "XTND"), _ALL)
_SHOWN |= {"PASS": 0, "RPOP": 0, "USER": 1, "APOP": 1, "AUTH": 1}
_BEFORE_SECRETS = frozenset({"USER", "PASS", "APOP", "AUTH"})  # with which clients log in
_MOST_OWN = 16  # secrets of a client that are looked for in what it says later
_LONGEST_OWN = 4096  # characters of one

_Span = tuple[int, int]  # the first character, and the one behind the last


class Redactor:
    """Redacts the lines of one session's client; give it all of them, in their order.

    What may be a secret is one: behind a verb that nobody knows; and, after that or after a command
    of those that log in, each line that is no command, until one comes or the login succeeds.
    is_secret: tells passwords and tokens of users, which are secrets in any command; as are those
    that the client has sent before, right or wrong.
    """

    __slots__ = ("_doubt", "_known", "_own", "_verbs")

    def __init__(self, is_secret: IsSecret = no_secrets) -> None:
        self._known = is_secret
        self._own: set[str] = set()
        self._verbs: set[bytes] = set()  # that the session took for one, and which are secrets
        self._doubt = False  # a line that is no command may be a secret

    def redact(self, event: LineReceived) -> bytes:
        """The line without its LF, each secret as ****."""
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

    def redact_reply(self, octets: bytes) -> bytes:
        """What the server says, with stars where it says a verb again that is a secret."""
        for verb in self._verbs:
            octets = octets.replace(verb, b"*" * len(verb))
        return octets

    def secrets(self, event: LineReceived) -> list[bytes]:
        """Those in the line, each as it stands there."""
        text = _text(event.line)
        return [_octets(text[begin:end]) for begin, end in self._spans(text, event)]

    def on_event(self, event: Event) -> None:
        """Take note of what is no line: nothing was refused to whoever has logged in."""
        if isinstance(event, LoggedIn):
            self.logged_in()

    def logged_in(self) -> None:
        """The client has logged in."""
        self._doubt = False

    def _is_secret(self, text: str) -> bool:
        return text in self._own or self._known(text)

    def _learn(self, secret: str) -> None:
        """A password or a response, as the client has said it."""
        if len(secret) <= _LONGEST_OWN and len(self._own) < _MOST_OWN:
            self._own.update(forms_of(secret.strip(" ")))

    def _learn_verb(self, verb: str, shown: bytes) -> None:
        long = len(verb) >= LEAST and len(self._verbs) < _MOST_OWN
        if long and not verb_within(verb, shown):
            self._verbs.add(_octets(verb))

    def _spans(self, text: str, event: LineReceived) -> Iterator[_Span]:
        if event.response:
            self._doubt = True
            # Only that the exchange is cancelled is no secret (RFC 5034 section 4).
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
        """Where the secret begins that goes on to the end of the line; the end if there is none.

        verb, known: as the session took the command, if it was one to it.
        """
        if begin := _PASS.match(text):
            self._doubt = True  # the password may go on in the next line
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
        """The same, where the verb is none that anybody knows."""
        word = command[1]
        doubt, self._doubt = self._doubt, True
        whole = doubt or _seems_secret(word) or _RAW_PLAIN.match(text)
        begin = command.start(1)
        if word != "*" and (whole or begins_with_secret(text[begin:], self._is_secret)):
            return begin
        return command.end()

    def _known_in(self, text: str) -> Iterator[_Span]:
        """Secrets of users in the arguments of a command, but for names of users and mechanisms."""
        command = _COMMAND.match(text)
        if not self._own and self._known is no_secrets:
            return
        if command and _SHOWN.get(command[1].upper(), _ALL) == _ALL:
            yield from secret_spans(text, command.end(), self._is_secret)


def redact_command(command: bytes) -> bytes:
    """A command that is the first of a session, without its LF, each secret as ****."""
    return Redactor().redact(LineReceived(0, command))


def matches_redacted(pattern: bytes, line: bytes, *, response: bool = False) -> bool:
    """Whether the line can be what the pattern shows: a **** in it was anything, but not nothing.

    Where nothing else is shown it was no command. response: unless it answers a challenge; then it
    may be what it likes (RFC 5034 section 4).
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
    # Each piece where it comes first: if the rest is not behind that, it is nowhere.
    place = len(first)
    for piece in between:
        place = line.find(piece, place + 1, end) + len(piece)
        if place < len(piece):
            return False
    return place < end


def is_command(line: bytes) -> bool:
    """Whether it begins with a verb that is known, so that it is not hidden as a whole."""
    text = _text(line)
    command = _COMMAND.match(text)
    known = command is not None and command[1].upper() in _SHOWN
    return known or _PASS.match(text) is not None


def verb_within(verb: str, shown: bytes) -> bool:
    """Whether a line, as it is shown, begins with the verb: else a part of a secret is in it."""
    text = shown.decode("utf-8", "backslashreplace")
    return verb != "" and text.upper().startswith(verb)


def _seems_secret(word: str) -> bool:
    """Whether it is of the form of a response of SASL, or of a token, and of no command."""
    form = _BASE64.fullmatch(word) or _TOKEN.fullmatch(word)
    return form is not None and _LETTERS.fullmatch(word) is None


def _text(line: bytes) -> str:
    """Without the CR of its end."""
    return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
