"""What a judge is: a function that looks for one finding, and how much that counts.

@finds("LOST", "a message is gone ...", grade=Grade.FAIL, always=True)
def lost(evidence: Evidence) -> Iterator[Finding]: ...
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from pop3lab.cases.case import Grade
from pop3lab.cases.evidence import Evidence, RunSeen
from pop3lab.core.command import INFORMING, TEXTS

MAIL_VERBS = (*INFORMING, *TEXTS, "DELE")


class Finding(NamedTuple):
    """Something that a client did, and what shows it.

    text: a sentence. grade: None for the grade of its judge. run, session: their numbers; 0 for no
    certain one. lines: of the transcript that decide. file: the name of a delivered message.
    """

    text: str
    run: int = 0
    session: int = 0
    lines: tuple[int, ...] = ()
    file: str = ""
    grade: Grade | None = None
    id: str = ""

    def __str__(self) -> str:
        """In one line."""
        grade = self.grade.value if self.grade else ""
        where = f" in run {self.run}" if self.run else ""
        return f"{grade} {self.id}: {self.text}{where}{self._at}"

    @property
    def _at(self) -> str:
        if not self.lines:
            return ""
        first, last = self.lines[0], self.lines[-1]
        lines = f"{first}" if first == last else f"{first} to {last}"
        return f", line {lines} of the transcript"


def at_end(run: RunSeen) -> tuple[int, tuple[int, ...]]:
    """The last session of a run and its last line, as a finding has them; nothing if none came."""
    last = run.sessions[-1] if run.sessions else None
    return (last.number, (last.last_line,)) if last else (0, ())


class Judge(NamedTuple):
    """A row. grade: None if it counts only in cases that name it.

    always: it is true whatever else happened, even if the situation did not come about. of_text: it
    depends on the text of messages, which some servers garble.
    """

    id: str
    meaning: str
    look: Callable[[Evidence], Iterator[Finding]]
    grade: Grade | None = None
    always: bool = False
    of_text: bool = False


def finds(
    id: str,  # noqa: A002 - its name everywhere
    meaning: str,
    *,
    grade: Grade | None = None,
    always: bool = False,
    of_text: bool = False,
) -> Callable[[Callable[[Evidence], Iterator[Finding]]], Judge]:
    """Make a judge of a function."""
    return lambda look: Judge(id, meaning, look, grade, always, of_text)
