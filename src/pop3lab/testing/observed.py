"""What a server under test has seen, and waiting for more of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pop3lab.testing.loops import running
from pop3lab.testing.running import Run
from pop3lab.testing.service import Service
from pop3lab.watch.dialogue import parse
from pop3lab.watch.expecting import compare, compare_dialogue
from pop3lab.watch.mismatch import Mismatch
from pop3lab.watch.recorded import Recorded
from pop3lab.watch.sessions import SessionRecord
from pop3lab.watch.waiting import Goal, WaitTimeout, Wanted, goals, timed_out, told

Found = TypeVar("Found")


class Observed:
    """Sessions, transcript, statistics, and waiting for them.

    A wait ends with the event that it is for, at once if that has been, or raises WaitTimeout.
    timeout: seconds; None for those that the server was given. The methods whose names end in
    _async are for event loops: a loop that waits in the others stands still, and the clients in it.
    """

    def __init__(self, service: Service, timeout: float) -> None:
        self._service = service
        self._timeout = timeout

    @property
    def _now(self) -> Run:
        return self._service.run

    @property
    def sessions(self) -> list[SessionRecord]:
        """A record of each session, in the order in which they began; those go on as they do."""
        sessions = self._now.sessions
        return sessions.changes.look(lambda: list(sessions.records))

    @property
    def transcript(self) -> Recorded:
        """All that was said, as `C:` and `S:` lines; see also that of each session."""
        return self._now.sessions.transcript

    @property
    def stats(self) -> Counter[str]:
        """How often each verb came."""
        return Counter(verb for session in self.sessions for verb in session.commands)

    @property
    def errors(self) -> list[BaseException]:
        """What went wrong in the server itself: must be empty, whatever a client does."""
        return self._now.errors

    def expect(self, pattern: Sequence[str] | str, session: int | None = None) -> None:
        """The commands, as in ["USER", "PASS", "RETR+", "QUIT"], or the dialogue of a session.

        Both forms: pop3lab.watch.expecting. session: its number; the last, if None. One that goes
        on is waited for, but not in the event loop that serves. Raises AssertionError with a diff.
        """

        def settled() -> bool:
            record = self._record(session)
            return record is not None and (record.over or not _mismatch(record, pattern))

        if running() is not self._service.loop:
            self._block(settled, self._timeout)
        record = self._record(session)
        if record is None:
            raise AssertionError("; ".join(["there is no such session", *told(self.sessions)]))
        if mismatch := _mismatch(record, pattern):
            raise AssertionError(str(mismatch))

    def _record(self, number: int | None) -> SessionRecord | None:
        records = self._now.sessions.records
        if number is None:
            return records[-1] if records else None
        return records[number - 1] if 0 < number <= len(records) else None

    # Waiting

    def wait_session(self, timeout: float | None = None, nth: int | None = None) -> SessionRecord:
        """The next session that is over, its connection gone; each is returned once.

        nth: that session, 1 for the first, however often. Raises WaitTimeout.
        """
        seconds = self._patience(timeout)
        return self._got(nth, self._block(self._over(nth), seconds), seconds)

    async def wait_session_async(
        self, timeout: float | None = None, nth: int | None = None
    ) -> SessionRecord:
        """See wait_session."""
        seconds = self._patience(timeout)
        found = await self._now.sessions.changes.until_async(self._over(nth), seconds)
        return self._got(nth, found, seconds)

    def wait(
        self,
        *,
        sessions: int | None = None,
        logins: Wanted | None = None,
        retrieved: Wanted | None = None,
        deleted: Wanted | None = None,
        commands: Mapping[str, int] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Wait until there have been so many, in all sessions; or these users or unique-ids.

        sessions: that are over. commands: how often which verb. Raises WaitTimeout.
        """
        wanted = goals(
            sessions=sessions,
            logins=logins,
            retrieved=retrieved,
            deleted=deleted,
            commands=commands,
        )
        seconds = self._patience(timeout)
        self._met(self._block(self._meets(wanted), seconds), wanted, seconds)

    async def wait_async(
        self,
        *,
        sessions: int | None = None,
        logins: Wanted | None = None,
        retrieved: Wanted | None = None,
        deleted: Wanted | None = None,
        commands: Mapping[str, int] | None = None,
        timeout: float | None = None,
    ) -> None:
        """See wait."""
        wanted = goals(
            sessions=sessions,
            logins=logins,
            retrieved=retrieved,
            deleted=deleted,
            commands=commands,
        )
        seconds = self._patience(timeout)
        met = await self._now.sessions.changes.until_async(self._meets(wanted), seconds)
        self._met(met, wanted, seconds)

    def assert_no_connections(self, for_: float = 0.2) -> None:
        """Nobody connects for so many seconds, nor has, but in sessions that were waited for.

        Raises AssertionError as soon as somebody does.
        """
        self._alone(self._block(self._strangers, for_))

    async def assert_no_connections_async(self, for_: float = 0.2) -> None:
        """See assert_no_connections."""
        self._alone(await self._now.sessions.changes.until_async(self._strangers, for_))

    def _patience(self, timeout: float | None) -> float:
        return self._timeout if timeout is None else timeout

    def _block(self, find: Callable[[], Found], seconds: float) -> Found:
        """Wait in this thread."""
        self._service.check_process()
        if running() is self._service.loop:
            raise RuntimeError(
                "this is the event loop that serves: nothing would happen while it waits; "
                "use the method whose name ends in _async, and await it"
            )
        return self._now.sessions.changes.until(find, seconds)

    def _over(self, nth: int | None) -> Callable[[], SessionRecord | None]:
        run = self._now

        def find() -> SessionRecord | None:
            for number, record in enumerate(run.sessions.records, 1):
                wanted = number == nth if nth else number not in run.handed
                if wanted and record.over:
                    run.handed.add(number)
                    return record
            return None

        return find

    def _got(self, nth: int | None, record: SessionRecord | None, seconds: float) -> SessionRecord:
        if record is None:
            what = f"session {nth} is not over" if nth else "no further session is over"
            raise WaitTimeout("; ".join([f"after {seconds:g} s, {what}", *told(self.sessions)]))
        return record

    def _meets(self, wanted: list[Goal]) -> Callable[[], bool]:
        records = self._now.sessions.records
        return lambda: all(goal.met(records) for goal in wanted)

    def _met(self, met: bool, wanted: list[Goal], seconds: float) -> None:
        if not met:
            raise timed_out(seconds, wanted, self.sessions)

    def _strangers(self) -> list[SessionRecord]:
        run = self._now
        return [r for n, r in enumerate(run.sessions.records, 1) if n not in run.handed]

    def _alone(self, strangers: list[SessionRecord]) -> None:
        if strangers:
            raise AssertionError(
                "; ".join(["sessions that no wait_session() has returned", *told(strangers)])
            )


def _mismatch(record: SessionRecord, pattern: Sequence[str] | str) -> Mismatch | None:
    if isinstance(pattern, str):
        return compare_dialogue(pattern, parse(str(record.transcript)), record.number)
    return compare(pattern, record.lines, record.number)
