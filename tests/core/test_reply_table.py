"""CachedReplies that are kept by the line that asks are as by the ordinary way, and told so."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.behaviours.mail_box_lines import WhiteSpace
from pop3lab.behaviours.profiles.mail_box import mail_box
from pop3lab.core import cached_replies as module
from pop3lab.core import listing_lines
from pop3lab.core.actions import Close, Part, Send
from pop3lab.core.command import CommandSpec
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.events import (
    ActionPerformed,
    Event,
    LineReceived,
    LinesAnswered,
    LoggedIn,
    MessageRead,
    SessionEnded,
)
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Maildrop, Snapshot, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper
from pop3lab.core.reply import Reply
from pop3lab.core.reply_table import ReplyTable
from pop3lab.core.request import ParsedLine, Request, parse_line
from pop3lab.core.session import Session
from pop3lab.core.text import MessageText
from pop3lab.effects.commands import TableHook, wrap
from pop3lab.rules.active_rule import ActiveRule
from pop3lab.rules.engine import Rules
from tests.dialogue import ONE, TWO, done, fed, memory, sent, session
from tests.keeping import Keeps
from tests.ordinary import ordinary

UMLAUT = "Subject: Grüße\r\n\r\nhello\r\n".encode()
MESSAGES = (ONE, TWO, UMLAUT, b"", b"Subject: long\r\n\r\n" + b"x" * 70_000 + b"\r\n")
LOGIN = b"USER ann\r\nPASS secret\r\n"


class SameSnapshot:
    """A store whose sessions share a snapshot, as those on files do. read: how often it was."""

    def __init__(self, *messages: bytes) -> None:
        self.store = memory(*messages)
        self.snapshot: Snapshot | None = None
        self.read = 0

    open_waits = False

    def open(self, user: str) -> Maildrop:
        maildrop = self.store.open(user)
        self.snapshot = maildrop.snapshot
        return _SameSnapshot(maildrop, self)


class _SameSnapshot(MaildropWrapper):
    def __init__(self, maildrop: Maildrop, store: SameSnapshot) -> None:
        super().__init__(maildrop)
        self._store = store

    def read(self, uid: str) -> TextOrChunks:
        self._store.read += 1
        return super().read(uid)


class KeepsAnswered(Keeps):
    """Takes lines as one, and makes events of them."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: list[LinesAnswered] = []

    def emit_answered(self, answered: LinesAnswered) -> None:
        self.answered.append(answered)
        self.events += answered.events()


def entered(store: SameSnapshot, hooks: Hooks = NO_HOOKS, **options: object) -> Session:
    one = session(store, hooks=hooks, **options)  # type: ignore[arg-type]
    done(one.greeting())
    assert sent(done(fed(one, LOGIN))).count(b"+OK") == 2
    return one


def said(one: Session, line: str) -> bytes:
    return sent(done(fed(one, line.encode() + b"\r\n")))


def at_once(one: Session, line: bytes) -> bytes:
    """What is said to lines without an action: then it comes from the table, or needs no body."""
    octets, actions = one.feed(line)
    assert actions is None
    return octets


def left(one: Session) -> None:
    one.session_ended("closed")


# The same octets and events

LINES = (
    *("NOOP", "STAT", "LIST", "UIDL", "LIST 1", "LIST 2", "UIDL 2", "LIST 9", "RETR 9", "TOP 9 1"),
    *(f"RETR {number}" for number in range(1, 6)),
    *("TOP 1 0", "TOP 2 1", "TOP 3 1", "TOP 4 0", "TOP 5 1", "DELE 1", "DELE 2", "RSET"),
    *("noop", "Stat", "retr 1", "RETR 01", "RETR  1", "RETR 1 ", " RETR 1", "LIST ", "TOP 1 00"),
    *("CAPA", "LAST", "XYZZY", "", "RETR", "RETR 1 2", "RETR 0", "RETR -1", "STAT 1", "NOOP x"),
)
OPTIONS: list[dict[str, object]] = [
    {},
    {"capabilities": ServerCapabilities(utf8=True)},
    {"limits": Limits(bad_after=3)},
]


