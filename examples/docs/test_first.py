import poplib

import pytest


@pytest.mark.pop3(messages=["Subject: one\n\nhello", "Subject: two\n\nhello again"])
def test_mail_is_fetched_and_deleted(pop3_server):
    box = poplib.POP3(pop3_server.host, pop3_server.port)
    box.user("user")
    box.pass_("password")
    assert box.retr(1)[1] == [b"Subject: one", b"", b"hello"]
    box.dele(1)
    box.quit()
    assert pop3_server.wait_session().deleted == ["1"]


# part two


def test_a_message_that_is_cut_stays_on_the_server(pop3_server):
    pop3_server.add("Subject: long\n\n" + 100 * "a line\n", uid="A-1")
    pop3_server.when("RETR", 1, nth=1).do("cut-after 200 then reset")

    with pytest.raises(ConnectionResetError):
        fetch_all(pop3_server)
    assert pop3_server.wait_session().deleted == []

    assert len(fetch_all(pop3_server)) == 1
    assert pop3_server.wait_session().deleted == ["A-1"]


def fetch_all(server):
    box = poplib.POP3(server.host, server.port)
    box.user(server.user)
    box.pass_(server.password)
    messages = []
    for number in range(1, box.stat()[0] + 1):
        messages.append(box.retr(number)[1])
        box.dele(number)
    box.quit()
    return messages
