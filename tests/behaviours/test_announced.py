"""Who can't have been told of UTF8 is refused nothing for want of it, whatever hides it."""

import pytest

from pop3lab.behaviours.catalogue import parse_rule
from pop3lab.core.config import ServerCapabilities
from pop3lab.core.events import Event, RuleApplied
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.dialogue import done, fed, memory, sent, session
from tests.wording import NEEDS_UTF8, NOTHING_DONE, UTF8_ENABLED, as_sent

HEADER = "Subject: gr\u00fc\u00df\r\n\r\nhallo\r\n".encode()
WHOLE = b"+OK 26 octets\r\n" + HEADER + b".\r\n"
REFUSED = as_sent(NEEDS_UTF8)
OFFER = ServerCapabilities(tls=True, utf8=True)


class Told:
    """Keeps the rules that took effect."""

    wants_lines = True

    def __init__(self) -> None:
        self.fired: list[str] = []

    def emit(self, event: Event) -> None:
        if isinstance(event, RuleApplied):
            self.fired.append(event.rule)


def opened(script: Rules, store: MemoryStore | None = None, *, tls: bool = False) -> Session:
    begun = session(store or memory(HEADER), hooks=script, capabilities=OFFER)
    done(begun.greeting())
    if tls:
        done(fed(begun, b"STLS\r\n"))
        begun.tls_established(Channel(secure=True, version="TLSv1.3"))
    return begun


def say(session: Session, line: str) -> bytes:
    return sent(done(fed(session, f"{line}\r\n".encode())))


def retrieved(session: Session, *before: str) -> bytes:
    for line in (*before, "USER ann", "PASS secret"):
        say(session, line)
    return say(session, "RETR 1")


HIDDEN = [
    "capa-unsupported",
    "rfc1939-commands",
    "capa-understates words=UTF8",
    "capa-understates words=utf8,UIDL",
    "capa-empty",
    "capa-changes before=UTF8",
    "capa-changes after=UTF8",
    "capa-lines TOP,UIDL",
    "capa-lines TOP,UIDL state=before",
    "capa-lines TOP,UIDL state=after",
    "capa-overstates line=CAPA",
    "stls-strip-capa-err",
    "state=AUTHORIZATION -> capa-understates words=UTF8",
    "state=TRANSACTION -> capa-understates words=UTF8",
    "state=TRANSACTION -> capa-unsupported",
    "session=1 -> capa-understates words=UTF8",
    "session=1 -> capa-unsupported",
    "user=ann -> capa-understates words=UTF8",
    "user=ann -> capa-unsupported",
    "not user=ann -> capa-understates words=UTF8",
    "plain -> capa-understates words=UTF8",
    "CAPA chance=1 -> capa-understates words=UTF8",
    'CAPA -> reply "-ERR no"',
    "CAPA -> no-reply",
    "CAPA -> drop-terminator",
    "CAPA -> unasked-line at=start",
]

THE_FIRST_TIME = [
    "CAPA nth=1 -> capa-understates words=UTF8",
    "CAPA nth=1 -> capa-unsupported",
    "times=1 -> capa-understates words=UTF8",
    'CAPA nth=1 -> reply "-ERR no"',
    'CAPA times=1 -> reply "-ERR no"',
]

ENDING = [
    "capa-kills-connection",
    "capa-kills-connection after-login=yes",
    "CAPA -> cut-after 20",
    "multiline-endless verb=CAPA",
]

LISTED = [
    "session=2 -> capa-understates words=UTF8",
    "user=bob -> capa-understates words=UTF8",
    "tls -> capa-understates words=UTF8",
    "CAPA nth=99 -> capa-understates words=UTF8",
    "CAPA nth=3 -> capa-understates words=UTF8",
    "capa-understates words=UIDL",
    "capa-overstates line=XYZZY",
    "capa-overstates line=UIDL",
    "capa-empty blank",
    "capa-odd-lines",
    "capa-split",
    "capa-changes",
    "capa-lines TOP,utf8",
    "pipelining-drops",
    "session-cap commands=4",
    "bad-command-limit commands=1",
    "idle-short",
]

asked = pytest.mark.parametrize("before", [[], ["CAPA"]], ids=["unasked", "asked"])


@asked
@pytest.mark.parametrize("rule", HIDDEN)
def test_p094_a_message_passes_where_utf8_is_hidden(rule: str, before: list[str]) -> None:
    assert retrieved(opened(rules(rule)), *before) == WHOLE


@pytest.mark.parametrize("rule", ENDING)
def test_p094_a_message_passes_where_to_ask_ends_the_session(rule: str) -> None:
    assert retrieved(opened(rules(rule))) == WHOLE


