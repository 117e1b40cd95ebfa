import poplib

import pytest
from fetcher import fetch


# Messages
def test_mail_arrives_and_disappears(pop3_server):
    pop3_server.add(["Subject: one\n\nhello", "Subject: two\n\nhello again"])
    pop3_server.remove("1")  # as another program would
    assert list(fetch(pop3_server.url, "user", "password")) == ["2"]
    assert pop3_server.messages[0].parsed["Subject"] == "two"

    pop3_server.clear()
    assert fetch(pop3_server.url, "user", "password") == {}


# Users
def test_a_password_changes(pop3_server):
    pop3_server.add_user("ann", "secret")
    pop3_server.set_password("ann", "new secret")
    with pytest.raises(poplib.error_proto):
        fetch(pop3_server.url, "ann", "secret")
    assert fetch(pop3_server.url, "ann", "new secret") == {}
    pop3_server.wait(sessions=2)
    pop3_server.verify(violations=False)  # fetch() leaves without QUIT when it is refused


# Rules
@pytest.mark.pop3(messages=1)
def test_the_server_is_slow_for_a_while(pop3_server):
    with pop3_server.when("UIDL").do("delay 0.01"):
        fetch(pop3_server.url, "user", "password")
    assert pop3_server.rules.active == []


# Any user
@pytest.mark.pop3(any_user=True, messages=[])
def test_each_test_thread_has_a_maildrop_of_its_own(pop3_server):
    pop3_server.add("Subject: for ann", user="ann")
    assert len(fetch(pop3_server.url, "ann", "anything")) == 1
    assert len(fetch(pop3_server.url, "bob", "anything")) == 0
