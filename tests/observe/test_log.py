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
    MailCounts,
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


def test_an_error_of_the_store_names_user_and_path() -> None:
    reason = "[Errno 5] Input/output error: '1'"
    places = (("ann", "/mail/ann"), ("hunter2", "/mail/a b"), (None, ""))
    told = lines(*(StoreError(1, reason, user, path) for user, path in places), level="error")
    assert told == [
        f'error store_error session=1 user={where} reason="{reason}"'
        for where in ("ann path=/mail/ann", '**** path="/mail/a b"', "- path=-")
    ]


def test_the_end_of_a_session_counts_commands_and_octets() -> None:
    verbs = BoundedCounter()
    for verb, times in (("USER", 1), ("PASS", 1), ("RETR", 3), ("DELE", 2)):
        verbs.add(verb, times)
    ended = SessionEnded(1, "quit", "ann", verbs, MailCounts(0, 4711, 2, 5, 9000))
    [line] = lines(ended)
    assert line.endswith(
        " user=ann end_reason=quit commands=7 top=0/0 retr=3/4711 del=2/5 size=9000"
    )
    log = Log(file := io.StringIO(), "json")
    log.on_event(0.0, ended)
    told = json.loads(file.getvalue())
    assert [told[name] for name in ("retr", "del", "size")] == [[3, 4711], [2, 5], 9000]


def test_a_worker_has_its_number_and_its_process_id_in_each_line() -> None:
    log = Log(file := io.StringIO(), "json")
    log.worker = 3
    log.on_event(0.0, SessionEnded(1, "quit", None, BoundedCounter()))
    told = json.loads(file.getvalue())
    assert [told["worker"], told["pid"]] == [3, os.getpid()]
