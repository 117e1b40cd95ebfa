"""What one session fetches, as the server sent it and the client may have read it."""

from typing import NamedTuple

from pop3lab.watch.violations.said import Said, is_number

_ALL_LINES = 1_000_000  # who asks TOP for so many wants the message


class Wanted(NamedTuple):
    """A message of which all was asked for. uid: the store's; empty if it is not known."""

    number: int
    uid: str


class Visit:
    """One session until now; unique-ids, by number, are the store's.

    had: of messages that came whole, and behind which the client has gone on. unread: of those
    that were sent whole, but may not have been read. asked: what is being sent, if it is wanted
    whole. disturbed: a rule has taken part in the session.
    """

    def __init__(self) -> None:
        self.had: dict[int, str] = {}
        self.unread: dict[int, str] = {}
        self.asked: Wanted | None = None
        self.disturbed = False
        self._last: Wanted | None = None
        self._failed: Wanted | None = None  # the first that did not come
        self._pipelines = False
        self._whole = False  # what is being sent, until now

    def ask(self, said: Said, uid: str, *, pipelines: bool) -> None:
        """The client has sent this line. uid: of the message that it is about, if that is known.

        pipelines: the client may, so that a line does not show that it has read what came before.
        """
        self._pipelines = self._pipelines or pipelines or said.early
        if not said.early and (said.verb == "QUIT" or not self._pipelines):
            self.confirm()
        self._settle()
        if said.verb in ("RETR", "TOP") and said.number is not None:
            self._last = self.asked = Wanted(said.number, uid) if _wants_all(said) else None

    def read(self, uid: str) -> None:
        """A message is read for it."""
        if self.asked:
            self._last = self.asked = self.asked._replace(uid=uid)
            self._whole = True

    def cut(self) -> None:
        """What is being sent is not all of it."""
        self._whole = False

    def end(self) -> Wanted | None:
        """A reply has come to its end: the message, if that is a whole one."""
        return self.asked if self._whole else None

    def disturb(self, *, standing: bool) -> None:
        """A rule takes part in what is being sent, or comes behind it."""
        self.disturbed = self.disturbed or not standing
        if self.asked:
            self.unread.pop(self.asked.number, None)

    def keep(self) -> None:
        """It is as it was wanted."""
        if self.asked:
            self.unread[self.asked.number] = self.asked.uid

    def confirm(self) -> None:
        """All that was sent has been read."""
        self.had |= self.unread
        self.unread.clear()

    def stop(self) -> Wanted | None:
        """Where the session has ended: who pipelines has asked for more, and perhaps not read it.

        None if it ended at no message.
        """
        self._settle()
        return self._failed if self._failed and self._pipelines else self._last

    def came(self, number: int) -> bool:
        """Whether this message was sent as it was wanted."""
        return number in self.had or number in self.unread

    def _settle(self) -> None:
        """Nothing more comes of what was asked for before."""
        if self.asked and not self.came(self.asked.number):
            self._failed = self._failed or self.asked
        self.asked, self._whole = None, False


def _wants_all(said: Said) -> bool:
    if said.verb == "RETR":
        return True
    lines = said.words[1:2]
    return bool(lines) and is_number(lines[0]) and int(lines[0]) >= _ALL_LINES
