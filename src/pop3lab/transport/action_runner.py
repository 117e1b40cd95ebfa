"""Performing a session's actions, with back-pressure both ways."""

import asyncio
import math
from asyncio import Future, TimerHandle
from collections.abc import Iterator
from enum import Enum, auto
from itertools import chain
from typing import Protocol

from pop3lab.core.actions import (
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
    StartTLS,
    Verify,
)
from pop3lab.transport.offload import LAST_LOGIN, Offload
from pop3lab.transport.output import Output
from pop3lab.transport.session_protocol import SessionProtocol
from pop3lab.transport.threads import Threads
from pop3lab.transport.tls_transport import TlsTransport

_UNREAD = 65_536  # octets that are kept at most while actions are performed
_REST = Pause(0.0, leave_unread=True)  # a turn of the loop for others


class Flow(Enum):
    """What a connection does now."""

    READING = auto()  # all actions are performed: what comes is for the session
    SENDING = auto()  # actions are performed, as fast as the transport takes more
    PAUSED = auto()  # in a Pause; without a timer until the client closes
    AWAITING_CLIENT = auto()  # until the client sends or closes
    OFFLOADED = auto()  # a thread has the next action, or a hash
    STARTING_TLS = auto()
    LINGERING = auto()  # nothing is obeyed any more; octets may still go out, or come
    CLOSED = auto()


_OVER = (Flow.LINGERING, Flow.CLOSED)


class Owner(Protocol):
    """The connection whose actions are performed."""

    def drained(self) -> None:
        """All actions are performed."""

    def start_tls(self, start: StartTLS) -> None:
        """Begin TLS; action_done is to be called when it is established."""

    def close(self, how: str, *, close_notify: bool = True) -> None:
        """Close the connection in good order."""

    def reset(self, how: str) -> None:
        """Reset the connection."""