@pytest.mark.parametrize("rule", THE_FIRST_TIME)
def test_p094_what_counts_is_what_the_client_was_last_told(rule: str) -> None:
    assert retrieved(opened(rules(rule))) == WHOLE
    assert retrieved(opened(rules(rule)), "CAPA") == WHOLE
    assert retrieved(opened(rules(rule)), "CAPA", "CAPA").startswith(REFUSED)


@asked
@pytest.mark.parametrize("rule", LISTED)
def test_p252_a_message_is_withheld_where_utf8_is_listed(rule: str, before: list[str]) -> None:
    assert retrieved(opened(rules(rule)), *before) == REFUSED


@pytest.mark.parametrize(
    ("rule", "tls", "answer"),
    [
        ("plain -> capa-understates words=UTF8", True, REFUSED),
        ("tls -> capa-understates words=UTF8", True, WHOLE),
        ("capa-changes before=UTF8", True, REFUSED),
        ("capa-changes tls=UTF8", True, WHOLE),
        ("capa-changes tls=UTF8", False, REFUSED),
    ],
)
def test_p094_what_is_listed_under_tls_counts_there(rule: str, tls: bool, answer: bytes) -> None:
    assert retrieved(opened(rules(rule), tls=tls)) == answer


def test_p094_each_session_by_its_own_list() -> None:
    script = rules("session=2 -> capa-understates words=UTF8", "session=3 -> capa-unsupported")
    answers = [retrieved(opened(script)) for _ in range(4)]
    assert answers == [REFUSED, WHOLE, WHOLE, REFUSED]


def test_p094_a_rule_that_comes_while_the_session_goes_on() -> None:
    script = Rules(live=True)
    begun = opened(script)
    assert retrieved(begun) == REFUSED
    active = script.add(parse_rule("capa-understates words=UTF8"))
    assert say(begun, "RETR 1") == WHOLE
    script.remove(active)
    assert say(begun, "RETR 1") == REFUSED


@pytest.mark.parametrize(
    ("rule", "offered"),
    [("session=2 -> utf8-mode", [False, True]), ("session=1 -> utf8-mode", [True, False])],
)
def test_what_asks_for_utf8_offers_it_while_it_holds(rule: str, offered: list[bool]) -> None:
    script = rules(rule)
    for here in offered:
        begun = session(memory(HEADER), hooks=script)
        assert (b"\r\nUTF8 USER\r\n" in say(begun, "CAPA")) is here
        assert say(begun, "USER \xe4nn").startswith(b"+OK" if here else b"-ERR")
        assert retrieved(begun) == (REFUSED if here else WHOLE)
        assert say(session(hooks=rules("utf8-mode")), "UTF8") == as_sent(UTF8_ENABLED)


def test_what_is_only_supposed_is_not_counted() -> None:
    told = Told()
    texts = (
        'CAPA nth=1 -> reply "-ERR first"',
        "CAPA nth=2 -> reply-twice",
        "bad-command-limit commands=2",
        "session-cap commands=6",
    )
    script = rules(*texts)
    begun = session(memory(HEADER), hooks=script, capabilities=OFFER, sink=told)
    assert retrieved(begun) == WHOLE
    assert say(begun, "RETR 1") == WHOLE
    assert told.fired == []
    assert all(active.hits == 0 for active in script.active)
    assert say(begun, "CAPA") == b"-ERR first\r\n"
    assert told.fired == ['CAPA nth=1 -> reply text="-ERR first"']
    assert not begun.over
    assert say(begun, "NOOP") == as_sent(NOTHING_DONE)
    assert begun.over  # by the sixth command, not by what was supposed


def test_chance_is_what_it_is_without_the_supposed() -> None:
    lists = []
    for first in ("UTF8", "NOOP"):  # who has said UTF8 is withheld nothing, so nothing is supposed
        script = rules("CAPA chance=0.5 -> capa-understates words=UTF8")
        begun = opened(script)
        retrieved(begun, first)
        lists.append([b"UTF8" in say(begun, "CAPA") for _ in range(40)])
    assert lists[0] == lists[1]
    assert len(set(lists[0])) == 2


@pytest.mark.parametrize(
    ("rule", "sound"),
    [("utf8-mode", True), ("utf8-mode err", True), ("utf8-mode", False)],
)
def test_p253_names_are_utf8_where_it_is_offered(rule: str, sound: bool) -> None:
    begun = session(hooks=rules(rule))
    done(begun.greeting())
    name = "\xe4nn".encode() if sound else b"\xe4nn"
    answer = sent(done(fed(begun, b"USER " + name + b"\r\n")))
    assert answer.startswith(b"+OK" if sound and rule == "utf8-mode" else b"-ERR")
