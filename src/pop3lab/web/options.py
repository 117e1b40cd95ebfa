"""Where the page and the API are served, for whom, and what they show besides the server."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from pop3lab.web.live_events import LiveEvents


class WebAccess(NamedTuple):
    """Who may use the page and the API, and how.

    Args:
        hosts: Names by which browsers may call it, besides those of loopback.
        token: What each client must have; empty for none.
        read_only: Whether nothing can be changed.
    """

    hosts: tuple[str, ...] = ()
    token: str = ""
    read_only: bool = False


class Runs(Protocol):
    """Runs of cases with a client. What they return is JSON, as the schema Run has it.

    Raise ConfigError for what can't be done, and LookupError for a run that is not there.
    """

    def all(self) -> Sequence[Mapping[str, object]]:
        """All runs."""

    def start(self, cases: Sequence[str]) -> Mapping[str, object]:
        """Start a run by hand, of these cases."""

    def get(self, run: int) -> Mapping[str, object]:
        """One run."""

    def answer(self, run: int, answer: str) -> Mapping[str, object]:
        """Answer the question of a run."""

    def skip(self, run: int) -> Mapping[str, object]:
        """Leave out the case that is asked about."""

    def leave(self, run: int) -> Mapping[str, object]:
        """End a run after the cases that are done."""

    def report(self, run: int) -> str:
        """The folder with the report."""


class WebOptions(NamedTuple):
    """Where the page and the API are served, and for whom.

    Args:
        host: The address to listen at.
        port: The TCP port; 0 for a free one.
        exact: Whether no other port will do if this one is taken.
        access: Who may use it.
        runs: The runs of cases that it shows, as of `pop3lab check`; None for none.
        live: Where runs are told to readers of events; None for a new place.
    """

    host: str = "127.0.0.1"
    port: int = 0
    exact: bool = True
    access: WebAccess = WebAccess()
    runs: Runs | None = None
    live: LiveEvents | None = None
