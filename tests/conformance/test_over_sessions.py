"""What a client does with the same messages in one session after another."""

from collections.abc import Iterator

import pytest

from pop3lab.conformance import history as lives
from pop3lab.conformance.client_knowledge import ShownUids
from pop3lab.conformance.exchange import ClientLine, CompletedExchange, ServerReply
from pop3lab.conformance.history import ClientIdentity, MessageHistory
from pop3lab.core.actions import Action, Part, Reset, Send
from pop3lab.core.events import ActionPerformed, LoggedIn, MessagesDeleted, ViolationFound
from pop3lab.core.hooks import Hooks
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.core.reply import Body, Reply
from pop3lab.core.request import Request
from pop3lab.stores.memory import MemoryStore
from tests.dialogue import ONE, TWO, fed, memory, sent

from .watched import Watched

HOST = "192.0.2.1:1100"


def visit(watched: Watched, *lines: str, ends: str = "", peer: str = HOST) -> None:
    """A session of ann: these lines, each behind the answer to the one before it.

    ends: by the client, where the last line is not QUIT.
    """
    session = watched.session(peer=peer)
    list(session.greeting())
    for line in ("USER ann", "PASS secret", *lines):
        list(fed(session, f"{line}\r\n".encode()))
    session.session_ended(ends or "closed")


def ids(watched: Watched) -> list[str]:
    return [name for name, _ in watched.found]


# fetched-again

KEEPS = ("UIDL", "RETR 1", "RETR 2", "QUIT")


def test_a_message_that_is_fetched_in_every_session() -> None:
    watched = Watched()
    visit(watched, *KEEPS)
    assert watched.found == []
    visit(watched, "UIDL", "RETR 2", "QUIT")
    visit(watched, *KEEPS)
    again = "fetched-again"
    assert watched.found == [(again, "C: RETR 2"), (again, "C: RETR 1"), (again, "C: RETR 2")]


def test_it_stands_behind_the_text_that_came_again() -> None:
    watched = Watched()
    for _ in range(2):
        visit(watched, "UIDL", "RETR 1", "QUIT")
    events = watched.keeper.events
    at = next(place for place, event in enumerate(events) if isinstance(event, ViolationFound))
    before = events[at - 1]
    assert isinstance(before, ActionPerformed)
    assert sent([before.action]) == b".\r\n"


