import pytest

from pop3lab.behaviours.catalogue import parse_effect
from pop3lab.core.actions import Part, Send
from pop3lab.core.request import Request
from pop3lab.rules.behaviour import ServerContext
from tests.behaviours.faults.faulty import actions, check
from tests.behaviours.ruled import rules
from tests.cuts import at_every_cut
from tests.dialogue import fed, logged_in, sent
from tests.wording import NOTHING_DONE, as_sent

WHOLE = as_sent(NOTHING_DONE)
PLACES = range(len(WHOLE))


def changed(what: str) -> bytes:
    return sent(actions(f"NOOP -> {what}", b"NOOP"))


@pytest.mark.parametrize("place", PLACES)
def test_at_every_octet(place: int) -> None:
    before, after = WHOLE[:place], WHOLE[place:]
    assert changed(f"insert ab skip={place}") == before + b"ab" + after
    assert changed(f"replace ab skip={place}") == before + b"ab"[: len(after)] + after[2:]
    assert changed(f"remove 3 skip={place}") == before + after[3:]
    assert changed(f"corrupt skip={place}") == before + bytes([255 - after[0]]) + after[1:]


@pytest.mark.parametrize("what", ["insert ab", "replace ab", "remove", "corrupt"])
def test_beyond_the_end_nothing_is_altered(what: str) -> None:
    check(f"NOOP -> {what} skip=18", "C: NOOP\nS: +OK ...", hits=0)


def test_at_an_octet_and_within_a_line() -> None:
    check("NOOP octet=4 -> replace SOME", f"C: NOOP\nS: +OK SOME{NOTHING_DONE[8:]}")
    check("LIST line=2 -> replace 99 skip=2", "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 99\nS: .")
    check("LIST line=2 -> insert 3 skip=9", "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\nS: .", hits=0)
    check(r'LIST part=end -> replace ";\n"', "C: LIST\nS: +OK ...\nS: 1 23\nS: 2 33\nS| ;\\n\\n")


def test_corrupt_inverts_all_bits() -> None:
    check("NOOP -> corrupt 2 skip=1", f"C: NOOP\nS: +\\xb0\\xb4{NOTHING_DONE[3:]}")


def test_what_is_altered_is_one_hit_however_long() -> None:
    whole = b"+OK 33 octets\r\n..Subject: two\r\n\r\n..\r\n...dots\r\nend\r\n.\r\n"
    ruled = rules("RETR 2 -> corrupt 4096 skip=15")
    corrupted = sent(fed(logged_in(hooks=ruled), b"RETR 2\r\n"))
    assert corrupted == whole[:15] + bytes(255 - octet for octet in whole[15:])
    assert [active.hits for active in ruled.active] == [1]


@pytest.mark.parametrize(
    ("what", "wanted"),
    {
        "insert ab skip=3": b"012ab3456789",
        "replace abcd skip=3": b"012abcd789",
        "remove 5 skip=3": b"01289",
        "corrupt 2 skip=4": b"0123\xcb\xca6789",
    }.items(),
)
def test_however_the_store_cuts(what: str, wanted: bytes) -> None:
    script = parse_effect(what).hooks(ServerContext())

    def transform(chunks: list[bytes]) -> list[bytes]:
        sends = (Send(chunk, Part.BODY) for chunk in chunks)
        return [sent([a]) for a in script.actions(Request("RETR"), iter(sends))]

    assert at_every_cut(transform, b"0123456789") == wanted  # type: ignore[arg-type]
