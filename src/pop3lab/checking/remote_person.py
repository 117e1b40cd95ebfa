"""A person who is not at a terminal: asked in one thread, and answering from others."""

from collections.abc import Callable
from threading import Condition

from pop3lab.cases.case import Case
from pop3lab.clients.job import Job
from pop3lab.clients.person import LEAVE, SKIP, Question
from pop3lab.core.errors import ConfigError


class RemotePerson:
    """Waits with each question until it is answered.

    case, run, job: what the person is led through now. question: what waits for an answer.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        """changed: called when there is something else to see."""
        self._changed = changed
        self._turn = Condition()
        self._answer: str | None = None
        self._left = False
        self.case: Case | None = None
        self.run = 0
        self.job: Job | None = None
        self.question: Question | None = None

    def begin(self, case: Case, run: int, job: Job | None) -> None:
        """Show a case, and the settings for the client."""
        with self._turn:
            self.case, self.run, self.job = case, run, job
        self._changed()

    def ask(self, question: Question) -> str:
        """Return the answer, when it is there."""
        with self._turn:
            if self._left:
                return LEAVE
            self._answer = None
            self.question = question
        self._changed()
        with self._turn:
            self._turn.wait_for(lambda: self._answer is not None)
            self.question = None
            answer = self._answer or ""
        self._changed()
        return answer

    def answer(self, answer: str) -> None:
        """Answer the question. Raises ConfigError if it is none of the answers."""
        with self._turn:
            question = self._asked()
            words = answer.replace(",", " ").split() if question.several else [answer]
            for word in words:
                if word not in question.answers:
                    known = ", ".join(repr(each) for each in question.answers)
                    raise ConfigError(f"{word!r} is no answer: give {known}")
            self._say(answer)

    def skip(self) -> None:
        """Leave out the rest of this case. Raises ConfigError if nothing is asked."""
        with self._turn:
            self._asked()
            self._say(SKIP)

    def leave(self) -> None:
        """End after the cases that are done."""
        with self._turn:
            self._left = True
            self._say(LEAVE)

    def _asked(self) -> Question:
        if self.question is None:
            raise ConfigError("nothing is asked now: wait for the next question")
        return self.question

    def _say(self, answer: str) -> None:
        self._answer = answer
        self._turn.notify_all()
