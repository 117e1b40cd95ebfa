"""What the server has recorded of sessions, as evidence."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from pop3lab.cases.evidence import NO_RESPONSES, CommandSeen, SessionSeen
from pop3lab.core.actions import Part, Send
from pop3lab.core.events import (
    ActionPerformed,
    Event,
    LineReceived,
    LoggedIn,
    MessageRead,
    RuleApplied,
    TlsEstablished,
    ViolationFound,
)
from pop3lab.core.exchange import ExchangeTracker
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.transcript_writer import TranscriptWriter

_CREDENTIALS = ("PASS", "APOP")
_MOST_SHOWN = 65_536  # characters of what one event says
_OF_MESSAGE = ("RETR", "TOP", "DELE")


def sessions_seen(
    records: Iterable[SessionRecord], transcript: "CaseTranscript", aside: Collection[str] = ()
) -> list[SessionSeen]:
    """The sessions of a run, whose lines are added to the transcript.

    aside: the texts of rules in force that are not the situation.
    """
    return [_session_seen(record, transcript, aside) for record in records]


class CaseTranscript:
    """The transcript of all sessions of a case, one after the other, with numbers of lines."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self.lines = 0

    def add(self, text: str) -> int:
        """Add what an event says; return the number of the last line."""
        if len(text) > _MOST_SHOWN:
            text = f"{text[:_MOST_SHOWN]} ... {len(text) - _MOST_SHOWN} characters more\n"
        self._texts.append(text)
        self.lines += text.count("\n")
        return self.lines

    def __str__(self) -> str:
        return "".join(self._texts)


def _session_seen(
    record: SessionRecord, transcript: CaseTranscript, aside: Collection[str]
) -> SessionSeen:
    reading = _SessionReader(record, aside)
    writer = TranscriptWriter(record.is_secret)
    for seconds, event in record.events:
        reading.take(seconds, event, transcript.add(writer.text(seconds, event)))
    return SessionSeen(
        number=record.number,
        commands=tuple(reading.commands(record.sent)),
        user=record.user or "",
        mechanism=record.mechanism,
        tls=record.tls,
        end_reason=record.end_reason,
        client_close=record.client_close,
        rules=tuple(reading.rules),
        violations=tuple(reading.violations),
        last_line=transcript.lines,
        sent=record.sent,
        opened=record.opened,
        ended=record.ended or record.opened,
    )


class _Exchange:
    """A command, and what has been sent behind it until now."""

    def __init__(self, event: LineReceived, line: str, seconds: float, at: int, tls: bool) -> None:
        self.event = event
        self.line = line
        self.seconds = seconds
        self.at = at
        self.tls = tls
        self.verb = "" if event.response else event.verb
        self.uid = ""
        self.status = ""
        self.whole = False
        self.text = bytearray()
        self.has_text = False
        self.goes_on = False  # behind a dot that is no end, as no CRLF stands before it

    @property
    def ends_in_lf(self) -> bool:
        """Whether the text ends in LF alone until now."""
        return self.text.endswith(b"\n") and not self.text.endswith(b"\r\n")

    def take(self, data: bytes, part: Part) -> None:
        """Take what the server means by its parts."""
        self.goes_on = True
        self.whole = part is Part.END
        if part is Part.BODY:
            self.text += data

    @property
    def words(self) -> Sequence[str]:
        """Of the line, behind the verb."""
        return self.line.split()[1:]

    @property
    def number(self) -> int:
        """Of the message that it is about; 0 for none."""
        word = self.words[0] if self.verb in _OF_MESSAGE and self.words else ""
        return int(word) if word.isascii() and word.isdecimal() and len(word) < 10 else 0

    @property
    def secret(self) -> bool:
        """Whether it has a password, a digest, or a token."""
        initial = self.verb == "AUTH" and len(self.words) > 1
        response = self.event.response and self.line not in NO_RESPONSES
        return response or self.verb in _CREDENTIALS or initial


class _SessionReader:
    """Reads the events of one session."""

    def __init__(self, record: SessionRecord, aside: Collection[str]) -> None:
        self._aside = aside
        self._lines = iter(record.lines)
        self._tracker = ExchangeTracker()
        self._tls = False
        self._uids: Sequence[str] = ()
        self._exchanges: list[_Exchange] = []
        self._sent = 0
        self.rules: list[tuple[str, int]] = []
        self.violations: list[tuple[str, str, int]] = []

    def take(self, seconds: float, event: Event, at: int) -> None:
        """Read the next event. at: its line of the transcript."""
        match event:
            case LineReceived():
                said = event.line.strip().decode("latin-1").upper()
                response = said if said in NO_RESPONSES else "****"
                line = response if event.response else next(self._lines, "")
                self._exchanges.append(_Exchange(event, line, seconds, at, self._tls))
                self._tracker.begin(event.line, event.response)
            case ActionPerformed(_, Send(data, part)):
                self._sent += len(data)
                self._note_sent(data, part)
            case MessageRead(_, uid) if self._exchanges:
                self._exchanges[-1].uid = uid
            case TlsEstablished():
                self._tls = True
                self._tracker = ExchangeTracker()
            case LoggedIn(snapshot=snapshot):
                self._uids = [entry.uid for entry in snapshot.entries]
            case RuleApplied(rule=rule) if rule not in self._aside:
                self.rules.append((rule, at))
            case ViolationFound(id=name, meaning=meaning):
                self.violations.append((name, meaning, at))

    def _note_sent(self, data: bytes, sent: Part) -> None:
        if not self._exchanges:
            return
        reply, exchange = self._tracker.reply, self._exchanges[-1]
        if exchange.goes_on:
            exchange.take(data, sent)
            return
        pieces, behind = reply.feed(data)
        exchange.status = exchange.status or reply.status
        exchange.whole = reply.complete
        if reply.status == "+OK" and exchange.verb in ("RETR", "TOP"):
            exchange.has_text = True
            for part, octets in pieces:
                if part is Part.BODY:
                    exchange.text += octets
            end = b"".join(octets for part, octets in pieces if part is Part.END)
            if behind and sent is Part.BODY and exchange.ends_in_lf:
                exchange.take(end + behind, sent)

    def commands(self, sent: int) -> Iterator[CommandSeen]:
        """Each with what was sent behind it. sent: octets in all, also those not recorded."""
        kept = self._sent == sent
        for each in self._exchanges:
            number = each.number
            known = self._uids[number - 1] if 0 < number <= len(self._uids) else ""
            made_up = f"#{number}" if each.has_text else known
            yield CommandSeen(
                verb=each.verb,
                line=each.line,
                seconds=each.seconds,
                at=each.at,
                secret=each.secret,
                tls=each.tls,
                early=each.event.early,
                number=number,
                uid=each.uid or made_up,
                status=each.status,
                whole=each.whole,
                text=unstuffed(bytes(each.text)) if each.has_text and kept else None,
                kept=kept or not each.has_text,
            )


def unstuffed(text: bytes) -> bytes:
    """The text as every client reads it: a dot at the beginning of a line is dropped."""
    text = text.replace(b"\n.", b"\n")
    return text[1:] if text.startswith(b".") else text
