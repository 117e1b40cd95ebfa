"""Rules in force: counts, times, the seams, and what stays as it is without them."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.actions import Action, Part, Pause, Send
from pop3lab.core.command import CommandSpec
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.errors import ConfigError
from pop3lab.core.events import Event, RuleApplied
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.maildrop import Maildrop, Snapshot, Store, TextOrChunks
from pop3lab.core.maildrop_wrappers import MaildropWrapper
from pop3lab.core.reply import Reply, ok
from pop3lab.core.request import Request
from pop3lab.core.session import Session
from pop3lab.rules.behaviour import Behaviour, Effect
from pop3lab.rules.condition_parser import parse_condition
from pop3lab.rules.engine import Rules
from pop3lab.rules.hook_chain import HookChain
from pop3lab.rules.rule import Rule
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent, session
from tests.keeping import Keeps
from tests.wording import NOTHING_DONE, UNKNOWN

NOOP = f"C: NOOP\nS: {NOTHING_DONE}\n"
NO = "C: NOOP\nS: -ERR no\n"


def bent(script: Hooks, when: str = "", family: str = "quirk") -> Rule:
    """A rule of this script."""
    read = parse_condition(when)
    row = Behaviour("bent", "", "", lambda shared: script, family=family)
    return Rule(Effect(row, {}), read.condition, read.target, read.times)


# Counts and times


def test_nth_counts_over_all_sessions() -> None:
    ruled = rules("NOOP nth=2..3 -> reply")
    play(logged_in(hooks=ruled), NOOP + NO)
    play(logged_in(hooks=ruled), NO + NOOP)
    assert ruled.active[0].hits == 2


def test_the_nth_session() -> None:
    ruled = rules("NOOP session=2 -> reply")
    for wanted in (NOOP, NO * 2, NOOP):
        play(logged_in(hooks=ruled), wanted)
    assert ruled.active[0].hits == 2


def test_times() -> None:
    ruled = rules("NOOP times=2 -> reply")
    play(logged_in(hooks=ruled), NO)
    play(logged_in(hooks=ruled), NO + NOOP)
    assert ruled.active[0].hits == 2


def test_what_comes_to_nothing_does_not_use_up_the_times() -> None:
    ruled = rules("(LIST or NOOP) times=1 -> cut-after 29 then go-on")
    play(logged_in(hooks=ruled), NOOP + "C: LIST\nS: +OK ...\nS| 1")
    assert ruled.active[0].hits == 1


WHOLE = b"+OK 23 octets\r\nSubject: one\r\n\r\nhello\r\n.\r\n"
ALTERING = [
    "insert x skip=15",
    "remove",
    "corrupt 40",
    "cut-after 20",
    "cut-after 20 then go-on",
    "drop-terminator",
    "reply",
    "reply-twice",
    "unasked-line",
]


@pytest.mark.parametrize("what", ALTERING)
def test_two_sessions_at_once_take_a_time_once(what: str) -> None:
    ruled = rules(f"RETR times=1 -> {what}")
    store = memory(ONE)
    store.add("mrose", ONE)
    first = fed(logged_in(store, hooks=ruled), b"RETR 1\r\n")
    begun = [next(first)]  # the rule holds, and may not have taken effect yet
    second = session(store, hooks=ruled)
    done(fed(second, b"USER mrose\r\nPASS tanstaaf\r\n"))
    said = [sent(fed(second, b"RETR 1\r\n")), sent([*begun, *first])]
    assert said.count(WHOLE) == 1
    assert ruled.active[0].hits == 1


def test_hits_are_exact_in_threads() -> None:
    ruled = rules("NOOP nth=1..50 -> reply", "NOOP nth=100.. times=7 -> no-reply")
    store = MemoryStore()
    sessions = [session(store, hooks=ruled, limits=Limits(busy=0)) for _ in range(8)]

    def play_all(played: Session) -> bytes:
        return sent(a for _ in range(25) for a in fed(played, b"NOOP\r\n"))

    with ThreadPoolExecutor(8) as pool:
        said = b"".join(pool.map(play_all, sessions))
    assert said.count(b"-ERR no\r\n") == 50
    assert said.count(b"\r\n") == 200 - 7
    assert [active.hits for active in ruled.active] == [50, 7]


def test_chance_is_repeated_by_the_seed_whatever_other_rules_there_are() -> None:
    def refused(*others: str, seed: int = 3) -> list[bool]:
        ruled = Rules([parse_rule(t) for t in (*others, "NOOP chance=0.3 -> reply")], seed=seed)
        played = logged_in(hooks=ruled)
        return [sent(fed(played, b"NOOP\r\n")).startswith(b"-ERR") for _ in range(60)]

    assert refused() == refused() == refused("any chance=0.5 -> delay")
    assert refused() != refused(seed=4)
    assert 5 < sum(refused()) < 35


def test_a_seed_is_chosen_and_told() -> None:
    assert Rules().seed != Rules().seed
    assert Rules(seed=7).seed == 7


def test_a_hit_is_told_when_it_happens() -> None:
    events: list[Event] = []

    class Told:
        wants_lines = True

        def emit(self, event: Event) -> None:
            events.append(event)

    ruled = rules("NOOP times=1 -> reply", "STAT line=2 -> close")
    play(logged_in(hooks=ruled, sink=Told()), NO + NOOP + "C: STAT\nS: +OK 2 56")
    assert [event for event in events if isinstance(event, RuleApplied)] == [
        RuleApplied(7, "NOOP times=1 -> reply")
    ]


def test_faults_that_never_happened_are_unused() -> None:
    ruled = rules("NOOP -> reply", "RETR -> reply", "extra-crlf")
    play(logged_in(hooks=ruled), NO)
    assert [str(active.rule) for active in ruled.unused()] == ["RETR -> reply"]


# The seams


class Row(Hooks):
    """What exists: NOOP says something else, HELLO is there, LIST is not."""

    replies: Collection[str] = ()
    sends: Collection[str] = ()

    def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
        noop = replace(table["NOOP"], handler=lambda session: ok("bent"))
        rest = {verb: row for verb, row in table.items() if verb != "LIST"}
        return {**rest, "NOOP": noop, "HELLO": replace(noop, verb="HELLO")}


class Empty(Hooks):
    """What is true: nothing."""

    replies: Collection[str] = ()
    sends: Collection[str] = ()

    def maildrop(self, maildrop: Maildrop) -> Maildrop:
        emptied = maildrop
        emptied.snapshot = Snapshot(())  # type: ignore[misc]
        return emptied


class Says(Hooks):
    """What is said."""

    sends: Collection[str] = ()

    def reply(self, request: Request, reply: Reply) -> Reply:
        return reply._replace(text="bent")


class Sends(Hooks):
    """How it is sent."""

    replies: Collection[str] = ()

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield Send(b"bent ", Part.HEAD)
        yield from actions


def test_a_rule_bends_what_exists() -> None:
    ruled = Rules([bent(Row(), "nth=2..3")])
    played = logged_in(hooks=ruled)
    listed = "S: +OK ...\nS: 1 23\nS: 2 33\nS: .\n"
    play(
        played,
        f"""
        C: NOOP\nS: {NOTHING_DONE}
        C: NOOP\nS: +OK bent
        C: LIST\nS: {UNKNOWN}
        C: LIST\n{listed}
        C: HELLO\nS: {UNKNOWN}
        C: STAT\nS: +OK 2 56
        """,
    )
    assert ruled.active[0].hits == 2


def test_where_it_does_not_hold_a_bent_row_is_the_books() -> None:
    bends = session(hooks=Rules([bent(Row(), "session=2")]))
    plain = session()
    for line in (b"NOOP", b"HELLO", b"LIST", b"LIST 1 2", b"NOOP x"):
        assert sent(fed(bends, line + b"\r\n")) == sent(fed(plain, line + b"\r\n"))


def test_a_rule_bends_what_is_true() -> None:
    store = memory(ONE, TWO)
    ruled = Rules([bent(Empty(), "session=2")])
    for stat in ("2 56", "0 0", "2 56"):
        play(logged_in(store, hooks=ruled), f"C: STAT\nS: +OK {stat}\nC: QUIT\nS: +OK ...\n(close)")
    assert ruled.active[0].hits == 1


def test_a_rule_bends_what_is_said() -> None:
    play(logged_in(hooks=Rules([bent(Says(), "NOOP nth=2")])), NOOP + "C: NOOP\nS: +OK bent")


def test_a_rule_bends_how_it_is_sent() -> None:
    script = Rules([bent(Sends(), "NOOP nth=2")])
    play(logged_in(hooks=script), NOOP + f"C: NOOP\nS: bent {NOTHING_DONE}")


def test_login_is_a_moment_of_its_own() -> None:
    class All(Empty):
        replies: Collection[str] = ("STAT", "PASS")

        def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
            return {**table, "PASS": replace(table["PASS"])}

        def reply(self, request: Request, reply: Reply) -> Reply:
            return reply._replace(text=f"{reply.text} bent")

    counted = Rules([bent(All(), "nth=2..3")])
    play(
        session(hooks=counted),
        """
        C: USER ann
        S: +OK ...
        C: PASS secret
        S: +OK ...
        C: STAT
        S: +OK 0 0 bent
        """,
    )
    assert counted.active[0].hits == 2  # at LOGIN and at STAT; PASS was the first


def test_a_quirk_without_a_condition_needs_no_asking() -> None:
    says = Says()
    assert Rules([bent(says)]).for_session(session().state) is says
    chain = Rules([bent(says), bent(Sends())]).for_session(session().state)
    assert isinstance(chain, HookChain)
    assert chain.reply(Request("NOOP"), ok("x")) == ok("bent")


# What does not fit


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            "RETR line=1 -> extra-crlf",
            "extra-crlf changes what is said, not how it is sent: line",
        ),
        ("RETR -> drop-at-quit", "drop-at-quit is about QUIT: 'RETR' never holds then"),
        ("RETR 2 nth=1 -> refuse", "refuse is about CONNECT: 'RETR 2 nth=1' never holds then"),
        ("NOOP -> extra-crlf", "extra-crlf is about RETR, TOP: 'NOOP' never holds then"),
        ("RETR LIST -> close", "no command is all of 'RETR LIST': put or between the verbs"),
    ],
)
def test_a_rule_that_never_takes_effect_is_refused(rule: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rules(rule)
    assert str(caught.value).startswith(message)


def test_a_maildrop_is_bent_at_login_only() -> None:
    with pytest.raises(ConfigError, match="changes the maildrop, which is opened at LOGIN: 'PASS'"):
        Rules([bent(Empty(), "PASS")])


# Rules that come and go


def test_a_live_rule_counts_at_once() -> None:
    ruled = Rules(live=True)
    played = logged_in(hooks=ruled)
    play(played, NOOP)
    active = ruled.add(parse_rule("NOOP -> reply"))
    play(played, NO)
    ruled.remove(active)
    play(played, NOOP)
    ruled.remove(active)
    assert active.hits == 1


def test_a_live_rule_keeps_its_counts_while_others_come_and_go() -> None:
    ruled = Rules([parse_rule("NOOP nth=3 -> reply")], live=True)
    played = logged_in(hooks=ruled)
    play(played, NOOP)
    other = ruled.add(parse_rule("STAT -> reply"))
    play(played, NOOP + "C: STAT\nS: -ERR no")
    ruled.remove(other)
    play(played, NO + "C: STAT\nS: +OK 2 56")


def test_a_live_rule_for_sessions_that_began_before_it_knows_which_they_are() -> None:
    ruled = Rules(live=True)
    first, second = (session(hooks=ruled) for _ in range(2))
    ruled.add(parse_rule("QUIT session=2 -> reply"))
    play(first, "C: QUIT\nS: +OK ...\n(close)")
    play(second, "C: QUIT\nS: -ERR no\n(close)")


def test_a_live_rule_that_does_not_fit_leaves_the_others() -> None:
    ruled = Rules([parse_rule("NOOP -> reply")], live=True)
    with pytest.raises(ConfigError, match="can't stand together"):
        ruled.add(parse_rule("NOOP -> no-reply"))
    play(logged_in(hooks=ruled), NO)


def test_clear_begins_anew() -> None:
    ruled = Rules([parse_rule("NOOP nth=1 -> reply")], live=True)
    play(logged_in(hooks=ruled), NO + NOOP)
    ruled.clear()
    played = logged_in(hooks=ruled)
    play(played, NOOP)
    ruled.add(parse_rule("NOOP session=1 nth=1 -> reply"))
    play(played, NO)


# Without rules

LINES = (
    b"CAPA\r\n",
    b"STLS\r\n",
    b"USER ann\r\n",
    b"PASS secret\r\n",
    b"PASS wrong\r\n",
    b"AUTH PLAIN\r\n",
    b"AGFubgBzZWNyZXQ=\r\n",
    b"STAT\r\n",
    b"LIST\r\nUIDL\r\n",
    b"LIST 1\r\n",
    b"RETR 2\r\n",
    b"TOP 2 1\r\nNOOP\r\n",
    b"DELE 1\r\n",
    b"RSET\r\n",
    b"noop\r\n",
    b"NOOP\n",
    b"FOO\r\n",
    b"\xff\r\n",
    b"RETR",
    b" 1\r\n",
    b"QUIT\r\n",
)
NEVER = (
    "FOO nth=99 -> close",
    "any nth=999 -> reset",
    "NOOP tls -> reply",
)


@pytest.mark.slow
@given(st.lists(st.sampled_from(LINES), max_size=25))
def test_with_no_rule_in_force_the_octets_are_the_books(lines: list[bytes]) -> None:
    def actions(script: Hooks) -> list[Action]:
        played = session(hooks=script, capabilities=ServerCapabilities(tls=True))
        said = list(played.greeting())
        for line in (b"USER ann\r\nPASS secret\r\n", *lines):
            if not played.over:
                said += fed(played, line)
        return said

    book = actions(NO_HOOKS)
    assert actions(Rules()) == book
    assert actions(Rules(live=True)) == book
    never = [parse_rule(text) for text in NEVER]
    for rules_that_do_not_hold in (Rules(never), Rules(never, live=True)):
        assert sent(actions(rules_that_do_not_hold)) == sent(book)


# Conditions that never hold


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("GREETING state=TRANSACTION -> close", "AUTHORIZATION is the state at GREETING: "),
        ("CONNECT not state=AUTHORIZATION -> close", "AUTHORIZATION is the state at CONNECT: "),
        ("(CONNECT or GREETING) state=UPDATE -> close", "the state at CONNECT and GREETING: "),
        ("state=TRANSACTION -> list-window 1", "AUTHORIZATION is the state at LOGIN: "),
        ("RETR state=TRANSACTION state=AUTHORIZATION -> close", "in one state at a time"),
    ],
)
def test_a_state_in_which_there_is_no_such_exchange_is_refused(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        rules(text)


def test_a_command_may_come_in_any_state() -> None:
    play(session(hooks=rules("RETR state=AUTHORIZATION -> reply")), "C: RETR 1\nS: -ERR no\n")
    rules("GREETING state=AUTHORIZATION -> close", "state=AUTHORIZATION -> list-window 1")


def test_who_is_about_to_log_in_is_named_before_the_password() -> None:
    bent = 'PASS user=ann -> reply "-ERR not you"'
    refused = "C: USER {}\nS: +OK ...\nC: PASS wrong\nS: -ERR {}\n"
    play(session(hooks=rules(bent)), refused.format("ann", "not you"))
    play(session(hooks=rules(bent)), refused.format("eve", "[AUTH] ..."))


def test_each_rule_has_chance_of_its_own() -> None:
    one, other = rules("NOOP chance=0.5 -> stall", "LIST chance=0.5 -> stall").active
    assert one.random.random() != other.random.random()


class CountedReads(MaildropWrapper):
    """A maildrop that counts how often it is read."""

    reads = 0

    def read(self, uid: str) -> TextOrChunks:
        CountedReads.reads += 1
        return super().read(uid)


class CountedStore:
    """A store whose maildrops count together how often they are read."""

    open_waits = False

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    def open(self, user: str) -> Maildrop:
        return CountedReads(self.inner.open(user))


TEN = [b"Subject: %d\r\n\r\nhello\r\n" % number for number in range(10)]


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("watched", [False, True])
def test_many_rules_about_messages_have_no_part_in_others(live: bool, watched: bool) -> None:
    """Their answers are kept, and said again without asking a rule or the maildrop."""
    texts = [f"RETR {number} nth={nth} -> delay 1s" for number in (2, 3) for nth in range(1, 51)]
    ruled = Rules([parse_rule(text) for text in texts], live=live)
    told = Keeps() if watched else None
    played = logged_in(CountedStore(memory(*TEN)), hooks=ruled, sink=told)
    first = sent(done(fed(played, b"RETR 1\r\n")))
    before = CountedReads.reads
    for _ in range(5):
        octets, actions = played.feed(b"RETR 1\r\n")
        assert (octets, actions) == (first, None)
        assert any(isinstance(action, Pause) for action in done(fed(played, b"RETR 3\r\n")))
    assert CountedReads.reads - before == 5
    assert not told or sum(isinstance(event, RuleApplied) for event in told.events) == 5


def test_a_live_rule_counts_from_when_it_comes_until_it_goes() -> None:
    ruled = Rules(live=True)
    played = logged_in(memory(*TEN), hooks=ruled)
    plain = sent(done(fed(played, b"RETR 1\r\n")))
    assert sent(done(fed(played, b"RETR 1\r\n"))) == plain
    active = ruled.add(parse_rule("RETR 1 -> cut-after 5 then=reset"))
    ruled.remove(active)
    assert sent(done(fed(played, b"RETR 1\r\n"))) == plain
    ruled.add(parse_rule('any -> reply "-ERR later"'))
    assert sent(done(fed(played, b"RETR 1\r\n"))).startswith(b"-ERR later")
    ruled.clear()
    assert sent(done(fed(played, b"RETR 1\r\n"))) == plain


def test_asking_what_capa_would_say_uses_up_no_hit() -> None:
    """As for a message that is withheld from clients who can see UTF8 there."""
    once = rules('CAPA times=1 -> reply "-ERR no"')
    store = memory("Subject: \N{SNOWMAN}\r\n\r\n".encode())
    opened = logged_in(store, hooks=once, capabilities=ServerCapabilities(utf8=True))
    done(fed(opened, b"RETR 1\r\n"))
    assert once.active[0].hits == 0
    play(opened, "C: CAPA\nS: -ERR no")
    assert once.active[0].hits == 1
