"""Who has to go where there are too many."""

import pytest

from pop3lab.transport.connection_limits import ConnectionLimits


class Guest:
    """One that remembers whether it had to go."""

    def __init__(self, crowd: ConnectionLimits, host: str = "") -> None:
        self.is_protected = False
        self.gone = False
        self.refusal = crowd.enter(self, host)

    def evict(self) -> None:
        self.gone = True


def gone(guests: list[Guest]) -> list[int]:
    """The places of those who are."""
    return [place for place, guest in enumerate(guests) if guest.gone]


def test_the_one_longest_without_login_goes_first() -> None:
    crowd = ConnectionLimits(3)
    guests = [Guest(crowd) for _ in range(3)]
    guests[0].is_protected = True
    guests += [Guest(crowd) for _ in range(2)]
    assert gone(guests) == [1, 2]
    assert not any(guest.refusal for guest in guests)


def test_where_all_are_logged_in_the_new_one_is_turned_away() -> None:
    crowd = ConnectionLimits(2)
    guests = [Guest(crowd) for _ in range(2)]
    for guest in guests:
        guest.is_protected = True
    late = Guest(crowd)
    assert late.refusal == "too many connections"
    assert gone(guests) == []
    crowd.leave(guests[0])
    crowd.leave(late)
    assert Guest(crowd).refusal == ""


def test_those_beyond_the_most_are_never_more_than_one() -> None:
    crowd = ConnectionLimits(1)
    guest = Guest(crowd)
    guest.is_protected = True
    late = [Guest(crowd) for _ in range(3)]
    assert [one.refusal != "" for one in late] == [True] * 3
    assert gone(late) == [0, 1]


def test_one_host_has_too_many() -> None:
    crowd = ConnectionLimits(0, 2)
    here = [Guest(crowd, "a"), Guest(crowd, "a")]
    there = Guest(crowd, "b")
    here[0].is_protected = True
    here.append(Guest(crowd, "a"))
    assert gone([*here, there]) == [1]
    here[2].is_protected = True
    assert Guest(crowd, "a").refusal == "too many connections from this address"
    assert gone([*here, there]) == [1]


def test_those_from_nowhere_are_not_counted_by_host() -> None:
    crowd = ConnectionLimits(0, 1)
    assert gone([Guest(crowd) for _ in range(5)]) == []


@pytest.mark.parametrize("is_protected", [True, False])
def test_room_is_made_as_long_as_somebody_may_go(is_protected: bool) -> None:
    crowd = ConnectionLimits()
    guests = [Guest(crowd, "a"), Guest(crowd, "b")]
    guests[0].is_protected = is_protected
    made = [crowd.make_room() for _ in range(3)]
    assert made == ([True, False, False] if is_protected else [True, True, False])
    for guest in guests:
        crowd.leave(guest)
        crowd.leave(guest)
    assert not crowd.make_room()
