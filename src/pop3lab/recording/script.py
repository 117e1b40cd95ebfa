"""The dialogue of one session in steps: a line of the client, and the server's actions after it."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from pop3lab.core.actions import Action, Close, Part, Reset, Send, StartTLS
from pop3lab.core.command import is_multiline
from pop3lab.core.errors import ConfigError
from pop3lab.core.exchange import ExchangeTracker
from pop3lab.core.request import Request, parse_line, verb_of
from pop3lab.observe.redaction import REDACTED, matches_redacted
from pop3lab.observe.transcript import TranscriptLine, action_from_note
from pop3lab.observe.transcript_formats import parse_either


class ScriptStep(NamedTuple):
    """A line of the client with its line end; None for what the server does first.

    response: the line is a SASL response.
    """

    line: bytes | None
    actions: tuple[Action, ...]
    response: bool = False

    @property
    def verb(self) -> bytes:
        """The first word of the line in upper case."""
        return verb_of(self.line or b"")

    def is_line(self, line: bytes) -> bool:
        """Whether it is this line; a redacted part matches anything that would be redacted."""
        return matches_redacted(self.line or b"", line, response=self.response)

    def asks_the_same(self, line: bytes) -> bool:
        """Whether the line has the same verb and arguments, in another spelling."""
        return matches_redacted(_spelled(self.line or b""), _spelled(line), response=self.response)

    def answers(self, line: bytes) -> bool:
        """Whether the server's actions also fit this line, which may have other arguments.

        A single-line reply does not fit a listing, nor the other way round.
        """
        mine, other = _exchange(self.line or b""), _exchange(line)
        return mine.verb == other.verb and is_multiline(mine) == is_multiline(other)

    @property
    def is_masked(self) -> bool:
        """Whether nothing of the line is known: it was a SASL response, for example."""
        return self.verb == REDACTED


ReplayScript = Sequence[ScriptStep]


def _exchange(line: bytes) -> Request:
    return parse_line(line.strip()).request


def _spelled(line: bytes) -> bytes:
    """Return the line with its verb in upper case and single spaces."""
    verb, *words = line.split() or [b""]
    return b" ".join([verb.upper(), *words])


def read_scripts(text: str) -> list[ReplayScript]:
    """Return the steps of each session of a transcript, as text or JSON lines, in order.

    Raises ConfigError, also for a transcript without lines of the server.
    """
    lines = parse_either(text)
    by_session = {line.session for line in lines}
    scripts = [_turns(line for line in lines if line.session == one) for one in sorted(by_session)]
    scripts = [script for script in scripts if any(turn.actions for turn in script)]
    if not scripts:
        raise ConfigError("there is no line of a server in the transcript: nothing can be played")
    return scripts


def _turns(lines: Iterable[TranscriptLine]) -> ReplayScript:
    tracker = ExchangeTracker()
    turns: list[tuple[bytes | None, bool, list[Action]]] = [(None, False, [])]
    for line in lines:
        actions = turns[-1][2]
        if isinstance(next(reversed(actions), None), Close | Reset):
            break  # the client's lines after the close are not awaited
        if line.who == "client":
            request = tracker.begin(line.octets.removesuffix(b"\n"))
            turns.append((line.octets, request.responds, []))
        elif (action := _action(line)) is not None:
            actions.append(action)
            _hear(tracker, action)
    return [
        ScriptStep(line, tuple(_joined(actions)), responds) for line, responds, actions in turns
    ]


def _hear(tracker: ExchangeTracker, action: Action) -> None:
    if isinstance(action, Send):
        tracker.say(action.data)


def _action(line: TranscriptLine) -> Action | None:
    return Send(line.octets, Part.HEAD) if line.who else action_from_note(line.note)


def _joined(actions: Iterable[Action]) -> Iterable[Action]:
    """Join consecutive sends."""
    for sends, group in groupby(actions, lambda action: isinstance(action, Send)):
        if sends:
            octets = b"".join(action.data for action in group if isinstance(action, Send))
            yield Send(octets, Part.HEAD)
        else:
            yield from group


def needs_tls(scripts: Iterable[ReplayScript]) -> bool:
    """Whether any session uses TLS."""
    turns = (turn for script in scripts for turn in script)
    return any(isinstance(action, StartTLS) for turn in turns for action in turn.actions)
