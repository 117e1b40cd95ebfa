"""The dialogue of one session as turns: a line of the client, and what the server does then."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from pop3lab.core.actions import Action, Close, Part, Reset, Send, StartTLS
from pop3lab.core.errors import ConfigError
from pop3lab.watch.dialogue import Line, parse
from pop3lab.watch.masks import MASK, takes
from pop3lab.watch.notes import action_of


class Turn(NamedTuple):
    """A line of the client with its line end, None for what the server does unasked at first.

    response: the line answers a challenge of SASL.
    """

    line: bytes | None
    actions: tuple[Action, ...]
    response: bool = False

    @property
    def verb(self) -> bytes:
        """The first word of the line in upper case."""
        return verb_of(self.line or b"")

    def is_line(self, line: bytes) -> bool:
        """Whether it is this one; what is masked may be anything that would be masked there."""
        return takes(self.line or b"", line, response=self.response)

    @property
    def is_masked(self) -> bool:
        """Whether nothing is known of the line: it was a response of SASL, or the like."""
        return self.verb == MASK


Score = Sequence[Turn]


def verb_of(line: bytes) -> bytes:
    """The first word of a line, in upper case."""
    return line.strip().partition(b" ")[0].upper()


def read_scores(text: str) -> list[Score]:
    """The turns of each session of a transcript, in the order of the sessions.

    Raises ConfigError, also for a transcript in which no server says anything.
    """
    lines = parse(text)
    by_session = {line.session for line in lines}
    scores = [_turns(line for line in lines if line.session == one) for one in sorted(by_session)]
    scores = [score for score in scores if any(turn.actions for turn in score)]
    if not scores:
        raise ConfigError("there is no line of a server in the transcript: nothing can be played")
    return scores


def _turns(lines: Iterable[Line]) -> Score:
    turns: list[tuple[bytes | None, list[Action]]] = [(None, [])]
    for line in lines:
        if isinstance(next(reversed(turns[-1][1]), None), Close | Reset):
            break  # what the client sends to a closed connection is not waited for
        if line.who == "client":
            turns.append((line.octets, []))
        elif (action := _action(line)) is not None:
            turns[-1][1].append(action)
    before: list[list[Action]] = [[], *(actions for _, actions in turns)]
    return [
        Turn(line, tuple(_joined(actions)), _challenges(last))
        for (line, actions), last in zip(turns, before, strict=False)
    ]


def _challenges(actions: Iterable[Action]) -> bool:
    """Whether the server wants a response of SASL behind these."""
    said = b"".join(action.data for action in actions if isinstance(action, Send))
    return said.startswith(b"+") and not said.upper().startswith(b"+OK")


def _action(line: Line) -> Action | None:
    return Send(line.octets, Part.HEAD) if line.who else action_of(line.note)


def _joined(actions: Iterable[Action]) -> Iterable[Action]:
    """Octets that follow each other leave as one."""
    for sends, group in groupby(actions, lambda action: isinstance(action, Send)):
        if sends:
            octets = b"".join(action.data for action in group if isinstance(action, Send))
            yield Send(octets, Part.HEAD)
        else:
            yield from group


def needs_tls(scores: Iterable[Score]) -> bool:
    """Whether any session comes under TLS."""
    turns = (turn for score in scores for turn in score)
    return any(isinstance(action, StartTLS) for turn in turns for action in turn.actions)
