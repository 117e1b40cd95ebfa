"""Drivers of programs and libraries that people use, in the cases that they are known to pass.

What else they do is for their maintainers to hear first: those cases are left out by id.
"""

import pytest

from pop3lab.cases.catalogue import quick, select
from pop3lab.checking.case_run import CheckSettings
from pop3lab.checking.check import check_client
from pop3lab.clients.loader import load_driver, shipped_drivers
from pop3lab.clients.process import ProcessClient

FEW = ("basic", "data/dots", "data/from-lines", "retr/size-lie-*", "delete/dele-err")
FIRST = ("curl", "fetchmail", "getmail6", "mpop", "net-pop3", "poplib")  # for each make test

LEFT_OUT = {
    "getmail6": "delete/dele-err",
}


def verdicts(name: str, cases: list[str]) -> dict[str, str]:
    """What is not good, by case."""
    driver = load_driver(shipped_drivers()[name])
    settings = CheckSettings(claims=tuple(driver.claims))
    report = check_client(ProcessClient(driver), select(cases), settings)
    return {each.case.id: str(each) for each in report.of("fail", "warn", "unjudged")}


@pytest.mark.slow
@pytest.mark.parametrize("name", FIRST)
def test_a_driver_works_and_its_client_passes(name: str) -> None:
    left_out = [f"not {case}" for case in LEFT_OUT.get(name, "").split()]
    assert verdicts(name, [*FEW, *left_out]) == {}


@pytest.mark.soak
@pytest.mark.parametrize("name", shipped_drivers())
def test_every_driver_works(name: str) -> None:
    driver = load_driver(shipped_drivers()[name])
    settings = CheckSettings(claims=tuple(driver.claims))
    report = check_client(ProcessClient(driver), quick(select(["*"])), settings)
    assert not [wrong for one in report.calibrations.values() if (wrong := one.wrong)]
    assert not [str(each) for each in report.of("unjudged")]
    assert report["basic/fetch-delete"].verdict == "pass"


@pytest.mark.soak
@pytest.mark.parametrize("name", ["poplib", "mpop"])
def test_load_changes_no_verdict(name: str) -> None:
    driver = load_driver(shipped_drivers()[name])
    client, cases = ProcessClient(driver), select(["retr", "delete", "tls"])
    settings = CheckSettings(claims=tuple(driver.claims))
    calm, busy = (check_client(client, cases, settings, jobs=jobs) for jobs in (1, 12))
    words = [[(each.case.id, each.verdict) for each in one.verdicts] for one in (calm, busy)]
    assert words[0] == words[1]
