from collections.abc import Iterator, Mapping

from pop3lab.core.actions import Action, Close, Part, Send
from pop3lab.core.command import CommandSpec
from pop3lab.core.hooks import Hooks
from pop3lab.core.reply import Reply
from pop3lab.core.request import Request
from pop3lab.core.state import SessionState
from pop3lab.rules.hook_chain import HookChain
from tests.dialogue import done, fed, logged_in, play, sent
from tests.wording import NOTHING_DONE, TWO_LISTED, UNKNOWN, as_sent


class Says(Hooks):
    def __init__(self, word: str, *verbs: str) -> None:
        self.word = word
        self.replies = self.sends = verbs or None

    def reply(self, request: Request, reply: Reply) -> Reply:
        return reply._replace(text=f"{reply.text} {self.word}")

    def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
        yield from actions
        yield Send(self.word.encode(), Part.END)


def test_scripts_are_asked_in_order() -> None:
    chained = logged_in(hooks=HookChain([Says("a"), Says("b")]))
    play(chained, f"C: NOOP\nS: {NOTHING_DONE} a b\nS| ab")


def test_a_script_is_only_asked_about_the_verbs_it_names() -> None:
    chain = HookChain([Says("a", "STAT"), Says("b", "NOOP", "STAT")])
    assert chain.replies == chain.sends == {"STAT", "NOOP"}
    assert HookChain([Says("a", "STAT"), Says("b")]).sends is None
    named = logged_in(hooks=HookChain([Says("a", "STAT")]))
    play(named, "C: NOOP\nS: +OK ...\nC: STAT\nS: +OK 2 56 a\nS| a")


def test_a_script_that_changes_noop_is_asked_although_its_answer_is_always_the_same() -> None:
    play(
        logged_in(hooks=Says("a", "NOOP")),
        f"C| NOOP\\r\\nNOOP\\r\\n\nS: {NOTHING_DONE} a\nS: a{NOTHING_DONE} a\nS| a",
    )


def test_a_script_may_end_the_session() -> None:
    class Drops(Hooks):
        sends = ("LIST",)

        def actions(self, request: Request, actions: Iterator[Action]) -> Iterator[Action]:
            yield next(actions)
            yield Close()
            yield Send(b"never", Part.BODY)
            yield from actions

    dropped = logged_in(hooks=Drops())
    actions = done(fed(dropped, b"LIST\r\nNOOP\r\n"))
    assert actions[-1] == Close()
    assert sent(actions) == as_sent(TWO_LISTED)
    assert dropped.over


def test_a_chain_waits_for_a_maildrop_if_one_of_its_members_does() -> None:
    class Waits(Hooks):
        @property
        def maildrop_waits(self) -> bool:
            return True

    assert HookChain([Says("a"), Waits()]).maildrop_waits
    assert not HookChain([Says("a"), Says("b")]).maildrop_waits


def test_commands_of_one_session_are_in_its_chain() -> None:
    class InSession(Hooks):
        def commands(self, table: Mapping[str, CommandSpec]) -> Mapping[str, CommandSpec]:
            return {verb: row for verb, row in table.items() if verb != "NOOP"}

    class Begins(Hooks):
        def for_session(self, session: SessionState) -> Hooks:
            return InSession()

    bent = logged_in(hooks=HookChain([Says("a", "STAT"), Begins()]))
    play(bent, f"C: NOOP\nS: {UNKNOWN}")
