"""A command as it came."""

from collections.abc import Callable, Collection
from enum import Enum
from typing import NamedTuple

from pop3lab.core.actions import Proof
from pop3lab.core.errors import NotUnderstood
from pop3lab.core.reply import Reply


class State(Enum):
    """The states of a session (RFC 1939 section 3)."""

    AUTHORIZATION = "AUTHORIZATION"
    TRANSACTION = "TRANSACTION"
    UPDATE = "UPDATE"

    __hash__ = object.__hash__  # Enum has its own, in Python: it is looked up for each command


class Authenticated(NamedTuple):
    """A handler's word that the credentials are right: whose maildrop is to be opened.

    proof: what has to be run before that is known, and whose; None: it is known. settle: what
    becomes of the login then.
    """

    user: str = ""
    proof: Proof | None = None
    settle: "Settle | None" = None

    @classmethod
    def of(cls, user: str | Proof) -> "Authenticated":
        """That of a user, or of whoever a proof will say."""
        return cls(proof=user) if isinstance(user, Proof) else cls(user)

    def then(self, settle: "Settle") -> "Reply | Authenticated":
        """What settle makes of the login: now, or as soon as the credentials are known to be right.

        A reply in place of the login refuses it.
        """
        if self.proof is None:
            return settle(self)
        return self._replace(settle=lambda login: _settled(login, self.settle, settle))

    def proved(self) -> "Reply | Authenticated":
        """What becomes of it, now that the proof has had its turn. Raises what that raises."""
        return self if self.proof is None else _settled(Authenticated(self.proof.user), self.settle)


Settle = Callable[[Authenticated], Reply | Authenticated]


def _settled(login: Authenticated, *settling: Settle | None) -> Reply | Authenticated:
    answer: Reply | Authenticated = login
    for settle in settling:
        if settle and isinstance(answer, Authenticated):
            answer = settle(answer)
    return answer


class Request(NamedTuple):
    """A command as it came. No client can send the verbs of GREETING and CONNECT.

    verb: in upper case. rest: what stood behind the first space, or None without one.
    """

    verb: str
    rest: str | None = None

    @property
    def sent(self) -> bool:
        """Whether it has come."""
        return True

    @property
    def responds(self) -> bool:
        """Whether it is a response of SASL."""
        return False

    @property
    def arguments(self) -> list[str]:
        """The words behind the verb: any number of spaces stands before one.

        Spaces behind the last one make an empty word more, which no command takes.
        """
        if not self.rest:
            return []
        if " " not in self.rest:
            return [self.rest]
        words = [word for word in self.rest.split(" ") if word]
        return [*words, ""] if words and self.rest.endswith(" ") else words

    @property
    def loose(self) -> bool:
        """Whether there are more spaces than one before each argument (RFC 1939 section 3)."""
        rest = self.rest
        return rest is not None and ("  " in f" {rest}".rstrip(" ") or not rest.strip(" "))


class HypotheticalRequest(Request):
    """A command that nobody has sent: what would be said to it here and now.

    It costs nothing and changes nothing: it is not counted, and nobody is told.
    """

    __slots__ = ()

    @property
    def sent(self) -> bool:
        """It has not."""
        return False


class SaslResponse(Request):
    """A response of SASL to a challenge (RFC 5034 section 4), which is the client's whole line.

    verb: AUTH. rest: the mechanism that the AUTH line before it named, and nothing of the response.
    """

    __slots__ = ()

    @property
    def responds(self) -> bool:
        """It is."""
        return True


CONNECT = Request("(connect)")
GREETING = Request("(greeting)")
SILENCE = Request("(silence)")  # nothing has come for as long as a script had asked for
NO_COMMAND = Request("")


class ParsedLine(NamedTuple):
    """A line read: the exchange that it is, and whether it has printable ASCII or UTF-8 only."""

    request: Request
    octets: int  # with its CRLF
    ascii: bool
    utf8: bool


def parse_line(line: bytes) -> ParsedLine:
    """The line, without its LF, as a command (RFC 1939 section 3; RFC 6856 section 2.2)."""
    line = line.removesuffix(b"\r")
    try:
        text = line.decode("utf-8")
        sound = text.isprintable()
    except UnicodeDecodeError:
        text = line.decode("ascii", "backslashreplace")
        sound = False
    verb, space, rest = text.partition(" ")
    # Of ASCII only: Unicode has letters besides whose upper case is one of a verb's.
    verb = verb.upper() if verb.isascii() else verb
    request = Request(verb, rest if space else None)
    return ParsedLine(request, len(line) + len(b"\r\n"), sound and text.isascii(), sound)


def verb_of(line: bytes) -> bytes:
    """The first word in upper case, whatever blanks stand before it: as lenient servers hear it."""
    return line.strip().partition(b" ")[0].upper()


# What stands behind a verb, parsed.

_MOST = 10**18  # no maildrop has as many messages, and no message as many lines


def number(word: str) -> int:
    """A message number or a count of lines, in any number of digits; 10**18 stands for more.

    Raises NotUnderstood.
    """
    if not (word.isascii() and word.isdecimal()):
        raise NotUnderstood("a decimal number is wanted")
    digits = word.lstrip("0")  # int() takes not more than some thousand, and its time grows faster
    return int(digits or "0") if len(digits) <= len("999999999999999999") else _MOST


def first_number(request: Request) -> int | None:
    """The number of the message that a command is about, if it is about one."""
    words = request.arguments
    try:
        return number(words[0]) if words else None
    except NotUnderstood:
        return None


def may_be_about(request: Request, numbers: Collection[int]) -> bool:
    """Whether a command may be about one of these messages; of one without a number, who knows."""
    number = first_number(request)
    return number is None or number in numbers


def text(word: str) -> str:
    """A name, a digest or a password: at least one octet. Raises NotUnderstood."""
    if not word:
        raise NotUnderstood("an argument is empty")
    return word
