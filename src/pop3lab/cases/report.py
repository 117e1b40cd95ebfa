"""The results of all cases that were tried with one client."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pop3lab.cases.evidence import Calibration
from pop3lab.cases.verdict import CaseVerdict

CATALOGUE = 1  # the edition of the cases


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a client has shown in all cases.

    Attributes:
        client: The name of the client.
        kind: "program" or "library".
        version: Its version, if that is known.
        claims: What it claims, such as "remembers" or "timeout".
        verdicts: The verdicts, in the order of the cases.
        calibrations: What a server by the book has shown of it, by the means of cases.
        seed: The seed of the marks in messages.
    """

    client: str
    kind: str
    version: str = ""
    claims: tuple[str, ...] = ()
    verdicts: Sequence[CaseVerdict] = ()
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    seed: int = 1

    @property
    def counts(self) -> Counter[str]:
        """How many cases there are of each verdict."""
        return Counter(verdict.verdict for verdict in self.verdicts)

    def of(self, *words: str) -> list[CaseVerdict]:
        """Return the verdicts of these words."""
        return [verdict for verdict in self.verdicts if verdict.verdict in words]

    def __getitem__(self, case: str) -> CaseVerdict:
        """The verdict of a case, by its id or its number."""
        for verdict in self.verdicts:
            if case in (verdict.case.id, verdict.case.number):
                return verdict
        raise KeyError(case)
