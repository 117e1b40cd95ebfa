"""A server for each example, or one that is reset."""

import poplib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pop3lab import Pop3Server

LINES = st.text("abc.", min_size=1, max_size=20)


def fetch(server):
    box = poplib.POP3(*server.address)
    box.user("user")
    box.pass_("password")
    [lines] = [box.retr(number)[1] for number in range(1, box.stat()[0] + 1)]
    box.quit()
    return lines


@given(LINES)
@settings(max_examples=10, deadline=None)
def test_a_server_for_each_example(line):
    with Pop3Server([f"Subject: x\n\n{line}"]) as server:
        assert fetch(server)[2:] == [line.encode()]


@given(LINES)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.pop3(messages=[])
def test_one_server_for_all_examples(pop3_server, line):
    pop3_server.reset()
    pop3_server.add(f"Subject: x\n\n{line}")
    assert fetch(pop3_server)[2:] == [line.encode()]
