"""The evidence of a case: what the server saw of the client, and what the driver did."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from pop3lab.cases.case import Case
from pop3lab.cases.marked import Extent, Scan, scan
from pop3lab.cases.matching import SentTexts
from pop3lab.cases.treatment import OTHER_END, holds_text, is_same

# hung: long after the server's last octet. killed: as the case wants it.
Ended = Literal["itself", "hung", "stopped", "killed"]

_STAMP = re.compile(r"^\d+ +[\d.]+ ")  # of a line of the transcript: session and seconds
NO_RESPONSES = ("*", "QUIT")  # with which a client cancels an exchange of SASL, or leaves it


class CommandSeen(NamedTuple):
    """A command of the client, and the reply to it as it was sent.

    line: as it is shown, secrets masked. secret: it discloses one. tls: it came under TLS. early:
    it came before the reply to the command before it. at: its line of the transcript. number, uid:
    of the message that it is about, if any. status: of the reply, "+OK", "-ERR" or "+"; empty for
    none. whole: the reply came to its end. text: the message as it was sent, not stuffed; None if
    none was. kept: so much was sent that the text was not kept.
    """

    verb: str
    line: str
    seconds: float
    at: int
    secret: bool = False
    tls: bool = False
    early: bool = False
    number: int = 0
    uid: str = ""
    status: str = ""
    whole: bool = False
    text: bytes | None = None
    kept: bool = True


class SessionSeen(NamedTuple):
    """A session, as the server has recorded it.

    mechanism: of the login. rules: those of the situation that took effect, and the line of each.
    violations: the
    id, the meaning and the line of each. last_line: of the session in the transcript. sent: octets
    of the server. opened, ended: in seconds since the epoch.
    """

    number: int
    commands: Sequence[CommandSeen] = ()
    user: str = ""
    mechanism: str = ""
    tls: str = ""
    end_reason: str = ""
    client_close: str = ""
    rules: Sequence[tuple[str, int]] = ()
    violations: Sequence[tuple[str, str, int]] = ()
    last_line: int = 0
    sent: int = 0
    opened: float = 0.0
    ended: float = 0.0

    @property
    def ending(self) -> str:
        """How the client left, in a word."""
        if self.end_reason == "quit":
            ids = {name for name, _, _ in self.violations}
            return "not-awaited" if "quit-not-awaited" in ids else "quit"
        if self.client_close == "reset":
            return "reset"
        return "killed" if self.end_reason == "stopped" else "closed"


class Delivered(NamedTuple):
    """A message that the client delivered. name: of the file, or its place in what it returned."""

    name: str
    octets: bytes


@dataclass(frozen=True, kw_only=True)
class RunSeen:
    """One run, as the driver has seen it, and then the server.

    success: what the client said of it; exit: how, an exit status or an exception. applicable: the
    client has a way to do what it was asked for.

    delivered: new in this run. gone: names that were delivered before and are there no more.
    before, remaining: unique-ids in the store at its beginning, and at its end. deleted: those that
    its sessions deleted. output: the last of what it printed. printed: octets of it in all. files:
    those that it made or changed where it must not. seconds, cpu: what it took; cpu_after: of the
    processor, behind the last octet of the server. rss: the most memory that it had, in octets.
    crashed: it was not the client that ended it. elsewhere: connections to another server, to which
    a reply has referred.
    """

    success: bool
    exit: str = ""
    ended: Ended = "itself"
    delivered: Sequence[Delivered] = ()
    gone: Sequence[str] = ()
    sessions: Sequence[SessionSeen] = ()
    before: Sequence[str] = ()
    remaining: Sequence[str] = ()
    deleted: Collection[str] = ()
    output: str = ""
    printed: int = 0
    files: Sequence[str] = ()
    seconds: float = 0.0
    cpu: float = 0.0
    cpu_after: float = 0.0
    rss: int = 0
    crashed: bool = False
    elsewhere: int = 0
    applicable: bool = True

    def commands(self, *verbs: str) -> Iterator[tuple[SessionSeen, CommandSeen]]:
        """All commands of these verbs; of any, if none is given."""
        for session in self.sessions:
            for command in session.commands:
                if not verbs or command.verb in verbs:
                    yield session, command


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a server by the book has shown of a client.

    does: its treatments of a message. password, refused, nothing: how a run ends with a wrong
    password, at a port that nobody listens at, and with an empty maildrop. wrong: why it can't be
    judged; empty if it can. wrong_keep: why not where it is to keep the mail. pipelines: it sends
    commands before the replies to earlier ones, where PIPELINING is announced.
    """

    does: tuple[str, ...] = ()
    password: str = ""
    refused: str = ""
    nothing: str = ""
    lines: frozenset[str] = frozenset()
    wrong: str = ""
    wrong_keep: str = ""
    pipelines: bool = False