def dialogues() -> Iterator[list[bytes]]:
    random = Random(15)
    for _ in range(120):
        lines = [*random.choices(LINES, k=random.randint(1, 30))]
        lines += ["RSET", random.choice(("QUIT", "NOOP"))]
        yield [line.encode() + random.choice((b"\r\n",) * 9 + (b"\n",)) for line in lines]


def cut(octets: bytes, random: Random) -> Iterator[bytes]:
    """The octets, a line or several or a part of one at a time."""
    while octets:
        at = random.choice((1, 7, 100, octets.find(b"\n") + 1, len(octets)))
        yield octets[:at]
        octets = octets[at:]


def played(
    store: SameSnapshot, lines: Sequence[bytes], sink: Keeps | None, hooks: Hooks, **options: object
) -> tuple[bytes, list[str], list[tuple[object, ...]]]:
    """Octets, other actions and events."""
    one = entered(store, hooks, sink=sink, **options)
    random, octets, others = Random(7), b"", []
    for data in cut(b"".join(lines), random):
        for action in done(fed(one, data)):
            if isinstance(action, Send):
                octets += action.data
            else:
                others.append(repr(action))
    left(one)
    return octets, others, [*map(_comparable, sink.events)] if sink else []


def _comparable(event: Event) -> tuple[object, ...]:
    match event:
        case LoggedIn():
            return (*event[:3], *event.snapshot.entries)
        case SessionEnded():
            return (*event[:3], *event.verbs.items())
        case _:
            return (type(event), *event)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("sink", [None, Keeps, KeepsAnswered])
def test_both_ways_say_and_tell_the_same(
    sink: type[Keeps] | None, options: dict[str, object]
) -> None:
    kept, other = SameSnapshot(*MESSAGES), SameSnapshot(*MESSAGES)
    for lines in dialogues():
        direct = played(kept, lines, sink() if sink else None, NO_HOOKS, **options)
        asked = played(other, lines, Keeps() if sink else None, ordinary(NO_HOOKS), **options)
        assert direct == asked, lines
    assert kept.read < other.read * 2 / 3


@pytest.mark.parametrize("words", [(), ("minimal", "noextra"), ("autodelete",)])
def test_both_ways_are_those_of_mail_boxs_server(words: Sequence[str]) -> None:
    kept, other = SameSnapshot(*MESSAGES), SameSnapshot(*MESSAGES)
    seed, choice = Rules(profile=mail_box(words)), Random(7).choice
    for lines in dialogues():
        split = [line.replace(b" ", choice([b" ", b" ", b"\t"])) for line in lines]
        direct = played(kept, split, None, seed)
        assert direct == played(other, split, None, ordinary(seed)), split
    if "autodelete" not in words:  # which watches what is read
        assert kept.read < other.read * 3 / 4


# What is kept, and what is said from it

KEPT = (
    "NOOP",
    "STAT",
    "LIST",
    "UIDL",
    "LIST 1",
    "UIDL 2",
    "RETR 1",
    "RETR 2",
    "TOP 1 0",
    "TOP 2 9",
)


BY_THE_BOOK = (False, ())  # no UTF-8 header is withheld, and no hooks change replies


def kept(store: SameSnapshot) -> set[str]:
    assert store.snapshot
    return {line.decode().strip() for line in store.snapshot.replies(BY_THE_BOOK).by_line}


def test_sessions_share_what_was_said_to_the_first() -> None:
    store = SameSnapshot(ONE, TWO)
    first = entered(store)
    answers = [said(first, line) for line in KEPT]
    assert kept(store) == set(KEPT)
    reads = store.read
    left(first)
    second = entered(store)
    assert [at_once(second, f"{line}\r\n".encode()) for line in KEPT] == answers
    assert store.read == reads


