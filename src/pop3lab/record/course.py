"""How far a server has come with its reply to a line of the client."""

from enum import Enum, auto

from pop3lab.core.actions import Part

_MANY = {b"CAPA", b"RETR", b"TOP"}
_MANY_IF_BARE = {b"AUTH", b"LIST", b"UIDL"}
_OTHERS = b"APOP DELE LANG NOOP PASS QUIT RSET STAT STLS USER UTF8"
_VERBS = {*_MANY, *_MANY_IF_BARE, *_OTHERS.split()}


class _Comes(Enum):
    STATUS = auto()
    BODY = auto()
    NOTHING = auto()


class Course:
    """Begins before the greeting. Takes lines without their LF, and knows what the next one is.

    verb: of the last command, in upper case. dialogue: AUTH is not answered yet, so that the next
    line of the client is a response of SASL.
    """

    def __init__(self) -> None:
        self.verb = b""
        self.dialogue = False
        self._many = False
        self._comes = _Comes.STATUS
        self._refused = False

    @property
    def idle(self) -> bool:
        """Whether it is the client's turn."""
        return self._comes is _Comes.NOTHING

    def is_response(self, line: bytes, early: bool) -> bool:
        """Whether it is the client's response. early: it came before the answer to the last line.

        AUTH may have been refused while a response was under way.
        """
        return self.dialogue or (early and self._refused and verb_of(line) not in _VERBS)

    def client(self, line: bytes, response: bool) -> None:
        """The client says this."""
        self._comes = _Comes.STATUS
        if response:
            return
        self.verb = verb_of(line)
        bare = len(line.split()) == 1
        self._many = self.verb in _MANY or (bare and self.verb in _MANY_IF_BARE)
        self.dialogue = self.verb == b"AUTH"

    def server(self, line: bytes) -> Part:
        """The server says this: the part of a reply that it is."""
        if self._comes is _Comes.BODY:
            if line.rstrip(b"\r") != b".":
                return Part.BODY
            self._comes = _Comes.NOTHING
            return Part.END
        word = line[:4].upper()
        answers = word.startswith((b"+OK", b"-ERR"))
        if answers:
            self._refused = self.dialogue and word == b"-ERR"
            self._comes = _Comes.BODY if self._many and word != b"-ERR" else _Comes.NOTHING
            self.dialogue = False
        elif not self.dialogue or word.startswith(b"+"):
            self._comes = _Comes.NOTHING
        return Part.HEAD


def verb_of(line: bytes) -> bytes:
    """The first word, in upper case."""
    return line.strip().partition(b" ")[0].upper()
