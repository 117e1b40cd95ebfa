"""What is remembered from one session to the next, and never more than so much."""

from enum import Enum
from typing import NamedTuple

from pop3lab.watch.violations.proofs import Attempt
from pop3lab.watch.violations.said import Done

_MOST_GOT = 200_000  # messages
_MOST_USERS = 10_000  # users
_MOST_REFUSED = 10  # logins of a user


class Got(Enum):
    """What a client has of a message."""

    NOTHING = 0
    BROKEN = 1  # it asked, and the answer was a refusal, or had no end
    LOOKED = 2  # as much as TOP gives
    PERHAPS = 3  # where the text ended, or what the answer was, is for the client to say
    WHOLE = 4


_LASTING = {Got.PERHAPS, Got.WHOLE}  # whatever comes later, the client may have it


def got(done: Done, in_step: bool) -> Got:
    """What the answer to RETR or TOP has given. in_step: the client knows which answer is which."""
    answer = done.answer
    if answer.whole and done.ok:
        return Got.WHOLE if done.said.verb == "RETR" else Got.LOOKED
    broken = answer.cut or (answer.whole and done.refused)
    return Got.BROKEN if broken and in_step else Got.PERHAPS


class Wait(NamedTuple):
    """Until when a user of a host should not log in again.

    since: a session opened before that knew nothing of it. code: LOGIN-DELAY or IN-USE.
    """

    code: str
    session: int
    since: float
    until: float


# When each was refused first: a secret with a code, or any secret, which is None.
Refusals = dict[tuple[int | None, str], float]


class Past:
    """What users have of their messages, who is to wait, and whose logins are of no use."""

    def __init__(self) -> None:
        self._got: dict[int, Got] = {}
        self._waits: dict[tuple[str, str], Wait] = {}
        self._refused: dict[tuple[str, str], Refusals] = {}
        self._unsure: set[str] = set()  # users who were shown messages at the numbers of others
        self._forgets = False  # there was more than is remembered

    def note_got(self, user: str, uid: str, what: Got) -> None:
        """What has come to this user of this message; what has come whole, has for ever."""
        key = hash((user, uid))
        if len(self._got) >= _MOST_GOT and key not in self._got:
            self._forgets = True
        elif what is Got.WHOLE or self._got.get(key) not in _LASTING:
            self._got[key] = what

    def got(self, user: str, uid: str) -> Got:
        """What this user has of it; all, if that may be forgotten, or known to nobody."""
        if user in self._unsure:
            return Got.WHOLE
        return self._got.get(hash((user, uid)), Got.WHOLE if self._forgets else Got.NOTHING)

    def note_unsure(self, user: str) -> None:
        """That it is not known which messages this user has got."""
        if len(self._unsure) >= _MOST_USERS:
            self._forgets = True
        else:
            self._unsure.add(user)

    def note_deleted(self, user: str, uids: tuple[str, ...]) -> None:
        """They are gone and need not be remembered."""
        for uid in uids:
            self._got.pop(hash((user, uid)), None)

    def note_wait(self, host: str, user: str, wait: Wait) -> None:
        """Unless this user has to wait longer already."""
        before = self._waits.pop((host, user), None)
        longer = before if before and before.until > wait.until else wait
        self._waits[host, user] = longer
        if len(self._waits) > _MOST_USERS:
            del self._waits[next(iter(self._waits))]

    def wait(self, host: str, user: str) -> Wait | None:
        """What this user has to wait for, or had to."""
        return self._waits.get((host, user))

    def note_refused(self, host: str, attempt: Attempt, code: str, seconds: float) -> None:
        """That this was refused with this code. attempt: without a secret, it is any."""
        refusals = self._refused.setdefault((host, attempt.user), {})
        refusals.setdefault((attempt.secret, code), seconds)
        if len(refusals) > _MOST_REFUSED:
            del refusals[next(iter(refusals))]
        if len(self._refused) > _MOST_USERS:
            del self._refused[next(iter(self._refused))]

    def was_refused(self, host: str, attempt: Attempt, code: str, before: float) -> bool:
        """Whether it was, before this moment, and no login of that user has worked since."""
        since = self._refused.get((host, attempt.user), {}).get((attempt.secret, code))
        return since is not None and since <= before

    def note_entered(self, host: str, user: str) -> None:
        """A login of the user works: what was wrong has been mended."""
        self._refused.pop((host, user), None)
