"""Whose turn it is."""

from hypothesis import given
from hypothesis import strategies as st

from pop3lab.transport.threads import FairQueue


def begun(turns: FairQueue[str]) -> str:
    turn = turns.begin()
    assert turn
    return turn[1]


def test_networks_take_turns_however_much_each_wants() -> None:
    turns: FairQueue[str] = FairQueue(100)
    for job in ("a1", "a2", "a3", "b1", "c1", "c2"):
        turns.join(job[0], job)
    order = []
    while turn := turns.begin():
        order.append(turn[1])
        turns.done(turn[0])
    assert order == ["a1", "b1", "c1", "a2", "c2", "a3"]
    assert len(turns) == 0


def test_a_newcomer_waits_for_one_job_of_each_network_no_more() -> None:
    turns: FairQueue[str] = FairQueue(100)
    for job in ("a1", "a2", "b1", "b2"):
        turns.join(job[0], job)
    assert begun(turns) == "a1"
    turns.join("n", "new")  # while a1 is under way
    turns.done("a")
    assert begun(turns) == "b1"
    turns.done("b")
    assert begun(turns) == "new"


def test_threads_that_nobody_else_wants_are_not_idle() -> None:
    turns: FairQueue[str] = FairQueue(100)
    for job in ("a1", "a2", "a3"):
        turns.join("a", job)
    assert [begun(turns), begun(turns)] == ["a1", "a2"]
    turns.join("n", "new")
    turns.done("a")
    assert begun(turns) == "new"
    assert begun(turns) == "a3"
    assert turns.begin() is None


def test_who_has_a_job_under_way_stands_behind_a_newcomer() -> None:
    turns: FairQueue[str] = FairQueue(100)
    for job in ("a1", "b1", "a2"):
        turns.join(job[0], job)
    assert [begun(turns), begun(turns)] == ["a1", "b1"]
    turns.join("n", "new")
    turns.done("b")
    assert begun(turns) == "new"


def test_the_longest_line_loses_its_last_where_there_are_too_many() -> None:
    turns: FairQueue[str] = FairQueue(4)
    for job in ("a1", "a2", "a3", "b1"):
        assert turns.join(job[0], job) is None
    assert turns.join("n", "new") == "a3"
    assert turns.join("a", "a4") == "a4"
    assert turns.join("n", "new2") == "new2"  # of equal lines the one that has grown
    assert len(turns) == 4


def test_with_a_line_of_one_each_the_newcomer_has_to_go() -> None:
    turns: FairQueue[str] = FairQueue(2)
    turns.join("a", "a1")
    turns.join("b", "b1")
    assert turns.join("n", "new") == "new"
    turns.leave("a", "a1")
    assert turns.join("n", "new") is None
    turns.leave("a", "a1")  # once more is no harm
    assert [begun(turns), begun(turns)] == ["b1", "new"]


@given(st.lists(st.sampled_from("abcnd")), st.integers(1, 5))
def test_nobody_is_forgotten_and_nobody_comes_twice(steps: list[str], most: int) -> None:
    turns: FairQueue[int] = FairQueue(most)
    waiting: dict[int, str] = {}
    under_way: list[str] = []
    for number, step in enumerate(steps):
        if step == "n" and (turn := turns.begin()):
            assert waiting.pop(turn[1]) == turn[0]
            under_way.append(turn[0])
        elif step == "d" and under_way:
            turns.done(under_way.pop())
        elif step in "abc":
            waiting[number] = step
            if (gone := turns.join(step, number)) is not None:
                del waiting[gone]
        assert len(turns) == len(waiting) <= most
