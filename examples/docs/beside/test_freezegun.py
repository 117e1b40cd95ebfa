"""Time that stands still for the test, and goes on for the server."""

import poplib
from datetime import UTC, datetime

import pytest
from freezegun import freeze_time


@freeze_time("2020-01-01")
@pytest.mark.pop3(messages=["Subject: one"])
def test_a_slow_server(pop3_server):
    pop3_server.when("STAT").do("delay 0.1")
    box = poplib.POP3(*pop3_server.address)
    box.user("user")
    box.pass_("password")
    assert box.stat()[0] == 1
    box.quit()
    assert datetime.now(UTC).year == 2020


@freeze_time("2020-01-01")
@pytest.mark.pop3(idle=0.2)
def test_an_idle_client(pop3_server):
    box = poplib.POP3(*pop3_server.address)
    assert pop3_server.wait_session().end_reason == "timeout"
    box.close()