@pytest.mark.parametrize(
    "line",
    ["noop", "RETR 01", "RETR  1", "RETR 1 ", "list", "LIST 9", "DELE 1", "CAPA", "RSET", "X"],
)
def test_other_lines_are_not_kept(line: str) -> None:
    store = SameSnapshot(ONE)
    said(entered(store), line)
    assert kept(store) == set()


def test_a_line_that_ends_in_lf_alone_is_not_kept() -> None:
    store = SameSnapshot(ONE)
    assert sent(done(fed(entered(store), b"NOOP\n"))).startswith(b"+OK ")
    assert kept(store) == set()


def test_what_only_lenient_hooks_grant_is_not_kept_for_others() -> None:
    store = SameSnapshot(ONE)
    lenient = entered(store, Rules([parse_rule("top-whole")]))
    for _ in range(2):
        assert said(lenient, "TOP 1").startswith(b"+OK")
    left(lenient)
    assert kept(store) == set()
    assert said(entered(store), "TOP 1").startswith(b"-ERR")


def test_marks_count_for_the_messages_that_have_them() -> None:
    store = SameSnapshot(ONE, TWO)
    one = entered(store)
    for line in ("STAT", "LIST", "RETR 1", "RETR 2"):
        said(one, line)
    reads = store.read
    said(one, "DELE 1")
    assert said(one, "RETR 1").startswith(b"-ERR ")
    assert b"\r\n..Subject" in said(one, "RETR 2")
    assert said(one, "STAT") == b"+OK 1 33\r\n"
    assert said(one, "LIST").endswith(b"\r\n2 33\r\n.\r\n")
    said(one, "RSET")
    assert b"\r\nSubject: one" in said(one, "RETR 1")
    assert said(one, "STAT") == b"+OK 2 56\r\n"
    assert store.read == reads


def test_a_message_that_was_refused_is_asked_for_again() -> None:
    store = SameSnapshot(ONE)
    one = entered(store)
    text = store.store._boxes["ann"].pop("1")
    assert said(one, "RETR 1").startswith(b"-ERR")
    store.store._boxes["ann"]["1"] = text
    assert said(one, "RETR 1").startswith(b"+OK")
    assert said(one, "DELE 1").startswith(b"+OK")


def test_a_text_is_said_as_long_as_the_store_keeps_it() -> None:
    store = SameSnapshot(ONE)
    one = entered(store)
    said(one, "RETR 1")
    box = store.store._boxes["ann"]
    box["1"] = MessageText(box["1"].octets)
    reads = store.read
    assert said(one, "RETR 1").startswith(b"+OK")
    assert store.read == reads + 1


def test_what_is_said_before_login_or_behind_quit_is_not_of_the_table() -> None:
    class Stays(Hooks):
        replies: Collection[str] | None = ("QUIT",)
        sends: Collection[str] | None = ()

        def reply(self, request: Request, reply: Reply) -> Reply:
            return reply._replace(then=None)

    one = entered(SameSnapshot(ONE), Stays())
    assert said(one, "NOOP") == said(one, "NOOP")
    assert said(one, "QUIT").startswith(b"+OK")
    assert said(one, "NOOP").startswith(b"-ERR")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    store = SameSnapshot(ONE, b"x\r\n\r\n" + b"y" * 50)
    one = entered(store)
    monkeypatch.setattr(module, "_MOST_OWN", 30)
    said(one, "TOP 2 1")
    assert kept(store) == set()
    monkeypatch.setattr(module, "_MOST", 3)
    for line in ("TOP 1 0", "TOP 1 1", "RETR 1", "RETR 2"):
        said(one, line)
    assert kept(store) == {"TOP 1 0", "TOP 1 1", "RETR 1"}


