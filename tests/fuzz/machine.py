"""Two sessions on the maildrops of two users, each step compared with the model."""

from base64 import b64decode
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pop3lab.core.config import ServerCapabilities
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.request import State
from pop3lab.core.sasl import Channel
from pop3lab.core.session import Session
from tests.dialogue import fed
from tests.fuzz.answers import Answer, read
from tests.fuzz.exchanges import BAD_RESPONSES, EXCHANGES, UNFINISHED, Exchange, digest
from tests.fuzz.grounds import MESSAGES, NEAR, OFFER, PASSWORDS, PROFILES, Stops, fuzzed, profile
from tests.fuzz.model import ERROR, Client, Expected, World
from tests.fuzz.shelf import Shelf
from tests.ordinary import ordinary

WHICH = st.integers(0, 1)
NAMES = st.sampled_from([*PASSWORDS, "nobody", "ANN"])
GIVEN = st.sampled_from([*PASSWORDS.values(), "wrong", " "])
NUMBERS = st.sampled_from(
    [
        *("1", "2", "3", "4", "5", "6", "02"),
        *("0", "7", "-1", "+2", "1x", "", "00000000001", "9" * 30),
    ]
)
PERHAPS = st.none() | NUMBERS
COUNTS = st.none() | st.sampled_from(["0", "1", "2", "40", "9999999999", "-1", "x"])
WRONG_LINES = st.sampled_from(
    [
        *(b"", b" ", b"XYZZY", b"STAT 1", b"NOOP x", b"QUIT now", b"CAPA x", b"STLS x"),
        *(b"UTF8 x", b"USER", b"USER ", b"USER a b", b"PASS", b"PASS ", b"APOP ann", b"RETR"),
        *(b"TOP 1 2 3", b"DELE", b"\0", b"NOOP\0", b"RETR\t1", b"STAT\xff", b"LIST 1 2"),
        *(b"UIDL 1 2", b"AUTH", b"AUTH NONE", b"A" * 400, b"USER " + b"a" * 100),
        *(b"AUTH PLAIN " + b"A" * 400, b"LANG x", b"LANG en x"),
    ]
)

# White space at the end, tabs and words too many, which the seed lets pass.
NOT_WRONG_FOR_PERL = frozenset(
    [
        *(b"STAT 1", b"NOOP x", b"QUIT now", b"USER", b"USER ", b"USER a b", b"TOP 1 2 3"),
        *(b"RETR\t1", b"LIST 1 2", b"UIDL 1 2", b"USER " + b"a" * 100),
    ]
)


def line(verb: str, *words: str | None) -> bytes:
    return " ".join([verb, *(word for word in words if word is not None)]).encode()