class ActionRunner:
    """Pulls the actions of one session, only while the transport takes more, and performs them.

    greeted: the first ones are performed. network: of the client.
    """

    __slots__ = (
        "_actions",
        "_given_up",
        "_how",
        "_loop",
        "_network",
        "_offload",
        "_output",
        "_owner",
        "_pause",
        "_pause_timer",
        "_session",
        "_threads",
        "_unread",
        "flow",
        "greeted",
    )

    def __init__(
        self,
        owner: Owner,
        session: SessionProtocol,
        output: Output,
        threads: Threads,
        network: str,
    ) -> None:
        self.flow = Flow.READING
        self.greeted = False
        self._owner = owner
        self._session = session
        self._output = output
        self._threads = threads
        self._network = network
        self._offload: Offload | None = None  # made when it is first needed: few are
        self._loop = asyncio.get_running_loop()
        self._actions: Iterator[Action] | None = None
        self._unread = b""  # came while actions were performed
        self._pause = _REST  # the last one
        self._pause_timer: TimerHandle | None = None
        self._given_up = False  # by the client, which has left while a login takes long
        self._how = ""  # the session ended

    @property
    def is_over(self) -> bool:
        """Whether nothing more is obeyed."""
        return self.flow in _OVER

    @property
    def is_blocked(self) -> bool:
        """Whether the transport takes nothing for now, or for ever."""
        return self._output.full or self._output.transport.is_closing()

    # What comes

    def on_data(self, data: bytes) -> None:
        """Obey the lines that are complete, or do so later; what is awaited is dropped."""
        match self.flow:
            case Flow.READING:
                self._feed(data)
            case Flow.AWAITING_CLIENT:
                self._output.early = False
                self.action_done()
            case Flow.LINGERING | Flow.CLOSED:
                pass
            case _:
                self._keep(data)

    def _feed(self, data: bytes) -> None:
        early, self._output.early = self._output.early, False
        try:
            octets, actions = self._session.feed(data, early)
        except BaseException as error:
            if not self._failed(error):
                raise
        else:
            if actions is not None:
                self.perform_all(chain([Send(octets, Part.HEAD)], actions) if octets else actions)
                return
            self._output.seeks_early = False
            self._output.write(octets)
            self._owner.drained()

    def _keep(self, data: bytes) -> None:
        """For later: TLS may hand over what it has although reading is paused."""
        if self._is_stuck:
            return  # nothing will be obeyed any more; the client's end must be seen
        self._unread += data
        self._output.early = self._output.early or not self.greeted
        if len(self._unread) > _UNREAD:
            self._output.transport.pause_reading()

    def take_unread(self) -> bytes:
        """Take what came while actions were performed: it is not for the session."""
        unread, self._unread = self._unread, b""
        self._output.early = False
        return unread

    def on_eof(self) -> None:
        """Close, unless there is more to answer."""
        if self.flow in (Flow.READING, Flow.AWAITING_CLIENT) or self._is_stuck:
            self._owner.close("closed")
        elif self._offload and self._offload.verifies:
            self._offload.give_up_waiting()  # whoever has gone holds nobody up
        elif self._logs_in and not self._unread:
            self._loop.call_later(LAST_LOGIN, self._give_up)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to obey."""
        return not self._unread

    # Performing actions

    def perform_all(self, actions: Iterator[Action]) -> None:
        """Perform these instead of any others."""
        self._actions = actions
        self._output.seeks_early = False
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
        """Perform the next actions if the transport takes more, and obey what was kept."""
        if self.flow is Flow.SENDING and not self.is_blocked:
            self._run_actions()
        while self._unread and self._is_free:
            data, self._unread = self._unread, b""
            self._feed(data)
        if self._is_free:
            self._output.transport.resume_reading()

    @property
    def _is_free(self) -> bool:
        return self.flow is Flow.READING and not self.is_blocked

    def _run_actions(self) -> None:
        """Perform actions until there are no more, or something holds them."""
        try:
            done = self._drain()
        except BaseException as error:
            if not self._failed(error):
                raise
            return
        if done:
            self._actions = None
            self.greeted = True
            self.flow = Flow.READING
            self._owner.drained()
        else:
            self._hold_reading()

    def _failed(self, error: BaseException) -> bool:
        """Reset the connection. Return whether the error is told; otherwise it is to be raised."""
        self._owner.reset("failed")
        if not isinstance(error, OSError):
            return False
        # The loop takes an OSError for the connection's, and would not tell of it.
        self._loop.call_exception_handler({"message": "a session failed", "exception": error})
        return True

    def _drain(self) -> bool:
        """Perform actions until there are no more, which is True, or something holds them."""
        assert self._actions is not None
        output, buffer = self._output, self._output.buffer
        for action in self._actions:
            if type(action) is Send:
                if not buffer.add(action):
                    continue
                many = buffer.many
                output.write(buffer.take_most())
                if many:
                    output.seeks_early = True
                    self._begin_pause(_REST)
            else:
                self._perform(action)
            if self.flow is not Flow.SENDING or self.is_blocked:
                return False
        output.write(buffer.take())
        return True

    def _perform(self, action: Action) -> None:
        output = self._output
        within = isinstance(action, OffloadNext) and action.within
        output.write(output.buffer.take_most() if within else output.buffer.take())
        match action:
            case Pause():
                self._begin_pause(action)
            case AwaitData():
                self._await_client()
            case OffloadNext() | Verify():
                self._ask_threads(action)
            case StartTLS() | EndTLS():
                self._change_tls(action)
            case HalfClose(close_notify):
                output.end(close_notify=close_notify)
            case Close(close_notify):
                self._owner.close("dropped", close_notify=close_notify)
            case Reset():
                self._owner.reset("dropped")

    def _hold_reading(self) -> None:
        """Read nothing until all actions are done; but see whether a client that waits goes."""
        match self.flow:
            case Flow.LINGERING | Flow.CLOSED:
                return
            case Flow.PAUSED:
                reads = not self._pause.leave_unread
            case Flow.AWAITING_CLIENT:
                reads = True
            case Flow.OFFLOADED:
                reads = self._session.user is None or not self._is_in_thread
            case _:
                reads = False
        transport = self._output.transport
        transport.resume_reading() if reads else transport.pause_reading()

    # What holds them

    def _begin_pause(self, pause: Pause) -> None:
        self.flow = Flow.PAUSED
        self._pause = pause
        if pause.seconds < math.inf:
            self._pause_timer = self._loop.call_later(pause.seconds, self._end_pause)

    def _end_pause(self) -> None:
        self._pause_timer = None
        self.action_done()

    @property
    def _is_stuck(self) -> bool:
        """Whether it is in a pause without end."""
        return self.flow is Flow.PAUSED and self._pause_timer is None

    def _await_client(self) -> None:
        if self._unread:
            self.take_unread()
        else:
            self.flow = Flow.AWAITING_CLIENT

    def _change_tls(self, action: StartTLS | EndTLS) -> None:
        if isinstance(action, StartTLS):
            self.flow = Flow.STARTING_TLS
            self._loop.call_soon(self._owner.start_tls, action)  # it reads, which is held here
        elif isinstance(self._output.transport, TlsTransport):
            self._output.transport.leave()

    def _ask_threads(self, action: OffloadNext | Verify) -> None:
        assert self._actions is not None
        if self._offload is None:
            self._offload = Offload(self._threads, self._network, self._is_wanted, self._flush)
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
                self._output.buffer.add(action)
            elif action is not None:
                self._perform(action)
        if self.flow is Flow.SENDING or self.is_over:
            self.action_done()
        else:
            self._hold_reading()

    @property
    def _logs_in(self) -> bool:
        """Whether a thread is about to open the user's maildrop."""
        return self._is_in_thread and self._session.user is None

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
        if not (self.is_over or self._output.transport.is_closing()):
            self._output.write(self._output.buffer.take())

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
            self._actions = self._offload = None
            self._session.session_ended(self._how)
            if self.flow is Flow.CLOSED:
                del self._owner  # which knows this runner: its memory is free at once
