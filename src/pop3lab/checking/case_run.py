"""One case with one client: a server, the runs of the client, and the evidence of both."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from tempfile import TemporaryDirectory

from pop3lab.cases.case import HIDES_PIPELINING, Case, JobTls
from pop3lab.cases.evidence import Calibration, Evidence, RunSeen
from pop3lab.cases.marked import marked, three, token_of
from pop3lab.checking.client_certificates import client_authority
from pop3lab.checking.elsewhere import Elsewhere
from pop3lab.checking.memory import halve_memory
from pop3lab.checking.patience import LONGEST_RUN, RunPatience
from pop3lab.checking.surroundings import Surroundings
from pop3lab.checking.witness import CaseTranscript, sessions_seen
from pop3lab.clients.job import Client, Job
from pop3lab.observe.session_record import SessionRecord
from pop3lab.observe.session_recorder import KEPT_SESSIONS
from pop3lab.testing.messages import Message
from pop3lab.testing.options import TlsMode
from pop3lab.testing.pop3_server import Pop3Server
from pop3lab.testing.scopes import apart_from_tests

_CASE = "case"  # the name of the folder of a case
CRAWLING = 33  # lines that come within the timeout; a plain message has half as many more
_MUCH = 64 << 10  # octets that are not sent in small packets
_WRONG = "not-the-pa55word"
_TLS: Mapping[JobTls, TlsMode | None] = {"": None, "stls": "starttls", "implicit": "implicit"}
_TO_CLOSE = 1.0  # seconds that sessions have to be closed behind a run
_LONGEST_OF_MUCH = 600.0  # seconds of a run with very much mail
_STEP = 0.005  # seconds between two looks
_ARRIVING = "later"  # the unique-id of a message that arrives between two runs


@dataclass(frozen=True, kw_only=True)
class CheckSettings:
    """How clients are tried.

    timeout: seconds that the client is told. seed: of the marks. port: of the servers; 0 for any.
    slice: octets of a packet, in cases that do not send very much; 0 for as many as it takes.
    """

    timeout: float = 2.0
    claims: tuple[str, ...] = ()
    seed: int = 1
    port: int = 0
    slice: int = 0


class NotApplicable(Exception):
    """The client has no way to do the job."""


@dataclass
class CaseRun:
    """The runs of a case.

    disturbed: the machine was so busy that the client may have waited for us: a run took as long as
    the client waits, although nobody was silent, or we were late ourselves.
    """

    case: Case
    client: Client
    settings: CheckSettings
    calibration: Calibration = field(default_factory=Calibration)
    disturbed: bool = False

    def evidence(self) -> Evidence:
        """Run all, and put together what was seen. Raises NotApplicable."""
        case, token = self.case, token_of(self.case.id, self.settings.seed)
        texts = (case.messages or three)(token)
        uids = case.uids or tuple(f"uid-{number}" for number in range(1, len(texts) + 1))
        stored = dict(zip(uids, texts, strict=True))
        transcript = CaseTranscript()
        with (
            apart_from_tests(),
            self._server(stored) as server,
            TemporaryDirectory(prefix="pop3lab-") as around,
        ):
            self._folder = os.path.join(around, _CASE)
            os.mkdir(self._folder)
            self._surroundings = Surroundings(around, _CASE)
            self._state: dict[str, object] = {}
            runs: list[RunSeen] = []
            for number in range(1, case.runs + 1):
                if number > 1:
                    self._between(server, stored, token)
                runs.append(self._run(server, number, transcript))
                if runs[-1].ended not in ("itself", "killed"):
                    break
            errors = list(server.errors)
        if errors:
            raise errors[0]
        return Evidence(
            case=case,
            token=token,
            stored=stored,
            runs=runs,
            calibration=self.calibration,
            claims=self.settings.claims,
            secrets=(case.password, self._token, _WRONG),
            transcript=str(transcript),
            disturbed=self.disturbed,
        )

    @contextmanager
    def _server(self, stored: Mapping[str, bytes]) -> Iterator[Pop3Server]:
        case = self.case
        server = Pop3Server(
            [Message(text, uid, as_is=True) for uid, text in stored.items()],
            users={case.user: case.password},
            tokens={self._token: case.user},
            tls=_TLS[case.tls],
            client_ca=client_authority().ca_file if case.auth == "external" else None,
            profile=case.profile or None,
            utf8=case.utf8,
            host="localhost",
            port=self.settings.port,
            seed=self.settings.seed,
        )
        server.start()
        try:
            self._aside = {server.add_rule(rule).text for rule in self._rules_aside(stored)}
            for rule in case.rules_in("*"):
                if rule != HIDES_PIPELINING:
                    server.add_rule(self._timed(rule))
            yield server
        finally:
            server.stop()

    def _rules_aside(self, stored: Mapping[str, bytes]) -> Iterator[str]:
        """Rules that are not the situation."""
        if self.case.hides_pipelining:
            yield HIDES_PIPELINING
        little = sum(map(len, stored.values())) < _MUCH and not self.case.sends_much
        if self.settings.slice and little:
            yield f"dribble {self.settings.slice} gap=0"

    @property
    def _token(self) -> str:
        return "ya29.token-of-ann".ljust(self.case.token_octets, "x")

    @property
    def _secret(self) -> str:
        """What the client is given: a token stands in for the password, too."""
        if self.case.wrong_password:
            return _WRONG
        return self._token if self.case.wants_token else self.case.password

    @property
    def _timeout(self) -> float:
        """Seconds that the client is told; more where there is very much mail."""
        return self.settings.timeout * (10 if self.case.is_long else 1)

    def _timed(self, rule: str) -> str:
        """With the seconds that depend on the timeout of the client."""
        slow, crawl = 0.6 * self.settings.timeout, self.settings.timeout / CRAWLING
        return rule.replace("{slow}", f"{slow:g}").replace("{crawl}", f"{crawl:g}")

    def _between(self, server: Pop3Server, stored: dict[str, bytes], token: str) -> None:
        """What happens between two runs."""
        time.sleep(self.case.pause)
        if self.case.halves:
            halve_memory(self._state, self._folder)
        if self.case.arrives:
            stored[_ARRIVING] = marked(token, len(stored) + 1)
            server.add(Message(stored[_ARRIVING], _ARRIVING, as_is=True))
        if self.case.leaves:
            uid = list(stored)[self.case.leaves - 1]
            if any(message.uid == uid for message in server.messages):
                server.remove(uid)

    def _run(self, server: Pop3Server, number: int, transcript: CaseTranscript) -> RunSeen:
        with Elsewhere() as elsewhere:
            seen = self._run_by(server, number, transcript, elsewhere)
            return replace(seen, elsewhere=elsewhere.connections)

    def _run_by(
        self, server: Pop3Server, number: int, transcript: CaseTranscript, elsewhere: Elsewhere
    ) -> RunSeen:
        own = [
            server.add_rule(self._timed(rule).replace("{elsewhere}", elsewhere.url))
            for rule in self.case.rules_in(number)
        ]
        if self.case.refused:
            server.refuse()
        before = [message.uid for message in server.messages]
        # A person's client may have come as soon as the server listened.
        earlier = len(server.sessions) if number > 1 else 0
        patience = RunPatience(
            lambda: _progress(server),
            self._timeout,
            lambda: self.case.killed and any(active.hits for active in own),
            LONGEST_RUN if not self.case.is_long else _LONGEST_OF_MUCH,
            known=None if number > 1 else 0,
        )
        seen = self.client.run(self._job(server, number), patience, server.stop)
        if not seen.applicable:
            raise NotApplicable
        silent = self.case.waits and not self.case.is_by_the_book(number)
        late = seen.seconds >= self._timeout and not silent
        slow = late or self.case.is_timed
        self.disturbed = self.disturbed or patience.disturbed or slow
        _await_closed(server)
        records = _last_sessions(server, earlier)
        for active in own if seen.ended in ("itself", "killed") else ():
            server.remove_rule(active)
        return replace(
            seen,
            files=[*seen.files, *self._surroundings.touched()],
            before=before,
            remaining=[message.uid for message in server.messages],
            deleted=[uid for record in records for uid in record.deleted],
            sessions=sessions_seen(records, transcript, self._aside),
        )

    def _job(self, server: Pop3Server, run: int) -> Job:
        case = self.case
        certificate = client_authority().cert_file(case.user) if case.auth == "external" else ""
        return Job(
            host="127.0.0.1" if case.by_address else "localhost",
            port=server.port,
            user=case.user,
            password=self._secret,
            tls=case.tls,
            auth=case.auth,
            token=self._secret if case.wants_token else "",
            ca_file=server.ca_file if case.tls else "",
            cert_file=certificate,
            key_file=certificate,
            timeout=self._timeout,
            delete=case.operation == "delete",
            file_limit=case.file_limit if run == 1 else None,
            store_fails=case.store_fails and run == 1,
            store_delay=case.store_delay if run == 1 else 0.0,
            killed=case.killed and run == 1,
            folder=self._folder,
            state=self._state,
        )


def _last_sessions(server: Pop3Server, after: int = 0) -> Sequence[SessionRecord]:
    """The sessions after so many, as far as they have records: a client may connect on and on."""
    sessions = server.sessions
    return sessions[max(after, len(sessions) - KEPT_SESSIONS) :]


def _progress(server: Pop3Server) -> int:
    """A number that is another one when the server has sent more."""
    return len(server.sessions) + sum(record.sent for record in _last_sessions(server))


def _await_closed(server: Pop3Server) -> None:
    """Wait until all sessions are closed, as the records grow until then."""
    ends = time.monotonic() + _TO_CLOSE
    while not all(record.closed for record in _last_sessions(server)) and time.monotonic() < ends:
        time.sleep(_STEP)
