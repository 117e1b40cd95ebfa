"""Attribution: what happens at a server belongs to the test that runs meanwhile."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from pop3lab.observe import transcript_formats
from pop3lab.observe.transcript_formats import Transcript
from pop3lab.testing.lifecycle import ServerLifecycle
from pop3lab.testing.scopes import ScopeVerdict
from pop3lab.testing.verdict import Verdict, VerdictLog

_T = TypeVar("_T")


class Attribution:
    """Divides what happens at a server among tests.

    raised: errors of the server that were raised in the test itself.
    """

    def __init__(self, lifecycle: ServerLifecycle, verdicts: VerdictLog) -> None:
        self.lifecycle = lifecycle
        self.raised: list[BaseException] = []
        self._verdicts = verdicts

    def share(self, *, is_new: bool) -> "ServerShare":
        """Return the share of a test that begins now, or in which the server has just started."""
        return ServerShare(self, is_new=is_new)

    @property
    def verdict(self) -> Verdict:
        """Everything that is wrong, and that neither verify() has seen nor the test has raised."""
        verdict = self._look(lambda: self._verdicts.unseen(self.lifecycle.instance))
        return verdict.minus(Verdict(tuple(self.raised)))

    @property
    def transcripts(self) -> list[Transcript]:
        """The transcripts before each reset that were not reported, and the current one."""
        return self._look(
            lambda: [*self._verdicts.transcripts, self.lifecycle.instance.sessions.transcript]
        )

    def _look(self, find: Callable[[], _T]) -> _T:
        return self.lifecycle.changes.look(find)


class ServerShare:
    """What happens at a server during one test: everything that is new since this was made."""

    def __init__(self, server: Attribution, *, is_new: bool) -> None:
        self._server = server
        self._earlier = server.verdict
        transcripts = server.transcripts[:-1] if is_new else server.transcripts
        self._ends = {transcript: transcript.ends for transcript in transcripts}

    @property
    def address(self) -> str:
        """The host and port of the server."""
        port = self._server.lifecycle.port
        return f"{port.host}:{port.port}"

    @property
    def is_final(self) -> bool:
        """Whether the server has stopped, so nothing more will happen."""
        return self._server.lifecycle.stopped

    @property
    def story(self) -> str:
        """The transcripts; empty if nothing happened at a server that is older than the test."""
        text = "(reset)\n".join(self._texts())
        return text and f"{text}{self._seed()}"

    def _texts(self) -> Iterator[str]:
        for transcript in self._server.transcripts:
            text = transcript.since(self._ends.get(transcript, {}), folded=True)
            if text or transcript not in self._ends:
                yield transcript_formats.abbreviate(text) or "(nobody has connected)\n"

    def _seed(self) -> str:
        rules = self._server.lifecycle.instance.rules
        random = any("chance=" in active.rule.condition_text for active in rules.active)
        return f"(chance by the seed {rules.seed})\n" if random else ""

    def end(self) -> ScopeVerdict:
        """Read what clients have sent by now; return everything that is wrong."""
        self._server.lifecycle.settle()
        verdict = self._server.verdict.minus(self._earlier)
        plain = [str(told) for told in verdict.violations]  # as other processes take them
        return ScopeVerdict(verdict.failures, verdict.unused_rules, plain)