def test_texts_that_nothing_else_keeps_have_one_bound_for_all_maildrops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reads(of: int) -> int:
        before = stores[of].read
        assert said(sessions[of], "TOP 1 0").endswith(b"\r\n" + top)
        return stores[of].read - before

    top = b"Subject: one\r\n\r\n.\r\n"
    monkeypatch.setattr(module, "_own_texts", deque(maxlen=3))
    stores = [SameSnapshot(ONE) for _ in range(4)]
    sessions = [entered(store) for store in stores]
    assert [reads(of) for of in (0, 1, 2, 0, 1, 2)] == [1, 1, 1, 0, 0, 0]
    assert [reads(of) for of in (3, 0, 2, 3)] == [1, 1, 0, 0]


def test_long_answers_leave_in_pieces_as_a_slow_client_takes_them() -> None:
    one = entered(SameSnapshot(*MESSAGES))
    said(one, "RETR 5")
    octets, actions = one.feed(b"RETR 5\r\n" * 3 + b"NOOP\r\n")
    assert len(octets) < 80_000
    assert actions is not None
    pieces = [action.data for action in actions if isinstance(action, Send)]
    assert [len(piece) > 70_000 for piece in pieces] == [True, True, False]


def test_refused_commands_in_a_row_are_counted_anew_behind_an_answer_that_was_kept() -> None:
    one = entered(SameSnapshot(ONE), limits=Limits(bad_after=2))
    said(one, "NOOP")
    for _ in range(3):
        assert done(fed(one, b"X\r\nNOOP\r\n"))[-1] != Close()
    assert done(fed(one, b"X\r\nX\r\n"))[-1] == Close()


# UTF8

UTF8 = ServerCapabilities(utf8=True)


def test_a_utf8_header_is_withheld_whoever_was_given_it_before() -> None:
    store = SameSnapshot(UMLAUT, ONE)
    knows = session(store, capabilities=UTF8)
    done(knows.greeting())
    done(fed(knows, b"UTF8\r\n" + LOGIN))
    assert said(knows, "RETR 1").startswith(b"+OK")
    assert said(knows, "TOP 1 0").startswith(b"+OK")
    left(knows)
    asks = entered(store, capabilities=UTF8)
    for line in ("RETR 1", "TOP 1 0"):
        assert said(asks, line).startswith(b"-ERR [UTF8]"), line
    said(asks, "RETR 2")
    reads = store.read
    assert said(asks, "RETR 2").startswith(b"+OK")
    assert store.read == reads


def test_what_was_given_instead_of_such_a_header_is_not_kept() -> None:
    store = SameSnapshot(UMLAUT)
    one = entered(store, capabilities=UTF8)
    one.state.surrogates = True
    assert said(one, "RETR 1").startswith(b"+OK")
    one.state.surrogates = False
    assert said(one, "RETR 1").startswith(b"-ERR [UTF8]")


# Hooks


class Replies(Hooks):
    replies: Collection[str] | None = ("RETR",)
    sends: Collection[str] | None = ()

    def reply(self, request: Request, reply: Reply) -> Reply:
        return reply._replace(text="bent")


class Sends(Hooks):
    replies: Collection[str] | None = ()
    sends: Collection[str] | None = ("RETR",)


class Lines(Hooks):
    replies: Collection[str] | None = ()
    sends: Collection[str] | None = ()

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        return read


class Commands(Hooks):
    replies: Collection[str] | None = ()
    sends: Collection[str] | None = ()

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        return {**table, "RETR": replace(table["RETR"])}


class Drops(Hooks):
    replies: Collection[str] | None = ()
    sends: Collection[str] | None = ()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        return MaildropWrapper(maildrop)


WRAPS = TableHook(wrap(lambda session, request, call_next: call_next(session, request), "RETR"))


@pytest.mark.parametrize("hooks", [Replies(), Sends(), Lines(), Commands(), WRAPS, Drops()])
def test_rows_that_hooks_have_to_do_with_are_left_out(hooks: Hooks) -> None:
    store = SameSnapshot(ONE)
    plain = entered(store)
    said(plain, "RETR 1")
    left(plain)
    reads = store.read
    bent = entered(store, hooks)
    said(bent, "RETR 1")
    assert store.read == reads + 1


