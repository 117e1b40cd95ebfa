"""What sessions have seen of mail that is delivered and deleted, and what of that can't be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock


@dataclass(eq=False)
class Deletion:
    """At a QUIT of which the answer is not known yet, or never will be."""

    subjects: set[str]
    seen_undone: bool = False  # by a later session


@dataclass
class Book:
    """A message is known by its subject. For all threads.

    Whatever was begun and not answered is settled by the next session that sees the whole
    maildrop: all of it is gone, or none.
    """

    uids: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    sessions: int = 0
    refused: int = 0  # QUITs answered with -ERR
    cut: int = 0  # killed in a QUIT that had something to delete, and before it was answered
    done: int = 0  # of those, and of those answered with -ERR, how many were all gone
    undone: int = 0  # and of how many all was left
    wrong: list[str] = field(default_factory=list)
    _subjects: dict[str, str] = field(default_factory=dict)  # by unique-ids
    _open: list[Deletion] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def __str__(self) -> str:
        return (
            f"{self.sessions} sessions, {len(self.gone)} messages deleted, {self.cut} QUITs cut"
            f" short, {self.refused} refused: {self.done} done, {self.undone} undone;"
            f" {len(self.wrong)} wrong"
        )

    def seen(self, listed: Mapping[str, str], *, whole: bool) -> None:
        """What a session sees at its beginning.

        listed: subjects by unique-ids, empty where RETR was refused. whole: whether nothing that is
        there may be missing in it.
        """
        with self._lock:
            known = [subject or self._subjects.get(uid, "") for uid, subject in listed.items()]
            there = [subject for subject in known if subject]
            if len({*there}) != len(there):
                self.wrong.append(f"twice: {listed}")
            self.wrong += [f"back after +OK: {each}" for each in there if each in self.gone]
            for uid, subject in listed.items():
                if subject:
                    self._identify(uid, subject)
            self._open = [each for each in self._open if not self._settle(each, {*there}, whole)]

    def _identify(self, uid: str, subject: str) -> None:
        if self.uids.setdefault(subject, uid) != uid:
            self.wrong.append(f"another unique-id: {subject}")
        if self._subjects.setdefault(uid, subject) != subject:
            self.wrong.append(f"a unique-id for another message: {subject}")

    def _settle(self, deletion: Deletion, there: set[str], whole: bool) -> bool:
        left = deletion.subjects & there
        if left:
            deletion.seen_undone = True
            self.undone += 1
            if whole and deletion.subjects - left - self._taken_by_others(deletion):
                self.wrong.append(f"half of it: {sorted(left)} of {sorted(deletion.subjects)}")
        elif whole:
            self.gone |= deletion.subjects
            self.done += 1
        return bool(left) or whole

    def _taken_by_others(self, deletion: Deletion) -> set[str]:
        """What other sessions have deleted, or may have: one that has lost its lock goes on."""
        others = (each.subjects for each in self._open if each is not deletion)
        return self.gone.union(*others)

    def begins(self, subjects: set[str]) -> Deletion:
        """Before QUIT, at which these are to go."""
        deletion = Deletion(subjects)
        with self._lock:
            self._open.append(deletion)
        return deletion

    def ended(self, deletion: Deletion, answer: bytes, *, killed: bool) -> None:
        """answer: to QUIT; empty if there was none."""
        with self._lock:
            self.sessions += 1
            if not answer.startswith(b"+OK"):
                self.refused += answer.startswith(b"-ERR")
                self.cut += killed and bool(deletion.subjects)
                return
            if deletion.seen_undone:
                self.wrong.append(f"+OK, and still there: {sorted(deletion.subjects)}")
            self.gone |= deletion.subjects
            self._open = [each for each in self._open if each is not deletion]

    def lost(self, delivered: set[str], left: set[str]) -> set[str]:
        """Of all that was delivered, what is not left and was not deleted."""
        return delivered - left - self.gone
