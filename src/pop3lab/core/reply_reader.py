"""Reading one reply from the octets of a server, however they are cut."""

from pop3lab.core.actions import Part

OK, ERR, CHALLENGE = "+OK", "-ERR", "+"

Parted = tuple[Part, bytes]

_STATUS = {b"+OK": OK, b"-ERR": ERR, b"+": CHALLENGE}  # the longest of a kind first
_BEGINNINGS = b"+-"  # of a status line, and of nothing else that a server says
_ENOUGH = 6  # octets that tell the status, and whether it ends there
_BLANKS = (b" ", b"\r", b"\n")


class ReplyReader:
    """One reply (RFC 1939 section 3), or one challenge of SASL (RFC 5034 section 4).

    Feed it what comes until it is complete. A line may end in LF alone, and a status be in small
    letters; strict: neither was so where it counts.

    multiline: whether a positive reply has more lines. Where that is None, one is complete after
    its first line, and goes on if what comes then is no status line. sasl: a strange line stands
    for no reply, as the client waits for a challenge.

    status: OK, ERR or CHALLENGE; empty before its line has ended, and for a strange line. part: of
    what comes next. excess: more came behind the end. Nothing is kept of what has come.
    """

    # What each begins with stands here, since most are of one line, and there are very many.
    _word = b""  # the beginning of the status line
    _held = b""  # what may be the beginning of the end
    _last = b"\n"  # octet that was passed on
    _crlf = True  # the last line ended in CRLF
    _doubtful = False
    part = Part.HEAD
    status = ""
    complete = False
    strict = True
    excess = False

    def __init__(self, multiline: bool | None = False, *, sasl: bool = False) -> None:
        self._multiline = multiline
        self._sasl = sasl

    @property
    def listed(self) -> bool:
        """Whether it is positive, and has more lines or may have."""
        return self.status == OK and self.part is not Part.HEAD

    @property
    def cut(self) -> bool:
        """Whether its text has begun, and surely not ended."""
        return self.part is Part.BODY and not (self.complete or self.doubtful)

    @property
    def doubtful(self) -> bool:
        """Whether a line begins with a single dot, and is not the end: some may take it for that.

        A dot that nothing has followed is one, too.
        """
        return self._doubtful or bool(self._held)

    @property
    def held(self) -> bytes:
        """Octets that have come and are in no piece yet: they may be the beginning of the end."""
        return self._held

    def feed(self, data: bytes) -> tuple[list[Parted], bytes]:
        """The octets of the reply by its parts, and those that came behind it."""
        pieces: list[Parted] = []
        while data and self.part is Part.HEAD and not self.complete:
            data = self._head(data, pieces)
        if not data:
            return pieces, b""
        if self.complete and self.part is Part.BODY and not self.excess:
            self.complete = data[0] in _BEGINNINGS
        if not self.complete:
            data = self._body(data, pieces)
        self.excess = self.excess or bool(data)
        return pieces, data

    def _head(self, data: bytes, pieces: list[Parted]) -> bytes:
        end = data.find(b"\n") + 1 or len(data)
        line = data[:end]
        word = self._word + line[: _ENOUGH - len(self._word)]
        self._pass(Part.HEAD, line, pieces)
        if self._last == b"\n":
            self._read_status(word)
            word = b""
        self._word = word
        return data[end:]

    def _read_status(self, word: bytes) -> None:
        if word.startswith(b"+OK"):
            known = b"+OK"
        else:
            known = next((one for one in _STATUS if word.upper().startswith(one)), b"")
        blank = word[len(known) : len(known) + 1] in _BLANKS
        self.strict = bool(known) and word.startswith(known) and blank and self._crlf
        self.status = _STATUS.get(known, "")
        if self.status == OK and self._multiline is not False:
            self.part = Part.BODY
            self.complete = self._multiline is None
        else:
            self.complete = bool(known) or not self._sasl

    def _pass(self, part: Part, octets: bytes, pieces: list[Parted]) -> None:
        if octets:
            if octets.endswith(b"\n"):
                self._crlf = (octets[-2:-1] or self._last) == b"\r"
            self._last = octets[-1:]
            pieces.append((part, octets))

    def _body(self, data: bytes, pieces: list[Parted]) -> bytes:
        """What is behind the end."""
        if self._held:
            data, self._held = self._held + data, b""
        at = 0 if self._last == b"\n" and data.startswith(b".") else _dot(data, 0)
        while at >= 0:
            behind = data[at + 1 : at + 3]
            if behind in (b"", b"\r"):
                data, self._held = data[:at], data[at:]
                break
            if behind.startswith(b"\n") or behind == b"\r\n":
                return self._end(data, at, at + behind.index(b"\n") + 2, pieces)
            self._doubtful = self._doubtful or not behind.startswith(b".")
            at = _dot(data, at)
        self._pass(Part.BODY, data, pieces)
        return b""

    def _end(self, data: bytes, at: int, end: int, pieces: list[Parted]) -> bytes:
        self._pass(Part.BODY, data[:at], pieces)
        self.strict = self.strict and self._crlf and end - at == len(b".\r\n")
        self._pass(Part.END, data[at:end], pieces)
        self.part = Part.END
        self.complete = True
        return data[end:]


def _dot(data: bytes, start: int) -> int:
    """Where the next line begins that begins with a dot; -1 if there is none."""
    return data.find(b"\n.", start) + 1 or -1