@pytest.mark.parametrize("top", ["TOP 1 1000000", "TOP 1 99999999"])
def test_top_with_all_lines_fetches(top: str) -> None:
    watched = Watched()
    visit(watched, "UIDL", top, "QUIT")
    visit(watched, "UIDL", "TOP 1 10", "RETR 1", "QUIT")
    assert watched.found == [("fetched-again", "C: RETR 1")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("RETR 1",), ("RETR 1",)),  # who asks for no unique-ids knows none
        (("UIDL", "RETR 1"), ("RETR 1",)),
        (("RETR 1",), ("UIDL", "RETR 1")),
        (("UIDL", "TOP 1 0"), ("UIDL", "RETR 1")),
        (("UIDL", "RETR 1"), ("UIDL", "TOP 1 0")),
        (("UIDL", "RETR 1", "RETR 1"), ("UIDL", "RETR 2")),  # in one session
        (("UIDL 2", "RETR 1"), ("UIDL", "RETR 1")),
    ],
)
def test_what_a_client_could_not_know_is_not_fetched_again(
    first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    watched = Watched()
    visit(watched, *first, "QUIT")
    visit(watched, *second, "QUIT")
    assert watched.found == []


@pytest.mark.parametrize("asks", [("UIDL 1", "RETR 1"), ("RETR 1", "UIDL"), ("UIDL", "RETR 1")])
def test_each_way_to_ask_for_the_unique_id(asks: tuple[str, ...]) -> None:
    watched = Watched()
    visit(watched, *asks, "QUIT")
    visit(watched, "UIDL 1", "RETR 1", "QUIT")
    assert watched.found == [("fetched-again", "C: RETR 1")]


def test_another_host_is_another_client() -> None:
    watched = Watched()
    visit(watched, *KEEPS)
    visit(watched, *KEEPS, peer="192.0.2.2:1100")
    assert watched.found == []


def test_the_addresses_of_loopback_are_one_host() -> None:
    watched = Watched()
    visit(watched, "UIDL", "RETR 1", "QUIT", peer="127.0.0.1:1100")
    visit(watched, "UIDL", "RETR 1", "QUIT", peer="::1:1100")
    assert watched.found == [("fetched-again", "C: RETR 1")]


def test_another_message_by_the_same_number() -> None:
    store = memory(ONE, TWO)
    watched = Watched(store)
    visit(watched, "UIDL", "RETR 1", "DELE 1", "QUIT")
    visit(watched, "UIDL", "RETR 1", "QUIT")
    assert watched.found == []


class Named(Hooks):
    """UIDL says these, in each session the next."""

    replies = ("UIDL",)

    def __init__(self, *answers: list[str]) -> None:
        self._answers = iter(answers)

    def reply(self, request: Request, reply: Reply) -> Reply:
        lines = [line.encode() for line in next(self._answers)]
        return Reply(True, "", Body([line + b"\r\n" for line in lines]))


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (["1 a", "2 b"], ["1 a", "2 b"], 1),  # other ids than the store's, but they last
        (["1 a", "2 b"], ["1 c", "2 b"], 0),  # a new id for the same message
        (["2 b"], ["1 a", "2 b"], 0),
        (["1   a", "2 b"], ["1 a more", "2 b"], 1),
        (["a", "2 b"], ["1 a", "2 b"], 0),
        ([""], [""], 0),
    ],
)
def test_unique_ids_are_those_that_the_client_was_shown(
    first: list[str], second: list[str], found: int
) -> None:
    watched = Watched(hooks=Named(first, second))
    for _ in range(2):
        visit(watched, "UIDL", "RETR 1", "QUIT")
    assert ids(watched) == ["fetched-again"] * found


def test_the_same_unique_id_for_another_message() -> None:
    """uidl-duplicate: who has had one of them may fetch the other."""
    twice = ["1 a", "2 a"]
    watched = Watched(hooks=Named(twice, twice))
    visit(watched, "UIDL", "RETR 1", "QUIT")
    visit(watched, "UIDL", "RETR 2", "QUIT")
    assert watched.found == []


class Cuts(Hooks):
    """The first texts come in part, as often as this."""

    sends = ("RETR",)

    def __init__(self, times: int = 1, *, number: str = "") -> None:
        self._times = times
        self._number = number

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        if self._times and self._number in ("", request.rest):
            self._times -= 1
            yield Send(b"+OK\r\nSubject: o", Part.BODY)
            yield Reset()
        else:
            yield from actions


def test_what_came_in_part_may_be_fetched_again() -> None:
    watched = Watched(hooks=Cuts())
    for _ in range(2):
        visit(watched, "UIDL", "RETR 1")
    assert "fetched-again" not in ids(watched)
    visit(watched, "UIDL", "RETR 1", "QUIT")
    assert ids(watched).count("fetched-again") == 1


def test_a_text_in_which_a_rule_took_part_may_be_fetched_again() -> None:
    class Fires(Hooks):
        replies = ("RETR",)

        def reply(self, request: Request, reply: Reply) -> Reply:
            watched.fire()
            return reply

    watched = Watched(hooks=Fires())
    for _ in range(2):
        visit(watched, "UIDL", "RETR 1", "QUIT")
    assert watched.found == []


@pytest.mark.parametrize(("ends", "found"), [("reset", 0), ("timeout", 0), ("closed", 1)])
def test_the_last_text_before_the_end_may_not_have_been_read(ends: str, found: int) -> None:
    watched = Watched()
    visit(watched, "UIDL", "RETR 1", ends=ends)
    visit(watched, "UIDL", "RETR 1", "QUIT")
    assert ids(watched).count("fetched-again") == found


