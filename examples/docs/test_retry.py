import poplib

import pytest


@pytest.mark.pop3(messages=["Subject: one\n\nhello"])
def test_a_message_that_is_cut_is_not_deleted(pop3_server):
    pop3_server.when("RETR", nth=1).do("cut-after 20 then reset")
    box = poplib.POP3(*pop3_server.address)
    box.user("user")
    box.pass_("password")
    with pytest.raises(ConnectionResetError):
        box.retr(1)
    box.close()
    assert pop3_server.wait_session().deleted == []
