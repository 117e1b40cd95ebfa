"""Runs of lines that were answered from the table of replies: one thing instead of many events.

Between the first line of a run and the last, no other session did anything.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from pop3lab.core.cached_replies import CachedReply
from pop3lab.core.events import AnsweredLine, Event, LinesAnswered, ViolationFound
from pop3lab.core.text import MessageText

TIME = "\0"  # stands for the time in a text that is written once

Batches = Sequence[tuple[float, LinesAnswered]]  # with the seconds at which they came


class AnsweredRun:
    """Lines of one session, with their replies by reference.

    In all batches there are lines that came early, or in none. lines: their number. The checks of
    clients set two more. early_violation: that of each early line. end_violations: those at the end
    of a reply.
    """

    __slots__ = ("_counts", "batches", "early_violation", "end_violations", "lines", "session")

    def __init__(self, session: int, batches: Batches) -> None:
        self.session = session
        self.batches = batches
        self.lines = sum([len(batch.replies) for _, batch in batches])
        self.early_violation: ViolationFound | None = None
        self.end_violations: Mapping[CachedReply, ViolationFound] = {}
        self._counts: Mapping[CachedReply, int] | None = None

    @property
    def seconds(self) -> float:
        """When the first lines came."""
        return self.batches[0][0]

    @property
    def counts(self) -> Mapping[CachedReply, int]:
        """How often each reply was given, in the order in which they first were."""
        if self._counts is None:
            each = [batch.replies for _, batch in self.batches]
            self._counts = Counter(each[0] if len(each) == 1 else chain.from_iterable(each))
        return self._counts

    @property
    def last(self) -> CachedReply:
        """The last reply."""
        return self.batches[-1][1].replies[-1]

    @property
    def octets(self) -> int:
        """The octets of all replies."""
        return sum([batch.octets for _, batch in self.batches])

    @property
    def text_octets(self) -> int:
        """The octets of the texts in the replies."""
        return sum(len(text.stuffed) for _, batch in self.batches for text in batch.texts or ())

    @property
    def early_lines(self) -> int:
        """How many lines came before the reply to the line before them."""
        return self.lines - sum([not batch.early for _, batch in self.batches])

    def without_texts(self) -> "AnsweredRun":
        """Return the same, with replies that end behind their status line."""
        batches = [(seconds, batch._replace(texts=None)) for seconds, batch in self.batches]
        run = AnsweredRun(self.session, batches)
        run.early_violation, run.end_violations = self.early_violation, self.end_violations
        return run

    def halves(self) -> tuple["AnsweredRun", "AnsweredRun"]:
        """Return the same in two. There must be two lines."""
        if len(self.batches) > 1:
            middle = len(self.batches) // 2
            first, rest = self.batches[:middle], self.batches[middle:]
        else:
            ((seconds, batch),) = self.batches
            both = batch.split(self.lines // 2)
            first, rest = ([(seconds, half)] for half in both)
        return AnsweredRun(self.session, first), AnsweredRun(self.session, rest)

    def events(self) -> Iterator[tuple[float, Event]]:
        """Yield the events that the lines would have been, one by one, with their seconds."""
        for seconds, batch in self.batches:
            for line in batch.lines():
                for event in self._line_events(line):
                    yield seconds, event

    def _line_events(self, line: AnsweredLine) -> Iterator[Event]:
        events = line.events()
        yield next(events)
        if line.early and self.early_violation:
            yield self.early_violation
        yield from events
        if line.reply in self.end_violations:
            yield self.end_violations[line.reply]

    def violations(self) -> Iterator[tuple[ViolationFound, int]]:
        """Yield the violations in their order, and how often each was found in a row."""
        if not self.end_violations:
            if self.early_violation:
                yield self.early_violation, self.early_lines
            return
        for _, batch in self.batches:
            for line in batch.lines():
                if line.early and self.early_violation:
                    yield self.early_violation, 1
                if line.reply in self.end_violations:
                    yield self.end_violations[line.reply], 1

    def written(
        self, write: Callable[[Iterator[Event]], str], stamp: Callable[[float], str]
    ) -> Iterator[str]:
        """Yield the text of each batch, quickly.

        write: returns the text of the events of one line, with TIME wherever the time belongs. It
        is called once for each different line. stamp: returns the text of the time.
        """
        texts = self._texts()
        awaited: dict[CachedReply, str] = {}
        early: dict[CachedReply, str] = {}

        def text_of(reply: CachedReply, *, known: dict[CachedReply, str]) -> str:
            if reply not in known:
                line = AnsweredLine(self.session, known is early, reply, texts.get(reply))
                known[reply] = write(self._line_events(line))
            return known[reply]

        for seconds, batch in self.batches:
            at, replies = stamp(seconds), batch.replies
            text = ""
            if not batch.early:
                text = text_of(replies[0], known=awaited).replace(TIME, at)
                replies = replies[1:]
            if replies:
                each = {
                    reply: text_of(reply, known=early).replace(TIME, at)
                    for reply in dict.fromkeys(replies)
                }
                text += "".join([each[reply] for reply in replies])
            yield text

    def _texts(self) -> dict[CachedReply, MessageText]:
        """Return the text of each reply that has one: always the same, as it is kept with it."""
        texts: dict[CachedReply, MessageText] = {}
        for _, batch in self.batches:
            if batch.texts:
                with_text = [reply for reply in batch.replies if reply.text]
                texts.update(zip(with_text, batch.texts, strict=True))
        return texts
