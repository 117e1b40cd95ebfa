import pytest

from pop3lab.core.errors import NoSuchMessage
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.core.session_messages import SessionMessages


@pytest.fixture
def three() -> SessionMessages:
    return SessionMessages(Snapshot([Entry("a", 10), Entry("b", 20), Entry("c", 300)]))


def test_p071_p073_p130_before_any_mark(three: SessionMessages) -> None:
    assert (three.count, three.octets) == (3, 330)
    assert three.sizes.octets == b"1 10\r\n2 20\r\n3 300\r\n"
    assert three.uids.octets == b"1 a\r\n2 b\r\n3 c\r\n"
    assert three.entry(3) == Entry("c", 300)


@pytest.mark.parametrize("number", [0, 4, -1, 2**32 + 1, 2**64 + 1])
def test_p076_p078_numbers_outside(three: SessionMessages, number: int) -> None:
    for use in (three.entry, three.mark, three.unmark):
        with pytest.raises(NoSuchMessage):
            use(number)
    assert three.count == 3


def test_p109_to_p116_a_marked_message_is_nowhere_and_the_others_keep_their_numbers(
    three: SessionMessages,
) -> None:
    three.mark(2)
    assert (three.count, three.octets) == (2, 310)
    assert three.sizes.octets == b"1 10\r\n3 300\r\n"
    assert three.uids.octets == b"1 a\r\n3 c\r\n"
    assert three.marked_uids == ["b"]
    for use in (three.entry, three.mark):
        with pytest.raises(NoSuchMessage, match="deleted"):
            use(2)
    assert three.octets == 310


def test_p117_unmarking(three: SessionMessages) -> None:
    for number in (1, 2, 3):
        three.mark(number)
    assert (three.count, three.octets, three.sizes.octets) == (0, 0, b"")
    three.unmark(3)
    three.unmark(3)
    assert (three.count, three.octets) == (1, 300)
    three.unmark_all()
    assert (three.count, three.octets, three.marked_uids) == (3, 330, [])
    assert three.sizes.octets.startswith(b"1 10\r\n")


def test_p148_an_empty_maildrop() -> None:
    empty = SessionMessages(Snapshot([]))
    assert (empty.count, empty.octets, empty.sizes.octets, empty.uids.octets) == (0, 0, b"", b"")
    with pytest.raises(NoSuchMessage):
        empty.entry(1)
