"""A maildrop and its sessions as a few lines of Python: what must be answered, and nothing more.

It is written from the RFCs and from the list of quirks, and shares no code with pop3lab.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

NUMBER = re.compile(r"[0-9]+")
BASIC = {"TOP", "UIDL", "USER", "SASL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE"}
OF_THE_SEED = [
    *("USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP"),
    *("QUIT", "BREAK", "EXIT"),
]
EXTENSIONS = ["CAPA", "STLS", "AUTH", "UTF8", "LANG"]
BEFORE = {"USER", "PASS", "APOP", "STLS", "AUTH", "UTF8"}
ALWAYS = {"QUIT", "CAPA", "LANG", "BREAK"}


@dataclass(frozen=True)
class Expected:
    """status, body and ends as in an Answer. text: None if any will do."""

    status: str
    text: str | None = None
    body: bytes | None = None
    ends: str = ""


ERROR = Expected("-ERR")
CLOSED = Expected("", ends="Close")


def ok(text: str | None = None, body: bytes | None = None) -> Expected:
    return Expected("+OK", text, body)


@dataclass
class World:
    """words: the seed's keywords, or None for a server by the book."""

    words: Collection[str] | None
    boxes: dict[str, dict[int, bytes]]  # what is in the maildrops, by unique-id
    locked: set[str] = field(default_factory=set)
    exit_asked: bool = False
    stops: int = 0

    @property
    def verbs(self) -> set[str]:
        if self.words is None:
            return {*OF_THE_SEED, *EXTENSIONS} - {"BREAK", "EXIT"}
        return set(OF_THE_SEED) - ({"APOP", "TOP", "UIDL"} if "minimal" in self.words else set())

    @property
    def by_the_book(self) -> bool:
        return self.words is None

    def has(self, word: str) -> bool:
        return self.words is not None and word in self.words


