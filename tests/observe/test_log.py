"""The lines of the log about logins and ends of sessions."""

import io
import json
import os

from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import (
    ConnectionOpened,
    Event,
    LoggedIn,
    LoginRefused,
    SessionEnded,
    StoreError,
)
from pop3lab.core.maildrop import Entry, Snapshot
from pop3lab.observe.log import Log

PEER = "192.0.2.7:4711"


def lines(*events: Event, level: str = "info") -> list[str]:
    """Those of a session, without their times."""
    file = io.StringIO()
    log = Log(file, level=level, is_secret=lambda text: text == "hunter2")
    log.on_event(0.0, ConnectionOpened(1, PEER))
    for event in events:
        log.on_event(0.0, event)
    return [line.split(" ", 1)[1] for line in file.getvalue().splitlines()]


def test_a_login_is_told_with_user_mechanism_tls_and_what_is_there() -> None:
    snapshot = Snapshot([Entry("a", 3), Entry("b", 4)])
    [line] = lines(LoggedIn(1, "ann", "SCRAM-SHA-256", snapshot, secure=True))
    assert line == (
        f"info logged_in session=1 peer={PEER} user=ann mechanism=SCRAM-SHA-256 tls=yes"
        " messages=2 octets=7"
    )


def test_a_refused_login_is_a_warning_with_its_reason() -> None:
    [line] = lines(LoginRefused(1, "ann", "PASS", "wrong name or password"), level="warning")
    assert line == (
        f"warning login_refused session=1 peer={PEER} user=ann mechanism=PASS tls=no"
        ' reason="wrong name or password"'
    )


def test_a_name_that_is_unknown_secret_or_odd() -> None:
    told = lines(*(LoginRefused(1, name, "PLAIN", "no") for name in ("", "hunter2", "a b\nc")))
    users = [line.partition(" user=")[2].partition(" mechanism=")[0] for line in told]
    assert users == ["-", "****", '"a b\\nc"']


def test_an_error_of_the_store_names_the_user() -> None:
    refused = LoginRefused(1, "ann", "PASS", "the disk fails")
    wrong = StoreError(1, "[Errno 5] Input/output error: '1'")
    ended = SessionEnded(1, "quit", "ann", BoundedCounter())
    told = lines(refused, wrong, ended, wrong, level="error")
    error = "reason=\"[Errno 5] Input/output error: '1'\""
    assert told == [f"error store_error session=1 user={user} {error}" for user in ("ann", "-")]


def test_the_end_of_a_session_counts_what_was_asked_for() -> None:
    verbs = BoundedCounter()
    for verb, times in (("USER", 1), ("PASS", 1), ("RETR", 3), ("DELE", 2)):
        verbs.add(verb, times)
    [line] = lines(SessionEnded(1, "quit", "ann", verbs))
    assert line.endswith(" user=ann end_reason=quit commands=7 top=0 retr=3 dele=2")


def test_a_worker_has_its_process_id_in_each_line() -> None:
    log = Log(file := io.StringIO(), "json", with_pid=True)
    log.on_event(0.0, SessionEnded(1, "quit", None, BoundedCounter()))
    assert json.loads(file.getvalue())["pid"] == os.getpid()
