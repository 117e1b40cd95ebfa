import pytest
from fetcher import fetch

from pop3lab import Message, generate


@pytest.fixture(scope="session")
def pop3_server_options():
    return {"users": {"ann": "secret"}, "messages": [Message("Subject: one", uid="A-1")]}


def test_options_for_all(pop3_server):
    assert list(fetch(pop3_server.url, "ann", "secret")) == ["A-1"]


@pytest.mark.pop3(messages=generate(50, size="1KiB..4KiB", seed=7))
def test_the_marker_wins(pop3_server):
    assert len(fetch(pop3_server.url, "ann", "secret")) == 50


def test_two_servers(make_pop3_server, pop3_tls):
    plain = make_pop3_server(messages=2)
    secure = make_pop3_server(messages=3, tls="implicit")
    assert len(fetch(plain.url, "ann", "secret")) == 2
    assert len(fetch(secure.url, "ann", "secret", ca_file=pop3_tls.ca_file)) == 3
