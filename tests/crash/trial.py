"""What came of one trial, and the rules by which it may have been wrong."""

from dataclasses import dataclass, field
from pathlib import Path

from .client import SILENCE
from .folder import State
from .moments import Moment
from .strace import Disturbance, Log

View = tuple[bytes, ...] | None  # the messages that a login finds; None if it is refused


@dataclass(repr=False)
class Trial:
    """What was seen. A rule answers how it is broken, with an empty text if it is not.

    left: names of files right after the answer. listed: sizes, to logins while calls still
    failed. views: of logins when all was well again, in their order. litter: names of files that
    are no messages, at the very end.
    """

    moment: Moment
    folder: Path
    disturbance: Disturbance | None
    log: Log
    answer: bytes = b""
    left: set[str] = field(default_factory=set)
    listed: list[tuple[int, ...]] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    litter: set[str] = field(default_factory=set)
    died: bool = False
    errors: str = ""

    @property
    def acknowledged(self) -> bool:
        return self.answer.startswith(b"+OK")

    @property
    def killed(self) -> bool:
        return self.disturbance is not None and self.disturbance.kills

    @property
    def _closes(self) -> bool:
        """Whether it is a close that failed."""
        at = self.disturbance
        return at is not None and not at.kills and at.point.call == "close"

    @property
    def states(self) -> list[State]:
        return [self.moment.deletion.state(view) for view in self.views if view is not None]

    @property
    def doomed_left(self) -> set[str]:
        return self.left & self.moment.deletion.names

    def not_disturbed(self) -> str:
        return "" if self.log.disturbed else "it did not happen"

    def half_done(self) -> str:
        """Before the disturbance is over, too; and what one login has seen is so for the next."""
        deletion = self.moment.deletion
        found = [*map(deletion.state_by_sizes, self.listed), *self.states]
        wrong = not set(found) <= set(self.moment.allowed) or len(set(found)) > 1
        return f"logins found: {', '.join(state.value for state in found)}" if wrong else ""

    def falsely_acknowledged(self) -> str:
        if not self.acknowledged:
            return ""
        if self.moment.command == "QUIT" and self.doomed_left:
            return f"+OK, but {sorted(self.doomed_left)} were still there"
        return "" if set(self.states) == {State.ALL_GONE} else "+OK, but not all is gone"

    def not_served(self) -> str:
        if self.died and not self.killed:
            return "the server died"
        if self._closes:
            return ""  # in truth it is closed although that fails, but not here: the lock stays
        return "a login was refused when all was well again" if None in self.views else ""

    def littered(self) -> str:
        return f"left behind: {sorted(self.litter)}" if self.litter else ""

    def not_answered(self) -> str:
        if self.answer == SILENCE:
            return SILENCE.decode()
        return "" if self.killed or self.answer else "no answer"

    def escaped(self) -> str:
        if "Traceback" not in self.errors or self._closes:
            return ""  # the closing of a connection may have failed, too, and asyncio says so
        return f"an exception got out: {self.errors.strip().splitlines()[-1]}"
