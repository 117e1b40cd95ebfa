"""What a server under test has seen, and waiting for more of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from pop3lab.observe.expectations import mismatch
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.transcript_formats import Transcript
from pop3lab.observe.waiting import WaitCondition, WaitTimeout, Wanted, goals, missed, told
from pop3lab.testing.event_loop import running
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle

Found = TypeVar("Found")


class _Wait(NamedTuple, Generic[Found]):
    """find: what is waited for, None while it is not there. missed: the error, given the reason."""

    find: Callable[[], Found | None]
    missed: Callable[[str], WaitTimeout]


class SessionObserver:
    """Sessions, transcript, statistics, and waiting for them.

    A wait ends with the event that it is for, at once if that has been, or raises WaitTimeout,
    at once if the server is stopped. All are of what has been since the start, or reset().
    timeout: seconds; None for those that the server was given. The methods whose names end in
    _async are for event loops: a loop that waits in the others stands still, and the clients in it.
    """

    def __init__(self, service: ServerLifecycle, timeout: float) -> None:
        self._service = service
        self._timeout = timeout

    @property
    def _now(self) -> ServerInstance:
        return self._service.run

    @property
    def sessions(self) -> list[SessionRecord]:
        """A record of each session, in the order in which they began; those go on as they do."""
        return self._service.changes.look(lambda: list(self._now.sessions.records))

    @property
    def transcript(self) -> Transcript:
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

        Both forms: pop3lab.observe.expectations. session: its number; the last, if None. One that
        goes on is waited for, but not in the event loop that serves. Raises AssertionError with a
        diff.
        """
        wrong = ""

        def met() -> bool:
            nonlocal wrong
            wrong = self._wrong(pattern, session)
            return not wrong

        def last() -> bool:
            record = self._record(session)
            return self._service.over or (record is not None and record.closed)

        if running() is self._service.loop:
            met()
        else:
            self._service.changes.until_slow(met, last, self._timeout)
        if wrong:
            raise AssertionError(wrong)

    def _wrong(self, pattern: Sequence[str] | str, session: int | None) -> str:
        record = self._record(session)
        if record is None:
            return "; ".join(["there is no such session", *told(self.sessions)])
        return str(mismatch(record, pattern) or "")

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
        return self._block(self._over(nth), timeout)

    async def wait_session_async(
        self, timeout: float | None = None, nth: int | None = None
    ) -> SessionRecord:
        """See wait_session."""
        return await self._await(self._over(nth), timeout)

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
        self._block(self._all(wanted), timeout)

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
        await self._await(self._all(wanted), timeout)

    def assert_no_connections(self, for_: float = 0.2) -> None:
        """Nobody connects for so many seconds, nor has, but in sessions that were waited for.

        Raises AssertionError as soon as somebody does.
        """
        self._check_thread()
        self._service.changes.until(self._strangers_or_end, for_)
        self._check_alone()

    async def assert_no_connections_async(self, for_: float = 0.2) -> None:
        """See assert_no_connections."""
        await self._service.changes.until_async(self._strangers_or_end, for_)
        self._check_alone()

    def _block(self, wait: _Wait[Found], timeout: float | None) -> Found:
        """Wait in this thread."""
        self._check_thread()
        seconds = self._timeout if timeout is None else timeout
        found = self._service.changes.until(partial(self._found, wait), seconds)
        if found is None:
            raise wait.missed(f"after {seconds:g} s")
        return found

    async def _await(self, wait: _Wait[Found], timeout: float | None) -> Found:
        """Wait in this loop."""
        seconds = self._timeout if timeout is None else timeout
        found = await self._service.changes.until_async(partial(self._found, wait), seconds)
        if found is None:
            raise wait.missed(f"after {seconds:g} s")
        return found

    def _found(self, wait: _Wait[Found]) -> Found | None:
        found = wait.find()
        if found is None and self._service.over:
            raise wait.missed("the server was stopped")
        return found

    def _check_thread(self) -> None:
        self._service.check_process()
        if running() is self._service.loop:
            raise RuntimeError(
                "this is the event loop that serves: nothing would happen while it waits; "
                "use the method whose name ends in _async, and await it"
            )

    def _over(self, nth: int | None) -> _Wait[SessionRecord]:
        if nth is not None and nth < 1:
            raise ValueError(f"nth={nth}: the first session is 1")

        def find() -> SessionRecord | None:
            run = self._now
            for number, record in enumerate(run.sessions.records, 1):
                wanted = number == nth if nth else number not in run.handed
                if wanted and record.closed:
                    run.handed.add(number)
                    return record
            return None

        what = f"session {nth} is not over" if nth else "no further session is over"
        return _Wait(
            find, lambda why: WaitTimeout("; ".join([f"{why}, {what}", *told(self.sessions)]))
        )

    def _all(self, wanted: Sequence[WaitCondition]) -> _Wait[bool]:
        def find() -> bool | None:
            return all(goal.met(self._now.sessions.records) for goal in wanted) or None

        return _Wait(find, lambda why: missed(why, wanted, self.sessions))

    def _strangers_or_end(self) -> bool:
        return bool(self._strangers) or self._service.over

    @property
    def _strangers(self) -> list[SessionRecord]:
        run = self._now
        return [r for n, r in enumerate(run.sessions.records, 1) if n not in run.handed]

    def _check_alone(self) -> None:
        if strangers := self._service.changes.look(lambda: self._strangers):
            raise AssertionError(
                "; ".join(["sessions that no wait_session() has returned", *told(strangers)])
            )
