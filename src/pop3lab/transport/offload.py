"""What a session asks of threads: its next action from a store, or a hash."""

import asyncio
from abc import abstractmethod
from asyncio import AbstractEventLoop, Future
from functools import partial

from pop3lab.core.actions import Action, OffloadNext, Verify
from pop3lab.core.maildrop import wanted_while
from pop3lab.transport.output import OutputWriter
from pop3lab.transport.threads import Threads

_PATIENCE = 0.2  # seconds that octets wait for what a thread is about to bring
LAST_LOGIN = 1.0  # seconds that it may take when the client has said that no more will come


class Offloading(OutputWriter):
    """One thread at a time is in the session, and nobody else then."""

    __slots__ = ("_flushing", "_given_up", "_network", "_threads", "_waiting", "_waits")

    _flushing: asyncio.TimerHandle  # while there is a wait

    def __init__(self, loop: AbstractEventLoop, threads: Threads) -> None:
        super().__init__(loop)
        self._threads = threads
        self._network = ""  # of the client
        self._waits = 0  # for threads until now
        self._waiting = False  # for one now
        self._given_up = False  # by the client, which has left

    @abstractmethod
    def _pulled(self, action: Action) -> None:
        """Perform what a thread has brought."""

    @abstractmethod
    def _after_busy(self) -> None:
        """Go on."""

    def _ask_threads(self, action: OffloadNext | Verify) -> None:
        if isinstance(action, OffloadNext):
            self._wait()
        else:
            self._busy = True
            self._place = self._threads.hash(self._network, action.proof.run, self._verified)

    def _wait(self) -> None:
        self._flushing = self._loop.call_later(_PATIENCE, self._flush)
        self._waits += 1
        try:
            pulled = self._threads.ask_store(partial(self._pull_aside, self._waits))
        except Exception:  # noqa: BLE001 - whatever keeps a thread from being had
            self._waits += 1  # then it is pulled here, and the others wait, too
            self._flushing.cancel()
            return
        self._busy = self._waiting = True
        pulled.add_done_callback(self._waited)

    def _pull_aside(self, wait: int) -> Action | None:
        if wait != self._waits or self._actions is None:
            return None  # a thread came too late
        if not self._is_wanted():
            return None  # whoever wanted to log in is gone
        with wanted_while(self._is_wanted):
            return next(self._actions, None)

    @property
    def _enters(self) -> bool:
        """Whether a thread is about to open its maildrop."""
        return self._waiting and self._session.user is None

    def _is_wanted(self) -> bool:
        """Called in a thread. What is done after login is done to its end."""
        gone = self._closing or self._given_up
        return self._session.user is not None or not gone

    def _give_up(self) -> None:
        """The client has said that no more will come, and what it waits for takes long."""
        self._given_up = True

    def _waited(self, pulled: "Future[Action | None]") -> None:
        self._busy = self._waiting = False
        self._flushing.cancel()
        try:
            action = pulled.result()
        except BaseException:
            self._reset("failed")
            raise
        if not self._closing and action is not None:
            self._pulled(action)
        self._after_busy()

    def _verified(self) -> None:
        self._place = None
        self._busy = False
        self._after_busy()