class Copy(NamedTuple):
    """What a delivered text is.

    uid: of the message that it equals; empty if it equals none. unended: it equals a text that was
    sent, and had no end.
    """

    run: int
    delivered: Delivered
    uid: str
    scan: Scan
    unended: bool = False


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that is known of a client in a case.

    stored: the messages of the store, by unique-id, in their order. secrets: what must not be
    shown. disturbed: the machine was so busy that it may have kept the client.
    """

    case: Case
    token: str
    stored: Mapping[str, bytes]
    runs: Sequence[RunSeen]
    calibration: Calibration = Calibration()
    claims: Collection[str] = ()
    secrets: Collection[str] = ()
    transcript: str = ""
    disturbed: bool = False

    @cached_property
    def uids(self) -> Sequence[str]:
        """Of all messages that there ever were, in their order."""
        return tuple(self.stored)

    def number_of(self, uid: str) -> int:
        """The place of the message in the store at first, 1 for the first."""
        return self._numbers.get(uid, 0)

    def uid_of(self, number: int) -> str:
        """The unique-id of the message at this place; empty if there is none."""
        return self.uids[number - 1] if 0 < number <= len(self.uids) else ""

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {uid: number for number, uid in enumerate(self.stored, 1)}

    @property
    def is_complete(self) -> bool:
        """Whether all runs were made, and ended by themselves."""
        ended = all(run.ended in ("itself", "killed") for run in self.runs)
        return ended and len(self.runs) == self.case.runs

    @property
    def reached(self) -> bool:
        """Whether the situation came about."""
        if word := self.case.reached:
            return any(
                _begins(command.line, word) for run in self.runs for _, command in run.commands()
            )
        return not self.case.rules or any(
            session.rules for run in self.runs for session in run.sessions
        )

    def sent(self, until: int) -> Mapping[str, Sequence[bytes]]:
        """The texts that came whole behind RETR, by unique-id, until the end of a run.

        Or behind TOP, but not where it has sent only the beginning of a message.
        """
        texts: dict[str, list[bytes]] = {}
        for run in self.runs[:until]:
            for _, command in run.commands("RETR", "TOP"):
                text = command.text if command.kept else self.stored.get(command.uid)
                if text is None or not command.whole or command.status != "+OK":
                    continue
                if command.verb == "RETR" or not self._is_beginning(command.uid, text):
                    texts.setdefault(command.uid, []).append(text)
        return texts

    def _is_beginning(self, uid: str, text: bytes) -> bool:
        """Whether it is less than the stored message, and has not its last mark."""
        part = scan(self.token, text).extent is Extent.PART
        return part and len(text) < len(self.stored.get(uid, b""))

    @cached_property
    def unknown(self) -> frozenset[str]:
        """The unique-ids of messages of which nobody knows what was sent: it was too much."""
        all_ = (command for run in self.runs for _, command in run.commands("RETR", "TOP"))
        return frozenset(command.uid for command in all_ if not command.kept)

    @cached_property
    def copies(self) -> Sequence[Copy]:
        """What was delivered, each held against what was sent until then."""
        found: list[Copy] = []
        counts: Counter[str] = Counter()  # of copies, by unique-id
        for number, run in enumerate(self.runs, 1):
            sent = SentTexts(self.sent(number), self.calibration.does)
            for delivered in run.delivered:
                found.append(self._copy(number, delivered, sent, counts))
                counts[found[-1].uid] += 1
        return found

    def _copy(
        self, run: int, delivered: Delivered, sent: SentTexts, counts: Mapping[str, int]
    ) -> Copy:
        """Of messages with the same text, the one of which there are fewest copies yet."""
        same = sent.of(delivered.octets)
        marks = scan(self.token, delivered.octets)
        alike = {Extent.FOREIGN: self._holds, Extent.PART: self._ends_alike}.get(marks.extent)
        if alike and not same:
            texts = sent.texts.items()
            same = [uid for uid, all_ in texts if alike(all_, delivered.octets)]
        uid = min(same, key=lambda each: counts[each], default="")
        return Copy(run, delivered, uid, marks, not same and self._is_unended(run, delivered))

    def _is_unended(self, run: int, delivered: Delivered) -> bool:
        does = self.calibration.does
        return any(is_same(text, delivered.octets, does) for text in self._unended(run))

    def _holds(self, sent: Sequence[bytes], delivered: bytes) -> bool:
        """Whether one of the texts is in it that have no marks, as a rule has made them.

        Nobody can tell whether a client has changed these, or has put a header before nothing.
        """
        foreign = (text for text in sent if scan(self.token, text).extent is Extent.FOREIGN)
        return any(holds_text(text, delivered) for text in foreign)

    def _ends_alike(self, sent: Sequence[bytes], delivered: bytes) -> bool:
        """Whether all of a text without a last mark is there, with other empty lines behind it."""
        does = {*self.calibration.does, OTHER_END}
        unmarked = (text for text in sent if scan(self.token, text).extent is Extent.PART)
        return any(is_same(text, delivered, does) for text in unmarked)

    def _unended(self, until: int) -> Iterator[bytes]:
        """The texts that came behind RETR, and had no end."""
        for run in self.runs[:until]:
            for _, command in run.commands("RETR", "TOP"):
                if command.text is not None and not command.whole:
                    yield command.text

    def whole(self, uid: str, until: int | None = None) -> int:
        """How many whole copies of the message were delivered, until the end of a run.

        One that is altered, but there from the first mark to the last, is whole, too: that it is
        altered is another finding.
        """
        last = len(self.runs) if until is None else until
        return sum(run <= last for run in self._whole.get(uid, ()))

    @cached_property
    def _whole(self) -> Mapping[str, Sequence[int]]:
        """The run of each whole copy, by unique-id."""
        runs: dict[str, list[int]] = {}
        for copy in self.copies:
            marked = copy.scan.number if copy.scan.extent is Extent.WHOLE else 0
            runs.setdefault(copy.uid or self.uid_of(marked), []).append(copy.run)
        return runs


def _begins(line: str, words: str) -> bool:
    """Whether a command begins with these words, of which # is any number, and * any word."""
    said, wanted = line.upper().split(), words.split()
    if len(said) < len(wanted):
        return False
    pairs = zip(said, wanted, strict=False)
    return all(word in (each, "*") or (word == "#" and each.isdecimal()) for each, word in pairs)


def unstamped(line: str) -> str:
    """A line of the transcript as it is in each run: without the session and the seconds."""
    return _STAMP.sub("", line).strip()