class Sessions(RuleBasedStateMachine):
    """Model and sessions side by side."""

    words: st.SearchStrategy[tuple[str, ...] | None] = st.sampled_from([None, None, *PROFILES])

    @initialize(words=words, kept=st.booleans())
    def start(self, words: tuple[str, ...] | None, kept: bool) -> None:
        """kept: replies are; otherwise each line is answered the ordinary way."""
        self.store = Shelf()
        self.stops = Stops()
        script: Hooks = NO_HOOKS if words is None else profile(words, self.stops)
        self.script = script if kept else ordinary(script)
        self.world = World(words, {})
        for name in PASSWORDS:
            self.world.boxes[name] = {}
            for message in MESSAGES:
                self.deliver(name, message)
        self.sessions = [self.session(), self.session()]
        self.clients = [Client(self.world), Client(self.world)]

    def session(self) -> Session:
        capabilities = ServerCapabilities() if self.world.words is not None else OFFER
        limits = replace(NEAR, bad_logins=0)  # the model refuses as many as there are
        return fuzzed(self.store, hooks=self.script, limits=limits, capabilities=capabilities)

    def say(self, which: int, octets: bytes, expected: Expected) -> Answer:
        answer = read(fed(self.sessions[which], octets))
        check(answer, expected)
        if expected.ends == "StartTLS":
            self.sessions[which].tls_established(Channel(secure=True, challenge=""))
        if self.clients[which].over:
            self.renew(which)
        return answer

    def renew(self, which: int) -> None:
        if self.sessions[which].over:
            assert not list(fed(self.sessions[which], b"NOOP\r\nRSET\r\n"))
        self.sessions[which].session_ended("closed")
        self.sessions[which], self.clients[which] = self.session(), Client(self.world)

    # Logins

    @rule(which=WHICH, name=NAMES)
    def user(self, which: int, name: str) -> None:
        self.say(which, line("USER", name) + b"\r\n", self.clients[which].say_user(name))

    @rule(which=WHICH, password=GIVEN)
    def pass_(self, which: int, password: str) -> None:
        self.say(which, line("PASS", password) + b"\r\n", self.expected_of_pass(which, password))

    @rule(which=WHICH, name=NAMES, password=GIVEN)
    def user_and_pass(self, which: int, name: str, password: str) -> None:
        self.user(which, name)
        self.pass_(which, password)

    def expected_of_pass(self, which: int, password: str) -> Expected:
        return self.clients[which].say_pass(
            [name for name, right in PASSWORDS.items() if right == password]
        )

    @rule(which=WHICH, name=st.sampled_from([*PASSWORDS]))
    def log_in(self, which: int, name: str) -> None:
        proof = digest(PASSWORDS[name])
        expected = self.clients[which].say_apop(name, right=True)
        self.say(which, line("APOP", name, proof) + b"\r\n", expected)

    @rule(which=WHICH, name=NAMES, password=GIVEN)
    def apop(self, which: int, name: str, password: str) -> None:
        right = PASSWORDS.get(name) == password
        expected = self.clients[which].say_apop(name, right)
        self.say(which, line("apop", name, digest(password)) + b"\r\n", expected)

    @rule(which=WHICH, exchange=st.sampled_from(EXCHANGES), name=NAMES, right=st.booleans())
    def auth(self, which: int, exchange: Exchange, name: str, right: bool) -> None:
        client = self.clients[which]
        client.take_name()
        right = right and name in PASSWORDS
        said = exchange(name, PASSWORDS[name] if right else "wrong")
        answer = read(fed(self.sessions[which], next(said) + b"\r\n"))
        while answer.status == b"+":
            answer = read(fed(self.sessions[which], said.send(b64decode(answer.text)) + b"\r\n"))
        works = not client.refused("AUTH") and not (
            client.secure and exchange.__name__ == "cram_md5"
        )
        check(answer, client.enter(name) if works and right else ERROR)

    @rule(which=WHICH, begun=st.sampled_from(UNFINISHED), bad=st.sampled_from(BAD_RESPONSES))
    def auth_cancelled(self, which: int, begun: bytes, bad: bytes) -> None:
        client = self.clients[which]
        client.take_name()
        answer = read(fed(self.sessions[which], begun + b"\r\n"))
        works = not client.refused("AUTH") and not (client.secure and b"CRAM" in begun)
        assert answer.status == (b"+" if works else b"-ERR")
        if not works:
            return
        answer = read(fed(self.sessions[which], bad + b"\r\n"))
        if begun == b"AUTH LOGIN" and answer.status == b"+":  # any base64 may be a name
            answer = read(fed(self.sessions[which], b"*\r\n"))
        check(answer, ERROR)

    # The maildrop

    @rule(which=WHICH)
    def stat(self, which: int) -> None:
        self.say(which, b"STAT\r\n", self.clients[which].say_stat())

    @rule(which=WHICH, verb=st.sampled_from(["LIST", "UIDL"]), number=PERHAPS)
    def listing(self, which: int, verb: str, number: str | None) -> None:
        expected = self.clients[which].say_listing(verb, number or None)
        self.say(which, line(verb, number) + b"\r\n", expected)

    @rule(which=WHICH, number=NUMBERS)
    def retr(self, which: int, number: str) -> None:
        self.say(which, line("RETR", number) + b"\r\n", self.clients[which].say_retr(number))

    @rule(which=WHICH, number=NUMBERS, count=COUNTS)
    def top(self, which: int, number: str, count: str | None) -> None:
        said = [word for word in (number, count) if word]  # two spaces are as one
        expected = self.clients[which].say_top(
            said[0] if said else "", said[1] if said[1:] else None
        )
        self.say(which, line("TOP", number, count) + b"\r\n", expected)

    @rule(which=WHICH, number=NUMBERS)
    def dele(self, which: int, number: str) -> None:
        self.say(which, line("DELE", number) + b"\r\n", self.clients[which].say_dele(number))

    @rule(which=WHICH, number=PERHAPS)
    def rset(self, which: int, number: str | None) -> None:
        self.say(
            which, line("RSET", number) + b"\r\n", self.clients[which].say_rset(number or None)
        )

    @rule(name=st.sampled_from([*PASSWORDS]), message=st.sampled_from(MESSAGES))
    def deliver(self, name: str, message: bytes) -> None:
        self.world.boxes[name][int(self.store.add(name, message))] = message

    # The rest

    @rule(which=WHICH, verb=st.sampled_from(["NOOP", "UTF8", "EXIT"]))
    def simple(self, which: int, verb: str) -> None:
        self.say(which, line(verb) + b"\r\n", self.clients[which].say_simple(verb))

    @rule(which=WHICH, tag=st.sampled_from([None, "en", "EN", "*", "de", ""]))
    def lang(self, which: int, tag: str | None) -> None:
        self.say(which, line("LANG", tag) + b"\r\n", self.clients[which].say_lang(tag or None))

    @rule(which=WHICH)
    def capa(self, which: int) -> None:
        client = self.clients[which]
        client.take_name()
        answer = read(fed(self.sessions[which], b"CAPA\r\n"))
        if client.refused("CAPA"):
            check(answer, ERROR)
            return
        assert answer.body is not None
        names = [row.split()[0].decode() for row in answer.body.splitlines()[:-1]]
        assert len(set(names)) == len(names)
        assert set(names) == client.capabilities

    @rule(which=WHICH, behind=st.sampled_from([b"", b"", b"NOOP\r\n", b"\n", b"USER ann"]))
    def stls(self, which: int, behind: bytes) -> None:
        client = self.clients[which]
        if client.refused("STLS") or client.secure:
            behind = b""
        self.say(which, b"STLS\r\n" + behind, client.say_stls(bool(behind)))

    @rule(which=WHICH, octets=WRONG_LINES)
    def wrong(self, which: int, octets: bytes) -> None:
        client = self.clients[which]
        if octets in NOT_WRONG_FOR_PERL and not client.world.by_the_book:
            return
        client.take_name()
        self.say(which, octets + b"\r\n", ERROR)

    @rule(which=WHICH)
    def break_(self, which: int) -> None:
        self.say(which, b"BREAK\r\n", self.clients[which].say_break())

    @rule(which=WHICH, octets=st.sampled_from([b"QUIT\r\n", b"quit\n"]))
    def quit(self, which: int, octets: bytes) -> None:
        self.say(which, octets, self.clients[which].say_quit())

    @rule(which=WHICH, how=st.sampled_from(["closed", "reset", "timeout", "stopped"]))
    def drop(self, which: int, how: str) -> None:
        self.clients[which].leave()
        self.sessions[which].session_ended(how)
        self.renew(which)

    @invariant()
    def states_agree(self) -> None:
        for session, client in zip(self.sessions, self.clients, strict=True):
            wanted = State.AUTHORIZATION if client.before else State.TRANSACTION
            assert session.state.state is wanted
            assert session.user == client.user
        assert self.stops.times == self.world.stops
        assert self.store.locked == self.world.locked
        for name, box in self.world.boxes.items():
            assert [*self.store.boxes[name].values()] == [*box.values()]


def check(answer: Answer, expected: Expected) -> None:
    assert answer.status.decode() == expected.status, (answer, expected)
    assert answer.body == expected.body, (answer, expected)
    assert answer.ends == ((expected.ends,) if expected.ends else ()), (answer, expected)
    if expected.text is not None:
        text = answer.text.decode()
        same = text == expected.text
        assert same or (expected.text.endswith("...") and text.startswith(expected.text[:-3]))
