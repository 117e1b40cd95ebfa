import pytest

from pop3lab.auth.throttle import TimedThrottle
from pop3lab.core.errors import TooEarly
from pop3lab.core.login import LoginThrottle
from tests.auth.test_failed_login_delay import Clock


def test_both_in_one() -> None:
    gate: LoginThrottle = TimedThrottle(Clock(), login_delay=60)
    assert [gate.failed("192.0.2.1"), gate.failed("192.0.2.1")] == [1, 2]
    gate.succeeded("192.0.2.1")
    assert gate.failed("192.0.2.1") == 1
    gate.admit("ann")
    with pytest.raises(TooEarly):
        gate.admit("ann")


def test_loopback_is_spared_unless_told() -> None:
    assert TimedThrottle(Clock()).failed("127.0.0.1") == 0
    assert TimedThrottle(Clock(), spare_loopback=False).failed("127.0.0.1") == 1
