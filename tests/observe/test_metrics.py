"""Metrics, as Prometheus fetches them."""

import socket
import sys
from urllib.request import urlopen

import pytest

from pop3lab.core.counter import OTHERS
from pop3lab.core.errors import ConfigError
from pop3lab.core.events import LineReceived, LoginRefused, StoreError
from pop3lab.observe.event_queue import EventQueue
from pop3lab.observe.metrics import Metrics, serve_metrics
from tests.dialogue import ONE, done, fed, sent, session

HERE = "127.0.0.1"
Watched = tuple[EventQueue, Metrics]


@pytest.fixture
def watched() -> Watched:
    """A queue of events, and the metrics that it fills."""
    events = EventQueue()
    metrics = Metrics(events)
    events.listeners.append(metrics)
    return events, metrics


def fetch(port: int) -> dict[str, float]:
    """Each number by its name and labels."""
    with urlopen(f"http://{HERE}:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(number) for name, _, number in (line.rpartition(" ") for line in lines)}


def numbers(metrics: Metrics) -> dict[str, float]:
    """The same without HTTP."""
    samples = [sample for metric in metrics.collect() for sample in metric.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def test_a_session_is_counted_while_it_is_open_and_when_it_has_ended(watched: Watched) -> None:
    events, metrics = watched
    played = session(sink=events)
    octets = sent(done(played.greeting()))
    begun = ("USER ann", "PASS wrong", "USER ann", "PASS secret", "RETR 1", "RETR 1\r\nTOP 1 0")
    with serve_metrics(metrics, HERE, 0) as port:
        for lines in begun:
            octets += sent(done(fed(played, f"{lines}\r\n".encode())))
        assert octets.count(ONE) == 2
        during = fetch(port)
        octets += sent(done(fed(played, b"XYZ secret\r\nDELE 1\r\nDELE 2\r\nQUIT\r\n")))
        played.session_ended("closed")
        after = fetch(port)
    assert during["pop3lab_sessions_open"] == 1
    assert during["pop3lab_messages_sent_total"] == 2
    assert during["pop3lab_messages_deleted_total"] == 0
    verbs = {"USER": 2, "PASS": 2, "RETR": 2, "TOP": 1, "DELE": 2, "QUIT": 1, OTHERS: 1, "STAT": 0}
    assert {verb: after[f'pop3lab_commands_total{{verb="{verb}"}}'] for verb in verbs} == verbs
    wrong = 'pop3lab_logins_total{outcome="refused",reason="wrong name or password"}'
    others = {name: after[name] for name in after if "_commands_" not in name}
    assert others == {
        "pop3lab_sessions_open": 0,
        "pop3lab_sessions_total": 1,
        'pop3lab_logins_total{outcome="accepted",reason=""}': 1,
        wrong: 1,
        "pop3lab_messages_sent_total": 2,
        "pop3lab_octets_sent_total": len(octets),
        "pop3lab_messages_deleted_total": 2,
        "pop3lab_store_errors_total": 0,
    }
    assert "secret" not in str(after)


def test_labels_are_bounded_whatever_clients_say(watched: Watched) -> None:
    events, metrics = watched
    for nth in range(200):
        events.emit(LineReceived(1, b"X\r", verb=f"X{nth}"))
        events.emit(LoginRefused(1, "ann", "PASS", f"reason {nth}"))
    found = numbers(metrics)
    assert len(found) < 100
    assert found[f"pop3lab_commands_total {OTHERS}"] == 200
    assert found[f"pop3lab_logins_total refused {OTHERS}"] == 150


def test_responses_of_sasl_are_no_commands(watched: Watched) -> None:
    events, metrics = watched
    events.emit(LineReceived(1, b"c2VjcmV0\r", response=True))
    assert numbers(metrics)[f"pop3lab_commands_total {OTHERS}"] == 0


def test_errors_of_the_store(watched: Watched) -> None:
    events, metrics = watched
    events.emit(StoreError(1, "the disk is full"))
    assert numbers(metrics)["pop3lab_store_errors_total"] == 1


def test_a_port_in_use_is_told(watched: Watched) -> None:
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(OSError, match="port 0 takes a free one") as told,
            serve_metrics(watched[1], HERE, port),
        ):
            pass
    assert told.value.filename == f"cannot listen on {HERE} port {port}"


def test_a_missing_library_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.setitem(sys.modules, "prometheus_client.core", None)
    with pytest.raises(ConfigError) as told:
        Metrics(EventQueue())
    assert str(told.value) == "--metrics needs a library: pip install 'pop3lab[metrics]'"
