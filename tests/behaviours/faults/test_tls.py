import ssl

import pytest

from pop3lab.behaviours.faults_tls import ALERTS
from pop3lab.core.actions import Action, AwaitData, Close, Part, Pause, Send, StartTLS
from pop3lab.core.config import ServerCapabilities
from tests.behaviours.faults.faulty import check_from_the_start
from tests.behaviours.ruled import rules
from tests.dialogue import done, fed, session
from tests.wording import UNKNOWN, as_sent

STLS = ServerCapabilities(tls=True)
GREETING = "S: +OK ...\n"
GO = "C: STLS\nS: +OK ...\n"


def at_stls(rule: str) -> list[Action]:
    """What comes behind the reply to STLS."""
    offered = session(hooks=rules(rule), capabilities=STLS)
    done(offered.greeting())
    _, *rest = done(fed(offered, b"STLS\r\n"))
    return rest


def at_connect(rule: str) -> list[Action]:
    return done(session(hooks=rules(rule), capabilities=STLS).greeting(tls=True))


def test_tls_alert() -> None:
    fatal = Send(b"\x15\x03\x03\x00\x02\x02\x28", Part.HEAD)
    assert at_stls("tls-alert") == [AwaitData(), fatal, Close()]
    assert at_connect("tls-alert") == [AwaitData(), fatal, Close()]
    warning = Send(b"\x15\x03\x03\x00\x02\x01\x70", Part.HEAD)
    assert at_stls("STLS -> tls-alert unrecognized_name level=warning")[1] == warning


@pytest.mark.parametrize(("name", "number"), ALERTS.items())
def test_alerts_are_those_of_tls(name: str, number: int) -> None:
    known = {alert.name: alert.value for alert in ssl.AlertDescription}
    assert known.get(f"ALERT_DESCRIPTION_{name.upper()}", number) == number


def test_tls_plain_text_behind_stls() -> None:
    answer = Send(as_sent(UNKNOWN), Part.HEAD)
    assert at_stls("tls-plain-text") == [AwaitData(), answer]
    check_from_the_start(
        "tls-plain-text 500",
        GREETING + GO + "(wait for the client)\nS: 500\nC: USER ann\nS: +OK ...",
        capabilities=STLS,
    )


def test_tls_plain_text_where_tls_comes_first() -> None:
    (greeting,) = at_connect("tls-plain-text")
    assert isinstance(greeting, Send)
    assert greeting.data.startswith(b"+OK ")


def test_tls_silence() -> None:
    assert at_stls("tls-silence") == [Pause(float("inf"))]
    assert at_connect("tls-silence")[0] == Pause(float("inf"))


def test_stls_inject() -> None:
    check_from_the_start(
        r'stls-inject "+OK\r\nUSER\r\n."',
        GREETING + GO + "S: +OK\nS: USER\nS: .\n(start TLS)",
        capabilities=STLS,
    )


def test_stls_inject_in_a_segment_of_its_own() -> None:
    injected = Send(b"+OK injected\r\n", Part.HEAD)
    wanted = [Pause(0.5, leave_unread=True), injected, StartTLS()]
    assert at_stls("stls-inject gap=0.5") == wanted


@pytest.mark.parametrize("name", ["tls-alert", "tls-plain-text", "tls-silence", "stls-inject"])
def test_where_there_is_no_tls_nothing_happens(name: str) -> None:
    check_from_the_start(name, GREETING + "C: STLS\nS: -ERR ...", hits=0)
