"""What a connection asks of threads: the next action of its session, or a hash."""

import asyncio
from asyncio import Future, TimerHandle
from collections.abc import Callable, Iterator
from functools import partial

from pop3lab.core.actions import Action, Proof
from pop3lab.core.maildrop import wanted_while
from pop3lab.transport.threads import HashJob, Threads

_PATIENCE = 0.2  # seconds that octets wait for what a thread is about to bring
LAST_LOGIN = 1.0  # seconds that it may take when the client has said that no more will come


class Offload:
    """Runs in threads what may take long: one at a time is in the session, and nobody else then.

    flush: called where that takes a while. is_wanted: called in a thread; whether what it is about
    to do, or does, is still wanted. network: of the client.
    """

    __slots__ = (
        "_flush",
        "_flushing",
        "_hash_job",
        "_is_wanted",
        "_pulls",
        "_threads",
        "in_session",
        "network",
    )

    def __init__(
        self,
        threads: Threads,
        network: str,
        is_wanted: Callable[[], bool],
        flush: Callable[[], None],
    ) -> None:
        self._threads = threads
        self._is_wanted = is_wanted
        self._flush = flush
        self._flushing: TimerHandle | None = None
        self._hash_job: HashJob | None = None
        self._pulls = 0  # until now
        self.network = network
        self.in_session = False  # a thread is

    def pull(
        self, actions: Iterator[Action], done: Callable[["Future[Action | None]"], None]
    ) -> bool:
        """Pull the next action in a thread, then call done; False if there is no thread for it.

        The action is None if there is no next one, or if it is not wanted any more.
        """
        self._pulls += 1
        try:
            pulled = self._threads.submit_store_job(partial(self._next, actions, self._pulls))
        except Exception:  # noqa: BLE001 - whatever keeps a thread from being had
            self._pulls += 1  # one that comes too late does nothing
            return False
        self._flushing = asyncio.get_running_loop().call_later(_PATIENCE, self._flush)
        self.in_session = True
        pulled.add_done_callback(partial(self._pulled, done))
        return True

    def _next(self, actions: Iterator[Action], pull: int) -> Action | None:
        if pull != self._pulls or not self._is_wanted():
            return None
        with wanted_while(self._is_wanted):
            return next(actions, None)

    def _pulled(
        self,
        done: Callable[["Future[Action | None]"], None],
        pulled: "Future[Action | None]",
    ) -> None:
        self.in_session = False
        if self._flushing:
            self._flushing.cancel()
        done(pulled)

    def verify(self, proof: Proof, done: Callable[[], None]) -> None:
        """Compute the hash in a thread when it is the client's turn, then call done."""

        def verified() -> None:
            self._hash_job = None
            done()

        self._hash_job = self._threads.submit_hash_job(self.network, proof.run, verified)

    @property
    def verifies(self) -> bool:
        """Whether a hash is asked for."""
        return self._hash_job is not None

    def give_up_waiting(self) -> None:
        """Let a hash that waits for its turn be done without it."""
        if self._hash_job and self._hash_job.waits:
            self._hash_job.give_up()

    def leave(self) -> None:
        """Forget the hash job: its thread knows nothing of the session."""
        if self._hash_job:
            self._hash_job.leave()
            self._hash_job = None
