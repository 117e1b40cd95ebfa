"""How long a client is waited for."""

from types import SimpleNamespace

import pytest

from pop3lab.checking.patience import RunPatience


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of the clock, in a list of one."""
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("pop3lab.checking.patience.time", clock)
    return now


@pytest.mark.parametrize("timeout", [2.0, 20.0])
def test_who_waits_for_ever_hangs_however_long_the_timeout_is(
    timeout: float, now: list[float]
) -> None:
    patience = RunPatience(lambda: 0, timeout)
    now[0] = 3 * timeout
    assert not patience.is_over()
    now[0] = 3 * timeout + 1.5
    assert patience.is_over()
    assert patience.ended == "hung"


def test_what_came_before_the_first_look_is_news_if_nothing_is_known(now: list[float]) -> None:
    come, new = (RunPatience(lambda: 100, 2.0, known=known) for known in (0, None))
    now[0] = 0.25
    assert not come.is_quiet()
    assert not new.is_quiet()
    assert (come.until_last_octet, new.until_last_octet) == (0.25, 0.0)