@pytest.mark.parametrize(
    ("ends", "fired", "found"),
    [
        ("dropped", False, 0),
        ("timeout", False, 0),
        ("closed", True, 0),  # it did not get on
        ("closed", False, 1),
        ("reset", False, 1),
    ],
)
def test_a_client_may_throw_away_what_came_before_its_session_broke(
    ends: str, fired: bool, found: int
) -> None:
    for remembers in (False, True):
        watched = Watched(lives=MessageHistory(remembers=remembers))
        session = watched.session(peer=HOST)
        list(session.greeting())
        for line in ("USER ann", "PASS secret", "UIDL", "RETR 1", "NOOP"):
            list(fed(session, f"{line}\r\n".encode()))
        if fired:
            watched.fire()
        session.session_ended(ends)
        visit(watched, "UIDL", "RETR 1", "QUIT")
        assert ids(watched).count("fetched-again") == (found or remembers)


# stopped-at


class Refuses(Hooks):
    replies = ("RETR",)

    def reply(self, request: Request, reply: Reply) -> Reply:
        return Reply(False, "not this one") if request.rest == "2" else reply


def three() -> MemoryStore:
    return memory(ONE, TWO, ONE)


def test_three_sessions_that_end_at_the_same_message() -> None:
    watched = Watched(three(), hooks=Refuses())
    visit(watched, "UIDL", "RETR 1", "RETR 2", "QUIT")
    visit(watched, "UIDL", "RETR 2", "QUIT")
    assert watched.found == []
    visit(watched, "UIDL", "RETR 2", "QUIT")
    assert ids(watched) == ["stopped-at"]
    visit(watched, "UIDL", "RETR 2", "QUIT")
    assert ids(watched) == ["stopped-at"] * 2


def test_a_message_that_ends_each_session_by_the_server() -> None:
    watched = Watched(three(), hooks=Cuts(9, number="2"))
    for _ in range(3):
        visit(watched, "STAT", "RETR 2")
    assert ids(watched)[-1] == "stopped-at"


def test_a_message_that_comes_and_the_client_can_not_take() -> None:
    watched = Watched(three())
    for _ in range(3):
        visit(watched, "LIST", "RETR 2", "QUIT")
    assert ids(watched) == ["stopped-at"]


@pytest.mark.parametrize(
    "lines",
    [
        ("RETR 2",),  # it never looked what there is
        ("STAT", "RETR 3"),  # nothing is behind it
        ("STAT", "TOP 2 0"),  # it looks for new mail, perhaps
        ("STAT", "RETR 3", "RETR 2"),
        ("STAT",),
    ],
)
def test_who_is_not_stopped(lines: tuple[str, ...]) -> None:
    watched = Watched(three())
    for _ in range(4):
        visit(watched, *lines, "QUIT")
    assert watched.found == []


def test_who_leaves_a_bad_message_out_is_not_stopped_by_it() -> None:
    watched = Watched(three(), hooks=Refuses())
    for _ in range(4):
        visit(watched, "STAT", "RETR 1", "RETR 2", "RETR 3", "QUIT")
        visit(watched, "STAT", "RETR 3", "RETR 1", "RETR 2", "QUIT")  # or the other way round
    assert watched.found == []


def test_sessions_that_end_at_several_messages_are_not_stopped() -> None:
    watched = Watched(three(), hooks=Refuses())
    for number in (2, 1, 2, 1, 2):
        visit(watched, "STAT", f"RETR {number}", "QUIT")
    assert watched.found == []


def test_a_session_that_fetches_nothing_does_not_count() -> None:
    watched = Watched(three(), hooks=Refuses())
    for lines in (("RETR 2",), (), ("RETR 2",), (), ()):
        visit(watched, "STAT", *lines, "QUIT")
    assert watched.found == []
    visit(watched, "STAT", "RETR 2", "QUIT")
    assert ids(watched) == ["stopped-at"]


@pytest.mark.parametrize("ends", ["stopped", "evicted", "failed"])
def test_who_was_interrupted_is_not_stopped(ends: str) -> None:
    watched = Watched(three())
    for _ in range(4):
        visit(watched, "STAT", "RETR 2", ends=ends)
    assert watched.found == []


def test_what_was_deleted_is_not_missed() -> None:
    watched = Watched(three())
    visit(watched, "STAT", "RETR 1", "QUIT")
    visit(watched, "STAT", "RETR 3", "QUIT")
    for _ in range(2):
        visit(watched, "STAT", "RETR 2", "DELE 1", "RSET", "QUIT")
    visit(watched, "STAT", "RETR 2", "QUIT")
    assert watched.found == []


