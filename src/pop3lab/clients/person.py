"""A client that a person works: what the server can't see is asked in one line each."""

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Literal, NamedTuple, Protocol

from pop3lab.cases.case import Case
from pop3lab.cases.evidence import Delivered, Ended, RunSeen
from pop3lab.cases.marked import marked, three, token_of
from pop3lab.clients.job import Job, Patience

_LOOK = 0.1  # seconds between two looks whether the client has come
_QUIET_LOOKS = 5  # in a row, before it counts as gone
SKIP, LEAVE = "s", "q"  # answers to whatever question

QuestionKind = Literal["get-mail", "ended", "seen", "early"]


class Question(NamedTuple):
    """What a person is asked.

    kind: "get-mail", "ended", "seen" or "early". text: a line. answers: what can be answered;
    several: any of them, separated by spaces.
    """

    kind: QuestionKind
    text: str
    answers: Sequence[str]
    several: bool = False


class Person(Protocol):
    """Somebody who reads and answers."""

    def begin(self, case: Case, run: int, job: Job | None) -> None:
        """Show a case, and the settings for the client, unless they are known."""

    def ask(self, question: Question) -> str:
        """Ask something; return the answer."""


class _CaseSkipped(Exception):
    """The person leaves out the case, at whatever question."""


class PersonLeft(Exception):
    """The person wants to end here."""


class Questioning:
    """One case at a time asks its questions. left: the person has left, and nobody waits more."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.left = threading.Event()


class PersonClient:
    """Has a person make the client do each run of one case.

    waits: the person is not asked to begin, but asked when the client has come and gone.
    """

    kind = "person"
    treatments = ()
    name = "by hand"

    def __init__(
        self,
        person: Person,
        case: Case,
        seed: int,
        *,
        waits: bool = False,
        questioning: Questioning,
    ) -> None:
        """questioning: those of all cases that may wait at the same time."""
        self._person = person
        self._case = case
        self._token = token_of(case.id, seed)
        self._texts = (case.messages or three)(self._token)
        self._waits = waits
        self._questioning = questioning
        self._seen: set[int] = set()
        self._runs = 0

    def run(self, job: Job, patience: Patience, give_up: Callable[[], None]) -> RunSeen:
        """Have the job done, and ask what became of it. Raises PersonLeft."""
        self._runs += 1
        if self._waits:
            self._await_visit(patience)
        try:
            return self._told(job, give_up)
        except _CaseSkipped:
            return RunSeen(success=False, applicable=False)

    def _told(self, job: Job, give_up: Callable[[], None]) -> RunSeen:
        """The run, as the person tells it. Raises PersonLeft, _CaseSkipped."""
        with self._questioning.lock:
            self._begin(job)
            ended, success = self._end()
            text = "Which messages do you see, by their subjects?"
            whole = self._numbers("seen", text, self._listed())
            parts = self._numbers("early", "Which of these end too early?", whole)
        new = sorted(whole - self._seen)
        self._seen |= whole
        if ended != "itself":
            give_up()
        return RunSeen(
            success=success,
            ended=ended,
            delivered=[self._delivered(number, number in parts) for number in new],
        )

    def _await_visit(self, patience: Patience) -> None:
        """Wait until the client has come, and the server had nothing to say for a while."""
        quiet = 0
        while quiet < _QUIET_LOOKS:
            gone = patience.is_quiet() and patience.until_last_octet > 0
            quiet = quiet + 1 if gone else 0
            if self._questioning.left.wait(_LOOK):
                raise PersonLeft

    def _begin(self, job: Job) -> None:
        """Say what to do, and wait until it is done. Raises PersonLeft, _CaseSkipped."""
        self._person.begin(self._case, self._runs, None if self._waits else job)
        if not self._waits:
            text = "Get mail. Enter when it is done, s to skip, q to quit:"
            self._answer(Question("get-mail", text, ("", SKIP)))

    def _end(self) -> tuple[Ended, bool]:
        text = "Did it say that something went wrong? y or n, b if it is still busy:"
        answer = self._answer(Question("ended", text, ("y", "n", "b")))
        return ("hung" if answer == "b" else "itself"), answer == "n"

    def _answer(self, question: Question) -> str:
        """One of the answers, however often it takes. Raises PersonLeft, _CaseSkipped."""
        while True:
            answer = self._ask(question)
            if answer in question.answers:
                return answer

    def _ask(self, question: Question) -> str:
        """The answer, whatever it is. Raises PersonLeft, _CaseSkipped."""
        answer = self._person.ask(question).strip().lower()
        if answer == LEAVE:
            raise PersonLeft
        if answer == SKIP:
            raise _CaseSkipped
        return answer

    def _listed(self) -> Collection[int]:
        arrived = 1 if self._case.arrives and self._runs > 1 else 0
        return range(1, len(self._texts) + arrived + 1)

    def _numbers(self, kind: QuestionKind, text: str, known: Collection[int]) -> set[int]:
        """Some of these numbers; none, if there is nothing to choose from.

        Raises PersonLeft, _CaseSkipped.
        """
        if not known:
            return set()
        answers = [str(number) for number in sorted(known)]
        line = f"{text} {' '.join(answers)}, Enter for none:"
        question = Question(kind, line, answers, several=True)
        while True:
            words = self._ask(question).replace(",", " ")
            numbers = {int(word) if word.isdecimal() else 0 for word in words.split()}
            if numbers <= set(known):
                return numbers

    def _delivered(self, number: int, part: bool) -> Delivered:
        """The message as the person sees it."""
        texts: Sequence[bytes] = self._texts
        text = texts[number - 1] if number <= len(texts) else marked(self._token, number)
        return Delivered(f"message {number}", text[: len(text) // 2] if part else text)


def account_line(job: Job) -> str:
    """The settings for the client, in a line."""
    security = {"": "no encryption", "stls": "STARTTLS", "implicit": "SSL/TLS"}[job.tls]
    trust = f", trust {job.ca_file}" if job.ca_file else ""
    secret = f"token {job.token}" if job.token else f"password {job.password}"
    login = f", log in by {job.auth.upper()}" if job.auth else ""
    keep = "delete from the server" if job.delete else "leave on the server"
    return (
        f"Account: POP3 server {job.host}, port {job.port}, {security}{trust}, "
        f"user {job.user}, {secret}{login}, {keep}.\n"
    )
