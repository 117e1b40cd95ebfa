import poplib
from contextlib import closing

import pytest


def test_a_message_that_is_cut_stays_on_the_server(pop3_server):
    pop3_server.add("Subject: long\n\n" + 100 * "a line\n", uid="A-1")
    pop3_server.when("RETR", 1, nth=1).do("cut-after 200 then reset")

    with pytest.raises(ConnectionResetError):
        fetch_all(pop3_server)
    assert pop3_server.wait_session().deleted == []

    assert len(fetch_all(pop3_server)) == 1
    assert pop3_server.wait_session().deleted == ["A-1"]


def fetch_all(server):
    messages = []
    with closing(poplib.POP3(server.host, server.port)) as box:
        box.user(server.user)
        box.pass_(server.password)
        for number in range(1, box.stat()[0] + 1):
            messages.append(box.retr(number)[1])
            box.dele(number)
        box.quit()
    return messages
