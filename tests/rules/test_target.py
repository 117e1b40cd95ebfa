from collections.abc import Iterator

import pytest

from pop3lab.core.actions import Action, Close, OffloadNext, Part, Pause, Send
from pop3lab.rules.target import Target, at_target
from tests.cuts import every_cut

HEAD, BODY, END = b"+OK\r\n", b"one\r\ntwo\r\nend", b"\r\n.\r\n"
WHOLE = HEAD + BODY + END
PLACES = {
    Target("part", "head"): (0, 5),
    Target("part", "body"): (5, 18),
    Target("part", "end"): (18, 23),
    Target("line", 0): (0, 5),
    Target("line", 1): (5, 10),
    Target("line", 3): (15, 20),
    Target("line", 4): (20, 23),
    Target("octet", 0): (0, 23),
    Target("octet", 7): (7, 23),
    Target("octet", 22): (22, 23),
}
NOWHERE = [Target("line", 5), Target("octet", 23), Target("octet", 99)]


def said(actions: Iterator[Action]) -> Iterator[Action]:
    yield Send(b"!", Part.BODY)


def upper(actions: Iterator[Action]) -> Iterator[Action]:
    for action in actions:
        yield Send(action.data.upper(), action.part) if isinstance(action, Send) else action


def streams() -> Iterator[list[Action]]:
    """One reply, its body cut in all ways, with waits between."""
    for cut in every_cut(BODY):
        body = [action for data in cut if data for action in (OffloadNext(), Send(data, Part.BODY))]
        yield [Send(HEAD, Part.HEAD), *body, OffloadNext(), Send(END, Part.END), Pause(1), Close()]


def octets(actions: Iterator[Action]) -> bytes:
    return b"".join(action.data for action in actions if isinstance(action, Send))


def others(actions: Iterator[Action]) -> list[Action]:
    return [action for action in actions if not isinstance(action, Send)]


@pytest.mark.parametrize(("aim", "place"), PLACES.items(), ids=str)
def test_only_the_place_is_altered_however_the_store_cuts(
    aim: Target, place: tuple[int, int]
) -> None:
    begin, end = place
    wanted = WHOLE[:begin] + WHOLE[begin:end].upper() + WHOLE[end:]
    for stream in streams():
        altered = list(at_target(aim, iter(stream), upper))
        assert octets(iter(altered)) == wanted
        assert others(iter(altered)) == others(iter(stream))
        parts = [a.part for a in altered if isinstance(a, Send)]
        assert parts == sorted(parts, key=list(Part).index)


@pytest.mark.parametrize(("aim", "place"), PLACES.items(), ids=str)
def test_what_is_left_of_the_place_is_not_sent(aim: Target, place: tuple[int, int]) -> None:
    begin, end = place
    for stream in streams():
        altered = list(at_target(aim, iter(stream), said))
        assert octets(iter(altered)) == WHOLE[:begin] + b"!" + WHOLE[end:]
        assert altered[-1] == Close()


@pytest.mark.parametrize("aim", NOWHERE, ids=str)
def test_where_there_is_no_such_place_nothing_is_altered(aim: Target) -> None:
    for stream in streams():
        assert octets(at_target(aim, iter(stream), lambda _: iter(()))) == WHOLE


def test_each_action_is_performed_before_the_next_is_pulled() -> None:
    performed: list[str] = []

    reply: list[Action] = [Send(b"a\n", Part.HEAD), Send(b"b\n", Part.BODY), Close()]

    def pulled() -> Iterator[Action]:
        for place, action in enumerate(reply):
            performed.append(f"pulled {place}")
            yield action

    for place, _ in enumerate(at_target(Target("line", 1), pulled(), upper)):
        performed.append(f"performed {place}")
    turns = [(f"pulled {place}", f"performed {place}") for place in range(3)]
    assert performed == [word for turn in turns for word in turn]
