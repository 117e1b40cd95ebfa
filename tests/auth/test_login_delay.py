import pytest

from pop3lab.auth.throttle import LoginDelay
from pop3lab.core.errors import TooEarly
from tests.auth.test_failed_login_delay import Clock


def test_p169_the_least_time_between_two_logins() -> None:
    clock = Clock()
    delay = LoginDelay(60, clock)
    delay.admit("ann")
    delay.admit("bob")
    clock.now += 59.9
    with pytest.raises(TooEarly, match="60 seconds"):
        delay.admit("ann")
    clock.now += 0.1
    delay.admit("ann")


def test_users_are_forgotten() -> None:
    clock = Clock()
    delay = LoginDelay(60, clock)
    for number in range(1000):
        delay.admit(f"user{number}")
        clock.now += 1
    assert len(delay) == 59


def test_none() -> None:
    delay = LoginDelay(0, Clock())
    delay.admit("ann")
    delay.admit("ann")
    assert len(delay) == 0
