"""The attempts of one session to log in, as far as they can be told from its lines."""

from pop3lab.watch.violations.answer import CHALLENGE
from pop3lab.watch.violations.proofs import Attempt, attempt_in, useless_after
from pop3lab.watch.violations.said import Done, Said


class Logins:
    """Since the connection began, or TLS.

    named: by USER, if that was the line before. mechanism: of the SASL exchange under way, with
    how many responses until now, the initial one included. tried: how many attempts were decided.
    """

    def __init__(self) -> None:
        self.named: str | None = None
        self.mechanism = ""
        self.responses = 0
        self.tried = 0
        self._trying: Attempt | None = None
        self._refused: list[tuple[Attempt, str]] = []

    def attempt(self, said: Said) -> Attempt | None:
        """What this line tries; None if that can't be told from it."""
        words = said.words
        if said.verb == "PASS" and self.named is not None and said.rest:
            return Attempt(self.named, hash(said.rest))
        if said.verb == "APOP" and len(words) == 2:
            return Attempt(words[0], hash(words[1]))
        if said.response:
            return attempt_in(self.mechanism, self.responses + 1, said.octets.removesuffix(b"\r"))
        if said.verb == "AUTH" and len(words) == 2:
            return attempt_in(words[0].upper(), 1, words[1].encode("utf-8", "surrogateescape"))
        return None

    def was_refused(self, useless: Attempt, code: str) -> bool:
        """Whether it is of no use since a refusal with this code."""
        return (useless, code) in self._refused

    def decided(self, done: Done) -> Attempt | None:
        """The attempt that this line and its answer have decided, if it is known whose."""
        if not done.said.logs_in or not (done.ok or done.refused):
            return None
        return self.attempt(done.said) or (self._trying if done.said.response else None)

    def learn(self, done: Done) -> None:
        """Of a line that was answered."""
        said = done.said
        if done.refused and (attempt := self.decided(done)):
            self._note_refused(attempt, done.answer.code)
        self.tried += said.logs_in and (done.ok or done.refused)
        self.named = " ".join(said.words) if said.verb == "USER" and done.ok else None
        self._learn_mechanism(done)

    def _note_refused(self, attempt: Attempt, code: str) -> None:
        if useless := useless_after(code, attempt):
            self._refused = [*self._refused[-9:], (useless, code)]

    def _learn_mechanism(self, done: Done) -> None:
        said = done.said
        if done.answer.status != CHALLENGE:
            self.mechanism, self._trying = "", None
            return
        self._trying = self.attempt(said) or (self._trying if said.response else None)
        if said.response:
            self.responses += 1
        else:
            self.mechanism = said.words[0].upper() if said.words else ""
            self.responses = max(0, len(said.words) - 1)
