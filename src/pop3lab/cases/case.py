"""A case: a situation that a client meets, and what counts against it there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

Operation = Literal["delete", "keep"]  # what a client is to do with the messages that it fetched
JobTls = Literal["", "stls", "implicit"]  # how the client is to protect its session

# How a client can be told to log in; empty for USER and PASS. Spelled as drivers have it.
LOGINS = (
    *("apop", "plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "external"),
    *("xoauth2", "oauthbearer", "ntlm", "digest-md5"),
)
TOKEN_LOGINS = ("xoauth2", "oauthbearer")
_NEVER_BY_THE_BOOK = ("ntlm", "digest-md5")  # no server by the book has them


class Grade(Enum):
    """How grave a finding is; the gravest decides the verdict."""

    INFO = "info"
    WARN = "warn"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """Higher is graver."""
        return list(Grade).index(self)


MessageMaker = Callable[[str], tuple[bytes, ...]]  # given the token that marks them


# Parts of the names of effects by which a client waits.
_SILENT = (
    *("stall", "silen", "slow", "no-reply", "delay", "no-final-newline", "no-dot", "no-newline"),
    *("tarpit", "throttle", "blackhole", "idle", "linger", "half-close", "gap=", "endless"),
    *("pipelining-drops", "single-for-multi", "duplicate-uid-hang", "ok-instead-of-plus"),
)
# So that the replies that come are to commands that waited for them.
HIDES_PIPELINING = "capa-understates PIPELINING"

_MUCH = ("endless", "huge", "octets=", "bomb", "kind=many")  # of effects by which much is sent
# Of effects by which something comes late, but in time.
_TIMED = ("{slow}", "tarpit", "throttle", "dribble", "split", "idle", "linger")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A row of the catalogue.

    number, id: for ever; both belong to this case alone. situation: what happens, in one sentence.
    why: what it means to the person whose mail it is. clause: of the RFC; empty for none. expected:
    what a client should do.

    rules: "1: RETR 2 -> ...; *: ...", each behind the number of the run in which it is in force.
    operation, runs, tls: what the client is asked for, how often, and with which TLS. messages:
    makes those of the maildrop; None for three plain ones. concerned: the numbers of the messages
    that the situation is about; the others must come in the end.

    fail, warn, info: the findings that count, besides those that always do, as words: ids of
    judges in capitals, and of violations. damages: the server garbles the text so that no client
    can know. source: where the situation was seen.

    auth: how it is to log in. user, password: of its account. wrong_password: the client is given
    another password or token. token_octets: of its token. refused: nobody listens. profile: the
    server that is imitated. utf8: UTF8 is offered as RFC 6856 has it.

    arrives: a message comes between two runs. leaves: the number of a message that somebody else
    deletes between two runs. halves: what the client remembers is cut in half between two runs.
    pause: seconds between two runs.
    by_address: the client is given the address, not the name, of the server. file_limit: octets of
    a file that the client can write in the first run. store_fails: the program that delivers fails
    in the first run. store_delay: seconds that it takes to store a message in the first run.
    killed: the client is killed in the first run, when the server has fallen silent. reached: the
    beginning of a command that must have come, if no rule can tell; # is any number, * any command.
    connections: more of them in a run are a storm. copies: more of a message are too many.
    most_written: more octets in a run are too many; 0 for as many as were sent, and some.
    most_memory: octets, besides some for the largest message.
    passive: what counts is looked for in the other cases, too. revision: grows when the rules
    change, as verdicts of before can then not be compared.
    """

    number: str
    id: str
    situation: str
    why: str
    expected: str
    clause: str = ""
    rules: str = ""
    operation: Operation = "delete"
    runs: int = 1
    tls: JobTls = ""
    messages: MessageMaker | None = None
    concerned: frozenset[int] = frozenset()
    fail: str = ""
    warn: str = ""
    info: str = ""
    damages: bool = False
    source: str = ""
    auth: str = ""
    user: str = "ann"
    password: str = "pa55-sesame"  # noqa: S105 - of a test
    token_octets: int = 40
    wrong_password: bool = False
    refused: bool = False
    profile: str = ""
    utf8: bool = False
    arrives: bool = False
    leaves: int = 0
    halves: bool = False
    pause: float = 0.0
    uids: tuple[str, ...] = ()
    by_address: bool = False
    file_limit: int | None = None
    store_fails: bool = False
    store_delay: float = 0.0
    killed: bool = False
    passive: bool = False
    reached: str = ""
    connections: int = 5
    copies: int = 1
    most_written: int = 0
    most_memory: int = 256 << 20
    revision: int = 1

    @property
    def group(self) -> str:
        """The first word of the id."""
        return self.id.partition("/")[0]

    @property
    def means(self) -> str:
        """How the client is to connect and to log in at a server by the book, as a key."""
        return f"{self.tls} {self.calibrated_auth}".strip()

    @property
    def calibrated_auth(self) -> str:
        """The way to log in, if a server by the book has it."""
        return "" if self.auth in _NEVER_BY_THE_BOOK else self.auth

    @property
    def wants_token(self) -> bool:
        """Whether the client is to log in with a token."""
        return self.auth in TOKEN_LOGINS

    @property
    def waits(self) -> bool:
        """Whether somebody is silent in it for a while."""
        return self.killed or any(word in self.rules for word in _SILENT)

    @property
    def costs_nothing(self) -> bool:
        """Whether somebody waits in it, and nobody works: many can be tried at the same time."""
        return self.waits and not self.sends_much

    @property
    def hides_pipelining(self) -> bool:
        """Whether PIPELINING is not announced, although the server has it."""
        return HIDES_PIPELINING in self.rules

    @property
    def is_long(self) -> bool:
        """Whether it takes long, and is tried only if it is asked for."""
        return self.group == "scale"

    @property
    def sends_much(self) -> bool:
        """Whether a rule sends more than anybody needs."""
        return any(word in self.rules for word in _MUCH)

    @property
    def is_timed(self) -> bool:
        """Whether a busy machine can make a client give up that waits for long enough."""
        return any(word in self.rules for word in _TIMED)

    @property
    def hinders(self) -> bool:
        """Whether the client is kept from storing, or killed, in the first run."""
        fails = self.store_fails or self.file_limit is not None
        return fails or self.store_delay > 0 or self.killed

    @property
    def grades(self) -> Mapping[str, Grade]:
        """The grade of each finding that this case names."""
        texts = {Grade.INFO: self.info, Grade.WARN: self.warn, Grade.FAIL: self.fail}
        return {name: grade for grade, text in texts.items() for name in text.split()}

    def rules_in(self, when: int | str) -> tuple[str, ...]:
        """The rules of one run, 1 for the first, or with "*" those of all runs, as texts."""
        parts = (part.partition(": ") for part in self.rules.split("; ") if part)
        return tuple(rule for of, _, rule in parts if of == str(when))

    def is_by_the_book(self, run: int) -> bool:
        """Whether nothing goes wrong on purpose in this run."""
        strange = not self.password.isascii()  # no client can send it as the book wants
        wrong = self.refused or self.wrong_password or self.profile or self.utf8 or strange
        always = any(rule != HIDES_PIPELINING for rule in self.rules_in("*"))
        bent = always or self.rules_in(run) or (self.hinders and run == 1)
        return not (wrong or bent)
