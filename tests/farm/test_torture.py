"""Nothing is lost, back, or half done, whatever comes to harm; and the controls are found out."""

from collections.abc import Iterator

import pytest

from tests.farm.torture import (
    LONGEST,
    Harm,
    cut_connections,
    freeze_the_database,
    kill_a_node,
    kill_the_database,
    stop_a_node,
    torture,
)
from tests.forked import POP3LAB, Function
from tests.postgres import Cluster

BROKEN = "tests.farm.broken"


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    """One that writes as it does in production."""
    database = Cluster(lasting=True)
    yield database
    database.remove()


SOME = {"quits": 20, "deletions": 20, "deliveries": 20}
MANY = {"quits": 300, "deletions": 500}


def test_all_that_may_come_to_harm(database: Cluster) -> None:
    harms: list[Harm] = [kill_a_node, cut_connections, kill_the_database]
    assert torture(database, harms, 1, least=SOME).wrong == []


def test_the_control_that_answers_before_the_commit_is_found_out(database: Cluster) -> None:
    report = torture(database, [kill_a_node], 5, least=SOME, run=(BROKEN, "answers_early"))
    assert any(each.startswith("back after +OK") for each in report.wrong), report.events


@pytest.mark.soak
@pytest.mark.parametrize(
    "harm", [kill_a_node, cut_connections, kill_the_database, freeze_the_database]
)
def test_each_harm_for_long(database: Cluster, harm: Harm) -> None:
    assert torture(database, [harm], 10, least=MANY).wrong == []


@pytest.mark.soak
@pytest.mark.parametrize("run", [POP3LAB, (BROKEN, "only_in_the_database")])
def test_nodes_that_are_stopped_past_their_leases(database: Cluster, run: Function) -> None:
    least = {**MANY, "fenced": 3}
    assert torture(database, [stop_a_node], 20, least=least, run=run, longest=LONGEST).wrong == []


@pytest.mark.soak
def test_the_control_without_a_fence_is_found_out(database: Cluster) -> None:
    run = (BROKEN, "without_a_fence")
    report = torture(database, [stop_a_node], 20, least=MANY, run=run, longest=LONGEST)
    assert "+OK to a session whose maildrop another one has had since" in report.wrong
