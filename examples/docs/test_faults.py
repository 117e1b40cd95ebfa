import poplib

import pytest
from fetcher import fetch

MANY_LINES = "Subject: long\n\n" + 200 * "a line of the message\n"


@pytest.mark.pop3(messages=["Subject: one", MANY_LINES])
def test_the_second_message_is_cut_once(pop3_server):
    cut = pop3_server.when("RETR", 2, nth=1).do("cut-after 512 then reset")

    with pytest.raises(ConnectionResetError):
        fetch(pop3_server.url, "user", "password")
    assert cut.hits == 1

    assert len(fetch(pop3_server.url, "user", "password")) == 2


# Quirks


@pytest.mark.pop3(messages=3, quirks=["top-unsupported", "size-estimate factor=2"])
def test_a_server_without_top_whose_sizes_are_wrong(pop3_server):
    assert len(fetch(pop3_server.url, "user", "password")) == 3


# A refusal


@pytest.mark.pop3(messages=1)
def test_a_login_that_is_refused_for_now(pop3_server):
    pop3_server.when("PASS").do('reply "-ERR [SYS/TEMP] try later"', times=1)
    with pytest.raises(poplib.error_proto, match="try later"):
        fetch(pop3_server.url, "user", "password")
    assert len(fetch(pop3_server.url, "user", "password")) == 1


# Rules as values


@pytest.mark.pop3(messages=20)
def test_now_and_then_the_terminator_is_missing(make_pop3_server):
    server = make_pop3_server(messages=20, seed=7)
    server.add_rule("RETR chance=0.2 -> cut-after 100")
    with pytest.raises(poplib.error_proto):
        fetch(server.url, "user", "password")
    assert server.rules.seed == 7


# The server is not there


@pytest.mark.pop3(messages=1)
def test_the_server_is_down_for_a_while(pop3_server):
    pop3_server.refuse()
    with pytest.raises(ConnectionRefusedError):
        fetch(pop3_server.url, "user", "password")
    pop3_server.resume()
    assert len(fetch(pop3_server.url, "user", "password")) == 1