class Steady(Replies):
    steady = True


def test_what_hooks_say_each_time_is_kept_for_those_who_have_the_same() -> None:
    store, steady = SameSnapshot(ONE), Steady()
    bent = entered(store, steady)
    assert said(bent, "RETR 1").startswith(b"+OK bent\r\n")
    left(bent)
    reads = store.read
    bent = entered(store, steady)
    assert at_once(bent, b"RETR 1\r\n").startswith(b"+OK bent\r\n")
    assert store.read == reads
    left(bent)
    assert said(entered(store), "RETR 1").startswith(b"+OK 23 octets\r\n")


class Lenient(Lines):
    """Takes a word more than the book does."""

    lenient = True

    def line(self, octets: bytes, read: ParsedLine) -> ParsedLine:
        changed = parse_line(octets.replace(b" more", b""))
        return read if changed.request == read.request else changed


def test_what_is_heard_as_the_book_does_is_kept_and_nothing_else() -> None:
    store = SameSnapshot(ONE)
    lenient = entered(store, Lenient())
    for line in ("RETR 1", "STAT more", "LIST 1 more"):
        assert said(lenient, line).startswith(b"+OK"), line
    assert kept(store) == {"RETR 1"}


def test_a_number_more_than_the_book_takes_is_not_kept() -> None:
    store = SameSnapshot(ONE)
    split = entered(store, WhiteSpace())
    for line in ("STAT 1", "LIST 1 2", "NOOP 1", "LIST 1"):
        assert said(split, line).startswith(b"+OK"), line
    assert kept(store) == {"LIST 1"}


@pytest.mark.parametrize("hooks", [Replies(), Sends(), Commands()])
def test_other_rows_are_not(hooks: Hooks) -> None:
    store = SameSnapshot(ONE)
    said(entered(store, hooks), "TOP 1 0")
    assert kept(store) == {"TOP 1 0"}


def test_hooks_that_come_are_asked_from_then_on() -> None:
    class Late(Replies):
        comes = False

        @property
        def revision(self) -> int:  # type: ignore[override]
            return int(self.comes)

        def changes_reply(self, verb: str) -> bool:
            return self.comes and super().changes_reply(verb)

    late = Late()
    one = entered(SameSnapshot(ONE), late)
    assert said(one, "RETR 1") == said(one, "RETR 1")
    late.comes = True
    assert said(one, "RETR 1").startswith(b"+OK bent\r\n")
    late.comes = False
    assert not said(one, "RETR 1").startswith(b"+OK bent")


def test_what_hooks_make_of_one_message_is_not_kept() -> None:
    class OfTheSecond(Replies):
        def asked_numbers(self, verb: str) -> Collection[int] | None:
            return {2} if verb == "RETR" else ()

    store = SameSnapshot(ONE, TWO)
    bent = entered(store, OfTheSecond())
    assert said(bent, "RETR 2").startswith(b"+OK bent\r\n")
    said(bent, "RETR 1")
    assert kept(store) == {"RETR 1"}
    left(bent)
    assert said(entered(store), "RETR 2").startswith(b"+OK 33 octets\r\n")


def test_a_rule_that_names_a_message_is_asked_about_lines_that_were_kept_before_it_came() -> None:
    ruled, store = Rules(live=True), SameSnapshot(ONE, TWO)
    one = entered(store, ruled)
    usual = {line: said(one, line) for line in ("RETR 1", "RETR 2", "TOP 2 0", "LIST 2")}
    assert kept(store) == set(usual)
    rule = ruled.add(parse_rule("RETR 2 -> reply"))
    reads = store.read
    assert said(one, "RETR 2") == b"-ERR no\r\n"
    assert store.read == reads + 1
    assert {line: said(one, line) for line in usual if line != "RETR 2"} == {
        line: said for line, said in usual.items() if line != "RETR 2"
    }
    assert store.read == reads + 1
    ruled.remove(rule)
    assert said(one, "RETR 2") == usual["RETR 2"]
    assert store.read == reads + 1


