"""Observes a server under test: what its sessions did, and waits for more."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from pop3lab.core.errors import ConfigError
from pop3lab.observe.expectations import mismatch
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.transcript_formats import Transcript
from pop3lab.observe.waiting import (
    Amount,
    WaitCondition,
    WaitTimeout,
    describe,
    timeout_error,
    wait_conditions,
)
from pop3lab.testing.event_loop import call_beside_trio, running
from pop3lab.testing.instance import ServerInstance
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.options import check_number

_T = TypeVar("_T")


class _Wait(NamedTuple, Generic[_T]):
    """A wait. find: returns the result, or None. timeout_error: makes the error, given why."""

    find: Callable[[], _T | None]
    timeout_error: Callable[[str], WaitTimeout]


class SessionObserver:
    """Sessions, transcript and statistics since the start or reset(), and waits for them.

    A wait returns when its condition holds, immediately if it already does. It raises WaitTimeout
    after timeout seconds, or immediately if the server is stopped; None stands for the timeout of
    the server. In an event loop, use the methods whose names end in _async: the others would block
    the loop and the clients in it.
    """

    def __init__(self, service: ServerLifecycle, timeout: float) -> None:
        self._lifecycle = service
        self._timeout = timeout

    @property
    def _instance(self) -> ServerInstance:
        return self._lifecycle.instance

    @property
    def sessions(self) -> Sequence[SessionRecord]:
        """The records of all sessions, in order. The record of an open session still grows.

        Of more than 1,000 sessions, the last 1,000 and all open ones have a record. len() and
        indices count all; the others raise LookupError, also in a loop: take sessions[-1000:].
        """
        return self._lifecycle.changes.look(lambda: self._instance.sessions.records)

    @property
    def transcript(self) -> Transcript:
        """The transcript of all sessions. Each session has its own, too."""
        return self._instance.sessions.transcript

    @property
    def stats(self) -> Counter[str]:
        """How often the server received each verb, in all sessions."""
        return self._lifecycle.changes.look(self._count_verbs)

    def _count_verbs(self) -> Counter[str]:
        records = self._instance.sessions.records
        verbs = Counter(dict(records.past.verbs.items()))
        for record in records.kept:
            verbs.update(record.commands)
        return verbs

    @property
    def errors(self) -> list[BaseException]:
        """Errors of the server itself. No client should be able to cause one."""
        return self._instance.errors

    def expect(self, pattern: Sequence[str] | str, session: int | None = None) -> None:
        """Compare a session with an expectation.

        If the session is still open, wait for its end, except in the event loop that serves.

        Args:
            pattern: Commands, as in ["USER", "PASS", "RETR+", "QUIT"], or a dialogue as a text. The
                manual's page on transcripts describes both.
            session: The number of the session; None for the last one.

        Raises:
            AssertionError: The session differs, or does not exist; the text has a diff.
            LookupError: The session has no record any more; see sessions.
        """
        if not isinstance(pattern, str | list | tuple) or not all(
            isinstance(word, str) for word in pattern
        ):
            raise ConfigError(f"expect({pattern!r}): write a list of commands, or a dialogue")
        _check_session("session", session)
        wrong = ""

        def met() -> bool:
            nonlocal wrong
            wrong = self._wrong(pattern, session)
            return not wrong

        def last() -> bool:
            record = self._record(session)
            return self._lifecycle.stopped or (record is not None and record.closed)

        if self._lifecycle.is_within:
            met()
        else:
            self._lifecycle.changes.until_slow(met, last, self._timeout)
        if wrong:
            raise AssertionError(wrong)

    def _wrong(self, pattern: Sequence[str] | str, session: int | None) -> str:
        record = self._record(session)
        if record is None:
            return "; ".join(["there is no such session", *describe(self.sessions)])
        return str(mismatch(record, pattern) or "")

    def _record(self, number: int | None) -> SessionRecord | None:
        records = self._instance.sessions.records
        if number is None:
            return records[-1] if records else None
        return records[number - 1] if 0 < number <= len(records) else None

    # Waiting

    def wait_session(self, timeout: float | None = None, nth: int | None = None) -> SessionRecord:
        """Wait until the next session is closed.

        Args:
            timeout: Seconds; None for the timeout of the server.
            nth: Wait for this session instead, 1 for the first; repeated calls return it again.

        Returns:
            The record of the session. Without nth, each session is returned once.

        Raises:
            WaitTimeout: No further session was closed in time.
            LookupError: The session has no record any more; see sessions.
        """
        return self._block(self._next_closed(nth), timeout)

    async def wait_session_async(
        self, timeout: float | None = None, nth: int | None = None
    ) -> SessionRecord:
        """Like wait_session(), for an event loop."""
        return await self._await(self._next_closed(nth), timeout)

    def wait(
        self,
        *,
        sessions: int | None = None,
        logins: Amount | None = None,
        retrieved: Amount | None = None,
        deleted: Amount | None = None,
        commands: Mapping[str, int] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Wait until all conditions hold, counted over all sessions.

        Args:
            sessions: The number of closed sessions.
            logins: The number of logins, or the users who must have logged in.
            retrieved: The number of messages that RETR has sent to their end, or their unique-ids.
            deleted: The number of deleted messages, or their unique-ids.
            commands: The number of commands, by verb.
            timeout: Seconds; None for the timeout of the server.

        Raises:
            WaitTimeout: A condition does not hold in time; the text shows what has happened.
            TypeError: No condition is given, or one is of the wrong type.
        """
        wanted = wait_conditions(
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
        logins: Amount | None = None,
        retrieved: Amount | None = None,
        deleted: Amount | None = None,
        commands: Mapping[str, int] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Like wait(), for an event loop."""
        wanted = wait_conditions(
            sessions=sessions,
            logins=logins,
            retrieved=retrieved,
            deleted=deleted,
            commands=commands,
        )
        await self._await(self._all(wanted), timeout)

    def assert_no_connections(self, for_: float = 0.2) -> None:
        """Assert that nobody has connected, nor connects within a time.

        Sessions that wait_session() has returned do not count.

        Args:
            for_: Seconds to wait.

        Raises:
            AssertionError: Somebody has connected.
        """
        check_number("for_", for_)
        self._check_thread()
        self._lifecycle.changes.until(self._unexpected_or_end, for_)
        self._check_no_connections()

    async def assert_no_connections_async(self, for_: float = 0.2) -> None:
        """Like assert_no_connections(), for an event loop."""
        check_number("for_", for_)
        if running() is None:
            return await call_beside_trio(lambda: self.assert_no_connections(for_))
        await self._lifecycle.changes.until_async(self._unexpected_or_end, for_)
        return self._check_no_connections()

    def _block(self, wait: _Wait[_T], timeout: float | None) -> _T:
        """Wait in this thread."""
        self._check_thread()
        seconds = self._seconds(timeout)
        found = self._lifecycle.changes.until(partial(self._found, wait), seconds)
        if found is None:
            raise wait.timeout_error(f"after {seconds:g} s")
        return found

    async def _await(self, wait: _Wait[_T], timeout: float | None) -> _T:
        """Wait in the running loop."""
        if running() is None:
            return await self._await_beside_trio(wait, timeout)
        seconds = self._seconds(timeout)
        found = await self._lifecycle.changes.until_async(partial(self._found, wait), seconds)
        if found is None:
            raise wait.timeout_error(f"after {seconds:g} s")
        return found

    async def _await_beside_trio(self, wait: _Wait[_T], timeout: float | None) -> _T:
        """Wait in a thread, which finds nothing more if it is abandoned."""
        abandoned = False

        def find() -> _T | None:
            return None if abandoned else wait.find()

        try:
            return await call_beside_trio(lambda: self._block(wait._replace(find=find), timeout))
        finally:
            abandoned = True

    def _seconds(self, timeout: float | None) -> float:
        if timeout is None:
            return self._timeout
        check_number("timeout", timeout)
        return timeout

    def _found(self, wait: _Wait[_T]) -> _T | None:
        found = wait.find()
        if found is None and self._lifecycle.stopped:
            raise wait.timeout_error("the server was stopped")
        return found

    def _check_thread(self) -> None:
        self._lifecycle.check_process()
        if self._lifecycle.is_within:
            raise RuntimeError(
                "this is the event loop that serves: nothing would happen while it waits; "
                "use the method whose name ends in _async, and await it"
            )

    def _next_closed(self, nth: int | None) -> _Wait[SessionRecord]:
        _check_session("nth", nth)

        def find() -> SessionRecord | None:
            instance = self._instance
            records, consumed = instance.sessions.records, instance.consumed
            numbers = [nth] if nth else consumed.others(len(records))
            for number in numbers:
                if number <= len(records) and records[number - 1].closed:
                    consumed.add(number)
                    return records[number - 1]
            return None

        what = f"session {nth} is not closed" if nth else "no further session is closed"
        return _Wait(
            find, lambda why: WaitTimeout("; ".join([f"{why}, {what}", *describe(self.sessions)]))
        )

    def _all(self, wanted: Sequence[WaitCondition]) -> _Wait[bool]:
        def find() -> bool | None:
            return all(goal.met(self._instance.sessions.records) for goal in wanted) or None

        return _Wait(find, lambda why: timeout_error(why, wanted, self._instance.sessions.records))

    def _unexpected_or_end(self) -> bool:
        return bool(self._unexpected()) or self._lifecycle.stopped

    def _unexpected(self) -> list[int]:
        instance = self._instance
        return [*instance.consumed.others(len(instance.sessions.records))]

    def _check_no_connections(self) -> None:
        if strangers := self._lifecycle.changes.look(self._unexpected):
            told = describe(self._instance.sessions.records, strangers)
            raise AssertionError("; ".join(["sessions that no wait_session() has returned", *told]))


def _check_session(name: str, number: int | None) -> None:
    """Raise ConfigError for what is no number of a session."""
    if number is not None and (not isinstance(number, int) or number < 1):
        raise ConfigError(f"{name}={number!r}: the first session is 1")
