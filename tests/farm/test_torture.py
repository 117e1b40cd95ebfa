"""Nothing is lost, back, or half done, whatever comes to harm; and the controls are found out."""

from collections.abc import Iterator

import pytest

from tests.farm.torture import (
    LONGEST,
    Harm,
    Report,
    cut_connections,
    freeze_the_database,
    kill_a_node,
    kill_the_database,
    stop_a_node,
    torture,
)
from tests.postgres import Cluster

BROKEN = "tests.farm.broken"


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    """One that writes as it does in production."""
    database = Cluster(lasting=True)
    yield database
    database.remove()


def check(report: Report, **least: int) -> None:
    assert report.wrong == []
    for event, number in least.items():
        assert report.events[event.replace("_", " ")] >= number, report.events


def test_all_that_may_come_to_harm_in_a_few_seconds(database: Cluster) -> None:
    harms: list[Harm] = [kill_a_node, cut_connections, kill_the_database]
    check(torture(database, harms, 4), quits=20, deletions=20, deliveries=20)


def test_the_control_that_answers_before_the_commit_is_found_out(database: Cluster) -> None:
    report = torture(database, [kill_a_node], 3, run=(BROKEN, "answers_early"))
    assert any(each.startswith("back after +OK") for each in report.wrong), report.events


@pytest.mark.soak
@pytest.mark.parametrize(
    ("harm", "longest"),
    [
        (kill_a_node, 0.05),
        (stop_a_node, LONGEST),
        (cut_connections, 0.05),
        (kill_the_database, 0.05),
        (freeze_the_database, 0.05),
    ],
)
def test_each_harm_for_long(database: Cluster, harm: Harm, longest: float) -> None:
    fenced = 1 if harm is stop_a_node else 0
    report = torture(database, [harm], 90 if fenced else 45, longest=longest)
    check(report, quits=300, deletions=500, fenced=fenced)


@pytest.mark.soak
def test_the_fence_of_the_database_is_enough(database: Cluster) -> None:
    run = (BROKEN, "only_in_the_database")
    report = torture(database, [stop_a_node], 90, run=run, longest=LONGEST)
    check(report, quits=300, deletions=500, fenced=1)


@pytest.mark.soak
def test_the_control_without_a_fence_is_found_out(database: Cluster) -> None:
    run = (BROKEN, "without_a_fence")
    report = torture(database, [stop_a_node], 60, run=run, longest=LONGEST)
    assert "+OK to a session whose maildrop another one has had since" in report.wrong