# deleted-unfetched


@pytest.mark.parametrize("lines", [(), ("TOP 1 0",), ("RETR 2",)])
def test_a_message_that_is_gone_and_was_never_fetched(lines: tuple[str, ...]) -> None:
    watched = Watched()
    visit(watched, *lines, "DELE 1", "QUIT")
    assert watched.found[-1] == ("deleted-unfetched", "C: QUIT")
    assert ids(watched).count("deleted-unfetched") == 1


def test_a_message_that_came_in_part_and_is_gone() -> None:
    watched = Watched(hooks=Cuts())
    visit(watched, "RETR 1")
    visit(watched, "DELE 1", "QUIT")
    assert ids(watched)[-1] == "deleted-unfetched"


@pytest.mark.parametrize("text", ["RETR 1", "TOP 1 99999999"])
def test_a_message_that_was_fetched_in_any_session_by_any_client_of_the_user(text: str) -> None:
    watched = Watched()
    visit(watched, text, "QUIT", peer="192.0.2.2:1100")
    visit(watched, "DELE 1", "QUIT")
    assert watched.found == []


def test_one_session_is_told_of_once_however_much_is_lost() -> None:
    watched = Watched(three())
    visit(watched, "DELE 1", "DELE 2", "DELE 3", "QUIT")
    assert ids(watched) == ["dele-of-unsent"] * 3 + ["deleted-unfetched"]


def test_what_is_marked_and_not_deleted_is_not_gone() -> None:
    watched = Watched()
    visit(watched, "TOP 1 0", "DELE 1", "RSET", "QUIT")
    visit(watched, "TOP 1 0", "DELE 1", "NOOP", ends="reset")
    assert "deleted-unfetched" not in ids(watched)


def test_what_the_server_deletes_by_itself_is_not_the_clients_doing() -> None:
    watched = Watched()
    session = watched.session()
    list(session.greeting())
    for line in ("USER ann", "PASS secret", "TOP 1 0", "DELE 1", "NOOP"):
        list(fed(session, f"{line}\r\n".encode()))
    watched.emit(MessagesDeleted(1, ("2",)))
    assert watched.found == []
    watched.emit(MessagesDeleted(1, ("1",)))
    assert ids(watched) == ["deleted-unfetched"]


# deleted-came-back


@pytest.mark.parametrize("ends", ["closed", "reset"])
def test_a_deleted_message_that_is_there_again(ends: str) -> None:
    watched = Watched()
    visit(watched, "RETR 1", "DELE 1", ends=ends)
    before = ids(watched)
    visit(watched, "STAT", "QUIT")
    assert watched.found[len(before) :] == [("deleted-came-back", "C: PASS ****")]
    visit(watched, "STAT", "QUIT")
    assert ids(watched).count("deleted-came-back") == 1


def test_it_stands_behind_the_login() -> None:
    watched = Watched()
    visit(watched, "RETR 1", "DELE 1", ends="closed")
    visit(watched, "QUIT")
    events = watched.keeper.events
    at = next(p for p, e in enumerate(events) if isinstance(e, ViolationFound) and "back" in e.id)
    assert isinstance(events[at - 1], LoggedIn)


@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        (("RETR 1", "DELE 1", "QUIT"), ""),
        (("RETR 1", "DELE 1", "RSET"), "closed"),
        (("RETR 1",), "closed"),
        (("RETR 1", "DELE 1"), "dropped"),  # by the server
        (("RETR 1", "DELE 1"), "stopped"),
        (("RETR 1", "DELE 1"), "timeout"),  # sooner than after ten minutes
    ],
)
def test_what_does_not_come_back_by_the_clients_doing(lines: tuple[str, ...], ends: str) -> None:
    watched = Watched()
    visit(watched, *lines, ends=ends)
    visit(watched, "QUIT")
    assert "deleted-came-back" not in ids(watched)


def test_what_another_client_has_deleted_since_does_not_come_back() -> None:
    watched = Watched()
    visit(watched, "RETR 1", "DELE 1", ends="closed")
    visit(watched, "RETR 1", "DELE 1", "QUIT", peer="192.0.2.2:1100")
    visit(watched, "QUIT")
    assert "deleted-came-back" not in ids(watched)


