"""One case as a test of its own."""

from collections.abc import Iterable, Sequence
from unittest import SkipTest

from pop3lab.cases.case import Case
from pop3lab.cases.catalogue import select
from pop3lab.cases.evidence import Calibration
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.checking.case_run import CheckSettings
from pop3lab.checking.check import calibrated
from pop3lab.checking.tries import Try, decided, try_case
from pop3lab.clients.function import ClientFunction, FunctionClient

_Calibrations = dict[tuple[ClientFunction, str, str], Calibration | None]


class CaseTrial:
    """A case in which a test tries a client."""

    def __init__(self, case: Case, settings: CheckSettings, known: _Calibrations) -> None:
        """known: what was learned of clients, for all trials that are made together."""
        self.case = case
        self._settings = settings
        self._known = known

    def __repr__(self) -> str:
        return f"<case {self.case.number} {self.case.id}>"

    def run(self, client: ClientFunction) -> CaseVerdict:
        """Try the client.

        Args:
            client: A function, as for check().

        Returns:
            The verdict, if it is neither "fail" nor "unjudged".

        Raises:
            AssertionError: The client fails; the text has the findings and the lines that decide.
            SkipTest: The client can't do what the case is about, or does not do it.
        """
        driven, key = FunctionClient(client), (client, self.case.means, self.case.operation)
        if key not in self._known:
            self._known[key] = calibrated(driven, self._settings, [self.case])

        def one() -> Try:
            return try_case(self.case, driven, self._settings, self._known[key])

        verdict = decided(one(), one)
        if verdict.verdict in ("not-applicable", "not-reached"):
            raise SkipTest(verdict.reason)
        if verdict.verdict in ("fail", "unjudged"):
            raise AssertionError(f"{verdict}\n{verdict.case.expected}")
        return verdict


def trials(
    cases: Sequence[str], claims: Iterable[str] = (), timeout: float = 2.0
) -> list[CaseTrial]:
    """A trial for each of these cases, or of all if none is named. Raises ConfigError."""
    settings = CheckSettings(timeout=timeout, claims=tuple(claims))
    known: _Calibrations = {}
    return [CaseTrial(case, settings, known) for case in select(cases or ["*"])]
