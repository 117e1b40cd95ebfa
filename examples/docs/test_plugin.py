import poplib

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


# Shared servers
@pytest.fixture(scope="module")
def mail_server(make_module_pop3_server):
    return make_module_pop3_server(messages=["Subject: one", "Subject: two"])


@pytest.fixture(autouse=True)
def anew(request):
    yield
    if "mail_server" in request.fixturenames:
        request.getfixturevalue("mail_server").reset()


def test_all_is_deleted(mail_server):
    fetch(mail_server.url, "ann", "secret", delete=True)
    assert mail_server.messages == []


def test_all_is_there_again(mail_server):
    assert len(fetch(mail_server.url, "ann", "secret")) == 2


# Parameters
@pytest.mark.pop3(messages=2)
@pytest.mark.parametrize(
    "pop3_server",
    [{}, {"quirks": ["size-estimate"]}, {"rules": ["UIDL -> delay 0.01"]}],
    indirect=True,
    ids=["by the book", "wrong sizes", "slow"],
)
def test_options_as_parameters(pop3_server):
    assert len(fetch(pop3_server.url, "ann", "secret")) == 2


@pytest.mark.pop3(messages=2)
def test_all_profiles(pop3_profile_server):
    try:
        assert len(fetch(pop3_profile_server.url, "ann", "secret")) == 2
    except poplib.error_proto:  # a few lack a command that this program needs
        pop3_profile_server.wait_session()
        pop3_profile_server.verify(violations=False)


@pytest.mark.pop3(messages=2)
@pytest.mark.parametrize("pop3_profile_server", ["gmail", "exchange2003"], indirect=True)
def test_some_profiles(pop3_profile_server):
    assert len(fetch(pop3_profile_server.url, "ann", "secret")) == 2