CONDITIONS = (
    "RETR 2 nth=2",
    "RETR 2 nth=2..3",
    "RETR 2 every=2 times=2",
    "RETR 2 times=1",
    "RETR 2 session=2",
    "RETR 2 session=2.. nth=2",
    "(RETR 2 or LIST 2) nth=3",
    "(RETR 2 nth=2) or LIST 1",
    "RETR 2 (nth=1 or session=3)",
    "any 2 nth=4",
)
EFFECTS = ("reply", "cut-after 20 then go-on")


@pytest.mark.parametrize("sink", [None, KeepsAnswered])
@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_rule_counts_the_same_beside_lines_that_are_kept(
    condition: str, effect: str, sink: type[Keeps] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> list[object]:
        ruled, store = Rules(live=True, seed=1), SameSnapshot(ONE, TWO)
        rules: list[ActiveRule] = []
        heard: list[object] = []
        for number in range(4):
            keeps = sink() if sink else None
            one = entered(store, ruled, sink=keeps)
            for line in ("RETR 1", "RETR 2", "LIST 1", "LIST 2", "RETR 2", "TOP 2 0", "RETR 2"):
                if (number, line) == (1, "LIST 1"):  # all that is said has been kept by now
                    rules.append(ruled.add(parse_rule(f"{condition} -> {effect}")))
                heard.append((line, said(one, line)))
            left(one)
            heard += map(_comparable, keeps.events if keeps else ())
        assert rules[0].hits
        return [*heard, rules[0].hits]

    beside = told()
    monkeypatch.setattr(ReplyTable, "answer", lambda self, batch, pieces, most: ([], [], 0))
    assert beside == told()


# Events


def test_lines_that_come_together_are_one_for_who_takes_them_so() -> None:
    keeps = KeepsAnswered()
    one = entered(SameSnapshot(ONE), sink=keeps)
    first = said(one, "RETR 1").partition(b"\n")[0] + b"\n"
    nothing = said(one, "NOOP")
    keeps.events.clear()
    assert at_once(one, b"NOOP\r\nRETR 1\r\n")
    (answered,) = keeps.answered
    assert answered.octets == len(nothing + first + ONE + b".\r\n")
    assert keeps.events == [
        LineReceived(7, b"NOOP\r", False, False, "NOOP", True),
        ActionPerformed(7, Send(nothing, Part.HEAD)),
        LineReceived(7, b"RETR 1\r", False, True, "RETR", True),
        MessageRead(7, "1"),
        ActionPerformed(7, Send(first, Part.HEAD)),
        ActionPerformed(7, Send(ONE, Part.BODY)),
        ActionPerformed(7, Send(b".\r\n", Part.END)),
    ]


# Listings without what is marked


@pytest.mark.parametrize("few", [0, 3, 100])
def test_listings_leave_out_what_is_marked(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_lines, "_FEW", few)
    store = SameSnapshot(*[b"x\r\n" * number for number in range(1, 31)])
    one, random = entered(store), Random(3)
    left_in = {number: f"{number} {3 * number}" for number in range(1, 31)}
    marked: dict[int, str] = {}
    for _ in range(300):
        number = random.randint(1, 30)
        if random.random() < 0.05:
            said(one, "RSET")
            left_in |= marked
            marked.clear()
        elif random.random() < 0.1 and number in marked:
            one.state.messages.unmark(number)
            left_in[number] = marked.pop(number)
        elif number in left_in:
            said(one, f"DELE {number}")
            marked[number] = left_in.pop(number)
        if random.random() < 0.5:
            wanted = [left_in[number] for number in sorted(left_in)]
            assert said(one, "LIST").decode().split("\r\n")[1:-2] == wanted
            uids = [f"{number} {number}" for number in sorted(left_in)]
            assert said(one, "UIDL").decode().split("\r\n")[1:-2] == uids
