"""Performing a session's actions, with back-pressure both ways."""

import math
from asyncio import Future, TimerHandle
from collections.abc import Iterator

from pop3lab.core.actions import (
    THEN_CLOSE,
    Action,
    AwaitData,
    Close,
    EndTLS,
    HalfClose,
    OffloadNext,
    Part,
    Pause,
    Reset,
    Send,
    SendFile,
    StartTLS,
    Verify,
)
from pop3lab.transport.connection_limits import network_of
from pop3lab.transport.flow import OVER, Flow, RunnerOwner
from pop3lab.transport.offload import LAST_LOGIN, Offload
from pop3lab.transport.output import OutputBuffer
from pop3lab.transport.session_protocol import SessionProtocol
from pop3lab.transport.sockets import octets_have_come
from pop3lab.transport.stream import Octets, Stream
from pop3lab.transport.threads import Threads

_UNREAD = 65_536  # octets that are kept at most while actions are performed
_REST = Pause(0.0, leave_unread=True)  # a turn of the loop for others


class ActionRunner:
    """Pulls the actions of one session, only while its stream takes more, and performs them.

    early: something came in before the greeting, or before the end of a reply. eof: the client has
    said that no more will come. greeted: the first actions are performed. seeks_early: each write
    looks for what came too early, as writing was interrupted. host: of the client.
    """

    __slots__ = (
        "_actions",
        "_buffer",
        "_given_up",
        "_host",
        "_how",
        "_offload",
        "_owner",
        "_pause",
        "_pause_timer",
        "_session",
        "_stream",
        "_threads",
        "_told",
        "_unread",
        "early",
        "eof",
        "flow",
        "greeted",
        "seeks_early",
    )

    def __init__(
        self,
        owner: RunnerOwner,
        session: SessionProtocol,
        stream: Stream,
        threads: Threads,
        host: str,
    ) -> None:
        self.flow = Flow.READING
        self.early = False
        self.eof = False
        self.greeted = False
        self.seeks_early = False
        self._owner = owner
        self._session = session
        self._stream = stream
        self._threads = threads
        self._host = host
        self._buffer: OutputBuffer | None = None  # of what is performed
        self._offload: Offload | None = None  # made when it is first needed: few are
        self._actions: Iterator[Action] | None = None
        self._unread = b""  # came while actions were performed
        self._pause = _REST  # the last one
        self._pause_timer: TimerHandle | None = None
        self._given_up = False  # by the client, which has left while a login takes long
        self._how = ""  # the session ended
        self._told = False  # that to it

    @property
    def is_over(self) -> bool:
        """Whether nothing more is obeyed."""
        return self.flow in OVER

    # What comes

    def on_data(self, data: bytes) -> None:
        """Obey the lines that are complete, or do so later; what is awaited is dropped.

        What can be said at once is sent at once, without an action.
        """
        if self.flow is not Flow.READING:
            self._not_now(data)
            return
        early, self.early = self.early, False
        try:
            octets, actions = self._session.feed(data, early)
        except BaseException:
            self._fail()
            raise
        if actions is THEN_CLOSE:
            self._stream.write(octets)
            self._owner.close("dropped")
            return
        if actions is not None:
            self.perform_all(iter(actions), octets)
            return
        if octets and self._stream.write(octets):
            self._hold_reading()
        if self.eof or self._session.may_wake:
            self._owner.drained()

    def _not_now(self, data: bytes) -> None:
        if self.flow is Flow.AWAITING_CLIENT:
            self.early = False
            self.action_done()
        elif self.flow not in OVER:
            self._keep(data)

    def _keep(self, data: bytes) -> None:
        """For later: TLS may hand over what it has although reading is paused."""
        if self._is_stuck:
            return  # nothing will be obeyed any more; the client's end must be seen
        self._unread += data
        self.early = self.early or not self.greeted
        if len(self._unread) > _UNREAD:
            self._stream.pause_reading()

    def take_unread(self) -> bytes:
        """Take what came while actions were performed: it is not for the session."""
        unread, self._unread = self._unread, b""
        self.early = False
        return unread

    def on_eof(self) -> None:
        """Close, unless there is more to answer."""
        self.eof = True
        if self.flow in (Flow.READING, Flow.AWAITING_CLIENT) or self._is_stuck:
            self._owner.close("closed")
        elif self._offload and self._offload.verifies:
            self._offload.give_up_waiting()  # whoever has gone holds nobody up
        elif self._is_in_thread and self._session.user is None and not self._unread:
            self._stream.reactor.loop.call_later(LAST_LOGIN, self._give_up)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to obey."""
        return not self._unread

    # Performing actions

    def perform_all(self, actions: Iterator[Action], octets: bytes = b"") -> None:
        """Perform these instead of any others. octets: are sent in front of them."""
        self._actions = actions
        self._buffer = OutputBuffer()
        if octets:
            self._buffer.add(Send(octets, Part.HEAD))
        self.seeks_early = False
        self.flow = Flow.SENDING
        self._run_actions()

    def action_done(self) -> None:
        """Perform the next actions: what held them is done."""
        if self.is_over:
            self._end_session()
        else:
            self.flow = Flow.SENDING
            self.resume()

    def resume(self) -> None:
        """Perform the next actions if the stream takes more, and obey what was kept."""
        if self.flow is Flow.SENDING and not self._stream.is_full:
            self._run_actions()
        while self._unread and self._is_free:
            data, self._unread = self._unread, b""
            self.on_data(data)
        if self._is_free:
            self._stream.resume_reading()

    @property
    def _is_free(self) -> bool:
        return self.flow is Flow.READING and not self._stream.is_full

    def _run_actions(self) -> None:
        """Perform actions until there are no more, or something holds them."""
        try:
            done = self._drain()
        except BaseException:
            self._fail()
            raise
        if done:
            self._actions = self._buffer = None
            self.greeted = True
            self.flow = Flow.READING
            self._owner.drained()
        if self._stream.is_full or not done:
            self._hold_reading()

    def _fail(self) -> None:
        """An error of ours ends this connection, and is told by whoever called."""
        if not self.is_over:
            self._owner.reset("failed")

    def _drain(self) -> bool:
        """Perform actions until there are no more, which is True, or something holds them."""
        buffer = self._buffer
        assert self._actions is not None
        assert buffer is not None
        for action in self._actions:
            if type(action) is Send:
                if not buffer.add(action):
                    continue
                due = buffer.take_turn()
                self._write(buffer.take_most())
                if due:
                    self.seeks_early = True
                    self._begin_pause(_REST)
            else:
                self._perform(action)
            if self.flow is not Flow.SENDING or self._stream.is_full:
                return False
        self._write(buffer.take())
        return True

    def _perform(self, action: Action) -> None:
        assert self._buffer is not None
        within = isinstance(action, OffloadNext) and action.within
        self._write(self._buffer.take_most() if within else self._buffer.take())
        match action:
            case Pause():
                self._begin_pause(action)
            case AwaitData() if self._unread:
                self.take_unread()
            case AwaitData():
                self.flow = Flow.AWAITING_CLIENT
            case OffloadNext() | Verify():
                self._ask_threads(action)
            case SendFile(file, octets):
                if self.seeks_early:
                    self._note_early()
                self._stream.write_file(file, octets)
            case StartTLS():
                self.flow = Flow.STARTING_TLS
                # It reads, which is held here.
                self._stream.reactor.loop.call_soon(self._owner.start_tls, action)
            case _:
                self._end(action)

    def _end(self, action: Action) -> None:
        match action:
            case EndTLS():
                self._owner.end_tls()
            case HalfClose(close_notify):
                self._owner.half_close(close_notify=close_notify)
            case Close(close_notify):
                self._owner.close("dropped", close_notify=close_notify)
            case Reset():
                self._owner.reset("dropped")

    def _write(self, pieces: list[Octets]) -> None:
        if pieces and self.seeks_early:
            self._note_early()
        if len(pieces) == 1:
            self._stream.write(pieces[0])
        elif pieces:
            self._stream.write_all(pieces)

    def _note_early(self) -> None:
        # What has come by now can't be from a client that has read what is still to be written.
        # Under TLS it may be something else than a line.
        if not self._stream.seal:
            self.early = self.early or octets_have_come(self._stream.socket)

    def _hold_reading(self) -> None:
        """Read nothing until all actions are done; but see whether a client that waits goes."""
        if self.flow in OVER:
            return
        if self._stream.is_full:
            self._owner.blocked()
        match self.flow:
            case Flow.PAUSED:
                reads = not self._pause.leave_unread
            case Flow.AWAITING_CLIENT:
                reads = True
            case Flow.OFFLOADED:
                reads = self._session.user is None or not self._is_in_thread
            case _:
                reads = False
        self._stream.resume_reading() if reads else self._stream.pause_reading()

    # What holds them

    def _begin_pause(self, pause: Pause) -> None:
        self.flow = Flow.PAUSED
        self._pause = pause
        if pause.seconds < math.inf:
            loop = self._stream.reactor.loop
            self._pause_timer = loop.call_later(pause.seconds, self._end_pause)

    def _end_pause(self) -> None:
        self._pause_timer = None
        self.action_done()

    @property
    def _is_stuck(self) -> bool:
        """Whether it is in a pause without end."""
        return self.flow is Flow.PAUSED and self._pause_timer is None

    def _ask_threads(self, action: OffloadNext | Verify) -> None:
        assert self._actions is not None
        if self._offload is None:
            network = network_of(self._host)
            self._offload = Offload(self._threads, network, self._is_wanted, self._flush)
        if isinstance(action, Verify):
            self.flow = Flow.OFFLOADED
            self._offload.verify(action.proof, self.action_done)
        elif self._offload.pull(self._actions, self._pulled):
            self.flow = Flow.OFFLOADED  # else it is pulled here, and all others wait

    def _pulled(self, pulled: "Future[Action | None]") -> None:
        try:
            action = pulled.result()
        except BaseException:
            if self.flow is Flow.CLOSED:
                self._end_session()
            else:
                self._owner.reset("failed")
            raise
        if not self.is_over:
            self.flow = Flow.SENDING
            if isinstance(action, Send):
                assert self._buffer is not None
                self._buffer.add(action)
            elif action is not None:
                self._perform(action)
        if self.flow is Flow.SENDING or self.is_over:
            self.action_done()
        else:
            self._hold_reading()

    @property
    def _is_in_thread(self) -> bool:
        return self._offload is not None and self._offload.in_session

    def _is_wanted(self) -> bool:
        """Called in a thread. What is done after login is done to its end."""
        return self._session.user is not None or not (self._given_up or self.is_over)

    def _give_up(self) -> None:
        """The client has said that no more will come, and what it waits for takes long."""
        self._given_up = True

    def _flush(self) -> None:
        """The client has waited long enough for what is there."""
        if self._buffer and not (self.is_over or self._stream.is_closing):
            self._write(self._buffer.take())

    # The end

    def end(self, how: str, flow: Flow) -> None:
        """Obey nothing more. how: the session ended, if that is not known yet."""
        self.flow = flow
        self._how = self._how or how
        self._end_session()

    def _end_session(self) -> None:
        """Release the session, unless a worker thread is in it: then when that is back."""
        if self._pause_timer:
            self._pause_timer.cancel()
            self._pause_timer = None
        if self._offload:
            self._offload.leave()
        if not self._is_in_thread:
            self._actions = self._buffer = self._offload = None
            if not self._told:
                self._told = True
                self._tell_session()
            if self.flow is Flow.CLOSED:
                del self._owner  # which knows this runner: its memory is free at once

    def _tell_session(self) -> None:
        try:
            self._session.session_ended(self._how)
        except Exception as error:  # noqa: BLE001 - a store that can't be closed keeps no connection
            told = {"message": "a session failed at its end", "exception": error}
            self._stream.reactor.loop.call_exception_handler(told)