def test_a_deletion_that_the_server_refused_is_not_the_clients_doing() -> None:
    class Denies(Hooks):
        replies = ("QUIT",)

        def reply(self, request: Request, reply: Reply) -> Reply:
            return Reply(False, "[SYS/TEMP] later")

    watched = Watched(hooks=Denies())
    visit(watched, "RETR 1", "DELE 1", "QUIT")
    visit(watched, "QUIT")
    assert watched.found == []


# What is remembered


def test_the_memory_is_bounded_and_what_is_forgotten_accuses_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lives, "_MOST_MESSAGES", 2)
    monkeypatch.setattr(lives, "_MOST_CLIENTS", 2)
    known, ann = MessageHistory(), ClientIdentity("ann", "192.0.2.1")
    for uid in ("a", "b", "c"):
        known.note_fetched(ann, uid, uid)
        known.note_sent("ann", uid)
    assert [known.was_fetched(ann, uid, uid) for uid in ("a", "b", "c")] == [False, True, True]
    assert known.was_sent("ann", "never")
    for name in ("ann", "bob", "eve"):
        client = ClientIdentity(name, "192.0.2.1")
        assert known.note_stop(client, "a") == 1
        known.note_undeleted(client, ["a"] * 1000)
    assert known.note_stop(ann, "a") == 1  # it had been forgotten
    assert known.note_stop(ClientIdentity("eve", "192.0.2.1"), "a") == 2
    assert [
        len(known.take_undeleted(ClientIdentity(name, "192.0.2.1"))) for name in ("ann", "eve")
    ] == [
        0,
        16,
    ]


def test_a_large_maildrop_that_is_shown_as_it_is_stored_is_not_kept_twice() -> None:

    shown = ShownUids()
    shown.snapshot = Snapshot([Entry(f"uid-{number}", 1) for number in range(1000)])
    lines = tuple(f"{n} uid-{n - 1}" for n in range(1, 1001))
    asked = ClientLine(b"UIDL", "UIDL", None, 0.0)
    shown.learn(CompletedExchange(asked, ServerReply("+OK", True, "", lines), 0.0))
    assert shown.uid(1000) == "uid-999"
    assert shown._others == {}


# Who pipelines

PIPELINED = (b"RETR 1\r\nRETR 2\r\nRETR 3\r\n", b"RETR 1\r\n", b"RETR 2\r\n", b"RETR 3\r\n")


def pipelined(watched: Watched, *packets: bytes, ends: str) -> None:
    session = watched.session(peer=HOST)
    list(session.greeting())
    for packet in (b"CAPA\r\n", b"USER ann\r\n", b"PASS secret\r\n", b"UIDL\r\n", *packets):
        list(fed(session, packet))
    session.session_ended(ends)


@pytest.mark.parametrize("packets", [PIPELINED[:1], PIPELINED[1:]], ids=["early", "in time"])
def test_what_was_asked_for_in_advance_may_not_have_been_read(packets: tuple[bytes, ...]) -> None:
    watched = Watched(three())
    for _ in range(2):
        pipelined(watched, *packets, ends="reset")
    assert "fetched-again" not in ids(watched)
    pipelined(watched, *packets, b"QUIT\r\n", ends="closed")  # sent when all had come
    assert "fetched-again" not in ids(watched)
    pipelined(watched, b"RETR 1\r\n", b"QUIT\r\n", ends="closed")
    assert ids(watched)[-1] == "fetched-again"


def test_who_pipelines_has_stopped_at_the_first_that_did_not_come() -> None:
    watched = Watched(three(), hooks=Refuses())
    for _ in range(3):
        pipelined(watched, PIPELINED[0], ends="reset")
    assert "stopped-at" in ids(watched)


def test_who_pipelines_and_reads_on_has_not_stopped() -> None:
    watched = Watched(three(), hooks=Refuses())
    for _ in range(4):
        pipelined(watched, PIPELINED[0], b"QUIT\r\n", ends="closed")
    assert "stopped-at" not in ids(watched)
