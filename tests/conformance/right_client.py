"""A client that does everything right, and gives up where it can't know how to go on."""

import hmac
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise

from pop3lab.core.actions import (
    Action,
    AwaitData,
    Close,
    HalfClose,
    Pause,
    Reset,
    Send,
    StartTLS,
    Verify,
)
from pop3lab.core.session import Session
from tests.dialogue import fed

from .watched import SECURE, Watched

USER, PASSWORD = "ann", "secret"
PATIENCE = 60.0  # seconds that it waits for any answer
_MOST = 1_000_000  # octets of an answer that it takes
_BETWEEN = 0.5  # seconds that it takes for each command
_CRLF, _END = b"\r\n", b"\r\n.\r\n"


class GivesUp(Exception):
    """What the server says can't be understood, or it is gone."""


class Nonsense(Exception):
    """Which octets are the answer is known, but not what they mean: QUIT is the way out."""


class Answer:
    """positive: +OK. text: behind that. lines: of a list or a text, dots undone."""

    def __init__(self, positive: bool, text: str, lines: Sequence[bytes] = ()) -> None:
        self.positive = positive
        self.text = text
        self.lines = lines


class RightClient:
    """One connection. quits: when it gives up it says QUIT first, and waits for the answer."""

    def __init__(self, watched: Watched, *, quits: bool) -> None:
        self._watched = watched
        self._session: Session = watched.session()
        self._inbox = b""
        self._gone = False  # the server, or the sense in going on
        self._quits = quits
        self._tls = False
        self._capabilities: Mapping[str, Sequence[str]] = {}
        self.is_hopeless = False  # to log in again before somebody has mended something

    # The server's side of the connection

    def _perform(self, actions: Iterable[Action]) -> None:
        began = self._watched.now
        for action in actions:
            self._take_part(action)
            if isinstance(action, Close | Reset):
                return
            if len(self._inbox) > _MOST or self._watched.now - began >= PATIENCE:
                raise GivesUp

    def _take_part(self, action: Action) -> None:
        match action:
            case Send(data):
                self._inbox += data
            case Pause() | AwaitData():
                self._watched.now += min(getattr(action, "seconds", math.inf), PATIENCE)
            case Verify(proof):
                proof.run()
            case StartTLS(certificate):
                self._begin_tls(certificate)
            case Close() | Reset() | HalfClose():
                self._gone = True

    def _begin_tls(self, certificate: str) -> None:
        if certificate or not self._tls:
            raise GivesUp
        self._session.tls_established(SECURE)

    def _wait(self) -> None:
        """See what is said although nothing was asked."""
        if not self._gone and self._session.wakeup_delay < PATIENCE:
            self._watched.now += self._session.wakeup_delay
            self._perform(self._session.wake_up())

    def _take(self, end: bytes) -> bytes:
        while end not in self._inbox:
            if self._gone or self._session.wakeup_delay >= PATIENCE:
                self._watched.now += PATIENCE
                raise GivesUp
            self._wait()
        taken, _, self._inbox = self._inbox.partition(end)
        return taken

    # Replies

    def _answer(self, *, multiline: bool) -> Answer:
        status, _, text = self._take(_CRLF).decode("latin-1").partition(" ")
        if status not in ("+OK", "-ERR"):
            raise GivesUp
        if status == "-ERR" or not multiline:
            answer = Answer(status == "+OK", text)
        elif self._begins(b".\r\n"):
            self._inbox = self._inbox[3:]
            answer = Answer(True, text)
        else:
            lines = (self._take(_END) + _CRLF).split(_CRLF)[:-1]
            answer = Answer(True, text, [line.removeprefix(b".") for line in lines])
        if self._inbox:
            raise GivesUp  # nobody has asked for that
        return answer

    def _begins(self, with_: bytes) -> bool:
        while len(self._inbox) < len(with_) and not self._gone:
            before = self._inbox
            self._wait()
            if self._inbox == before:
                break
        return self._inbox.startswith(with_)

    def ask(self, line: str, *, multiline: bool = False) -> Answer:
        """One command, and its answer."""
        self.say(line)
        return self._answer(multiline=multiline)

    def say(self, line: str) -> None:
        self._watched.now += _BETWEEN
        self._wait()
        if self._gone or self._inbox:
            raise GivesUp
        self._perform(fed(self._session, line.encode() + b"\r\n"))

    # A session

    def run(self, does: Callable[["RightClient"], None]) -> None:
        """From the greeting to the end; does: what it is here for, once it is logged in."""
        try:
            self._perform(self._session.greeting())
            if self._answer_is_greeting() and self._log_in():
                with suppress(Nonsense):
                    does(self)
            self.ask("QUIT")
        except GivesUp:
            self._give_up()
        self._session.session_ended("dropped" if self._gone else "closed")
        self._session.connection_closed("closed")

    def _answer_is_greeting(self) -> bool:
        if not self._answer(multiline=False).positive:
            raise GivesUp
        return True

    def _give_up(self) -> None:
        if self._quits and not self._gone:
            self._inbox = b""
            try:
                self.ask("QUIT")
            except GivesUp:
                pass

    def _log_in(self) -> bool:
        self._capabilities = self._capa()
        if "STLS" in self._capabilities:
            self._tls = True
            if not self.ask("STLS").positive:
                return False
            if not self._session.channel.secure:
                raise GivesUp
            self._capabilities = self._capa()
        return self._prove()

    def _capa(self) -> Mapping[str, Sequence[str]]:
        words = [line.decode("latin-1").upper().split() for line in self._lines("CAPA")]
        return {word[0]: word[1:] for word in words if word}

    def _lines(self, line: str) -> Sequence[bytes]:
        return self.ask(line, multiline=True).lines

    def _prove(self) -> bool:
        """By what hides the password, unless TLS does; what is refused is not tried otherwise."""
        if "CRAM-MD5" in self._capabilities.get("SASL", ()) and not self._tls:
            return self._cram_md5()
        answer = self.ask(f"USER {USER}")
        return answer.positive and self._is_in(self.ask(f"PASS {PASSWORD}"))

    def _is_in(self, answer: Answer) -> bool:
        code = answer.text.partition("]")[0].lstrip("[").upper()
        self.is_hopeless = not answer.positive and code in ("AUTH", "SYS/PERM")
        return answer.positive

    def _cram_md5(self) -> bool:
        self.say("AUTH CRAM-MD5")
        if not self._inbox.startswith(b"+ "):
            return self._is_in(self._answer(multiline=False))
        try:
            challenge = b64decode(self._take(_CRLF).removeprefix(b"+ "), validate=True)
        except ValueError:
            self.ask("*")
            return False
        digest = hmac.new(PASSWORD.encode(), challenge, "md5").hexdigest()
        return self._is_in(self.ask(b64encode(f"{USER} {digest}".encode()).decode()))

    def has(self, capability: str) -> bool:
        return capability in self._capabilities

    def listed(self, line: str) -> dict[int, str] | None:
        """A listing; None if it is refused. What is no listing is not understood."""
        answer = self.ask(line, multiline=True)
        if not answer.positive:
            return None
        items: dict[int, str] = {}
        for text in answer.lines:
            number, _, value = text.decode("latin-1").partition(" ")
            if not (number.isdecimal() and value and " " not in value) or int(number) in items:
                raise Nonsense
            items[int(number)] = value
        numbers = list(items)
        if any(after <= before for before, after in pairwise([0, *numbers])):
            raise Nonsense
        return items


class Mail:
    """What the client keeps from one session to the next. later: it deletes in the next one."""

    def __init__(self, *, later: bool) -> None:
        self._later = later
        self._have: set[str] = set()

    def fetch(self, client: RightClient) -> None:
        """All that is new; what is here is deleted, now or in the next session."""
        client.ask("STAT")
        sizes = client.listed("LIST")
        uids = client.listed("UIDL") or {}
        for number in sizes or {}:
            uid = uids.get(number, "")
            if uid and list(uids.values()).count(uid) > 1:
                raise Nonsense
            if uid in self._have or (self._get(client, number, uid) and not self._later):
                client.ask(f"DELE {number}")
        client.ask("NOOP")

    def _get(self, client: RightClient, number: int, uid: str) -> bool:
        if not client.ask(f"RETR {number}", multiline=True).positive:
            return False
        if uid:
            self._have.add(uid)
        return True
