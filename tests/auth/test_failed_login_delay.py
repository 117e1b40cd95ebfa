import pytest

from pop3lab.auth.throttle import FailedLoginDelay


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_failure_costs_twice_the_last_up_to_eight_seconds() -> None:
    penalties = FailedLoginDelay(Clock())
    assert penalties.delay("192.0.2.1") == 0
    assert [penalties.failed("192.0.2.1") for _ in range(6)] == [1, 2, 4, 8, 8, 8]
    assert penalties.delay("192.0.2.1") == 8


def test_a_success_clears() -> None:
    penalties = FailedLoginDelay(Clock())
    penalties.failed("192.0.2.1")
    penalties.failed("192.0.2.2")
    penalties.succeeded("192.0.2.1")
    penalties.succeeded("192.0.2.3")
    assert (penalties.delay("192.0.2.1"), penalties.delay("192.0.2.2")) == (0, 1)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:100::1", "2001:db8:0:1ff:ffff::2", True),
        ("2001:db8:0:100::1", "2001:db8:0:200::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("fe80::1%eth0", "fe80::1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("a socket", "another", False),
    ],
)
def test_who_is_counted_together(one: str, other: str, together: bool) -> None:
    penalties = FailedLoginDelay(Clock())
    penalties.failed(one)
    assert penalties.failed(other) == (2 if together else 1)


def test_failures_are_forgotten_after_a_while() -> None:
    clock = Clock()
    penalties = FailedLoginDelay(clock)
    penalties.failed("192.0.2.1")
    clock.now += 899
    assert penalties.delay("192.0.2.1") == 1
    clock.now += 1
    assert penalties.delay("192.0.2.1") == 0
    assert penalties.failed("192.0.2.2") == 1
    assert len(penalties) == 1
    assert penalties.failed("192.0.2.1") == 1


@pytest.mark.slow
def test_no_more_than_so_many_are_remembered() -> None:
    penalties = FailedLoginDelay(Clock(), most=96)
    for number in range(5_000):
        penalties.failed(f"10.0.{number // 250}.{number % 250}")
        penalties.failed("192.0.2.1")
    assert len(penalties) == 96
    assert penalties.delay("192.0.2.1") == 8
    assert penalties.delay("10.0.0.0") == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_spared_if_told_so(address: str) -> None:
    spared = FailedLoginDelay(Clock(), spare_loopback=True)
    assert [spared.failed(address), spared.failed(address), spared.delay(address)] == [0, 0, 0]
    spared.succeeded(address)
    assert len(spared) == 0
    assert FailedLoginDelay(Clock()).failed(address) == 1