class Client:
    """One session."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.over = False
        self.secure = False
        self.begin()

    def begin(self) -> None:
        self.user: str | None = None
        self.named: str | None = None
        self.utf8 = False
        self.messages: list[tuple[int, bytes]] = []
        self.marked: set[int] = set()
        self.sent_whole: set[int] = set()

    @property
    def before(self) -> bool:
        return self.user is None

    def refused(self, verb: str) -> bool:
        """Whether a command is not for this server or this state."""
        if verb not in self.world.verbs:
            return True
        return verb not in ALWAYS and (verb in BEFORE) != self.before

    def take_name(self) -> str | None:
        """The name of a USER just before, which every command uses up."""
        name, self.named = self.named, None
        return name

    # Logins

    def say_user(self, name: str) -> Expected:
        previous = self.take_name()
        if self.refused("USER") or self.world.has("apoponly"):
            return ERROR
        if previous is not None and not self.world.by_the_book:
            return ERROR
        self.named = name
        return ok()

    def say_pass(self, right: Collection[str]) -> Expected:
        """right: the names that the password is right for."""
        name = self.take_name()
        return self.enter(name) if not self.refused("PASS") and name in right else ERROR

    def say_apop(self, name: str, right: bool) -> Expected:
        self.take_name()
        return self.enter(name) if not self.refused("APOP") and right else ERROR

    def enter(self, name: str | None) -> Expected:
        assert name is not None
        if name in self.world.locked:
            return Expected("-ERR", self.coded("IN-USE"))
        self.world.locked.add(name)
        self.user = name
        self.messages = list(self.world.boxes.get(name, {}).items())
        return ok(f"maildrop has {self.summary}")

    def coded(self, code: str) -> str | None:
        return f"[{code}]..." if self.world.by_the_book else None

    # The maildrop

    @property
    def live(self) -> list[tuple[int, int, bytes]]:
        return [
            (number, uid, message)
            for number, (uid, message) in enumerate(self.messages, 1)
            if number not in self.marked
        ]

    @property
    def octets(self) -> int:
        return sum(len(message) for _, _, message in self.live)

    @property
    def summary(self) -> str:
        plural = "" if len(self.live) == 1 else "s"
        return f"{len(self.live)} message{plural} ({self.octets} octets)"

    def find(self, argument: str) -> tuple[int, int, bytes] | None:
        number = int(argument) if NUMBER.fullmatch(argument) else 0
        return next((each for each in self.live if each[0] == number), None)

    def say_stat(self) -> Expected:
        self.take_name()
        return ERROR if self.refused("STAT") else ok(f"{len(self.live)} {self.octets}")

    def say_listing(self, verb: str, argument: str | None) -> Expected:
        self.take_name()
        if self.refused(verb):
            return ERROR
        shown = {number: len(m) if verb == "LIST" else uid for number, uid, m in self.live}
        if argument is None:
            lines = "".join(f"{number} {value}\r\n" for number, value in shown.items())
            return ok(body=lines.encode() + b".\r\n")
        found = self.find(argument)
        return ok(f"{found[0]} {shown[found[0]]}") if found else ERROR

    def say_retr(self, argument: str, verb: str = "RETR") -> Expected:
        self.take_name()
        found = self.find(argument)
        if self.refused(verb) or found is None or self.unreadable(found[2]):
            return ERROR
        self.sent_whole.add(found[0])
        text = f"{len(found[2])} octets" if self.world.by_the_book else None
        return ok(text, self.as_sent(found[2]))

    def say_top(self, argument: str, count: str | None) -> Expected:
        if count is None:
            self.take_name()
            return ERROR if self.world.by_the_book else self.say_retr(argument, "TOP")
        self.take_name()
        found = self.find(argument)
        if self.refused("TOP") or found is None or not NUMBER.fullmatch(count):
            return ERROR
        if self.unreadable(found[2]):
            return ERROR
        return ok(body=self.as_sent(top(found[2], int(count))))

    def unreadable(self, message: bytes) -> bool:
        return self.world.by_the_book and not self.utf8 and not top(message, 0).isascii()

    def as_sent(self, message: bytes) -> bytes:
        stuffed = re.sub(rb"(?m)^\.", b"..", message)
        if self.world.by_the_book:
            bare = not message or message.endswith(b"\r\n")
        elif self.world.has("noextra"):
            bare = message.endswith(b"\r\n")
        else:
            bare = False
        return stuffed + (b".\r\n" if bare else b"\r\n.\r\n")

    def say_dele(self, argument: str) -> Expected:
        self.take_name()
        found = self.find(argument)
        if self.refused("DELE") or found is None:
            return ERROR
        self.marked.add(found[0])
        return ok()

    def say_rset(self, argument: str | None) -> Expected:
        self.take_name()
        if self.refused("RSET"):
            return ERROR
        if argument is None:
            self.marked.clear()
            return ok(self.summary if self.world.by_the_book else None)
        number = int(argument) if NUMBER.fullmatch(argument) else 0
        if self.world.by_the_book or not 1 <= number <= len(self.messages):
            return ERROR
        self.marked.discard(number)
        return ok()

    # The rest

    def say_simple(self, verb: str) -> Expected:
        self.take_name()
        if self.refused(verb):
            return ERROR
        if verb == "EXIT":
            self.world.exit_asked = True
            return Expected("")
        if verb == "UTF8":
            self.utf8 = True
        return ok()

    def say_lang(self, argument: str | None) -> Expected:
        self.take_name()
        if self.refused("LANG"):
            return ERROR
        if argument is None:
            return ok(body=b"en English\r\n.\r\n")
        return ok() if argument.lower() in ("en", "*") else ERROR

    @property
    def capabilities(self) -> set[str]:
        stls = {"STLS"} if self.before and not self.secure else set()
        return BASIC | stls | {"UTF8", "LANG", "IMPLEMENTATION"}

    def say_stls(self, behind: bool) -> Expected:
        self.take_name()
        if self.refused("STLS") or self.secure:
            return ERROR
        if behind:
            self.leave()
            return Expected("-ERR", ends="Close")
        self.begin()
        self.secure = True
        return Expected("+OK", ends="StartTLS")

    def say_break(self) -> Expected:
        self.take_name()
        if self.refused("BREAK"):
            return ERROR
        self.leave()
        return CLOSED

    def say_quit(self) -> Expected:
        self.take_name()
        if self.user is not None:
            gone = self.marked | (self.sent_whole if self.world.has("autodelete") else set())
            box = self.world.boxes[self.user]
            for number in gone:
                box.pop(self.messages[number - 1][0], None)
        self.world.stops += self.world.exit_asked
        self.leave()
        return Expected("+OK", ends="Close")

    def leave(self) -> None:
        """However it ends: the maildrop is free."""
        if self.user is not None:
            self.world.locked.discard(self.user)
        self.over = True


def top(message: bytes, count: int) -> bytes:
    """The header, the blank line, so many lines."""
    lines = message.splitlines(keepends=True)
    blank = lines.index(b"\r\n") if b"\r\n" in lines else len(lines)
    return b"".join(lines[: blank + 1 + count])
