import poplib

import pytest


@pytest.mark.pop3(messages=["Subject: one\n\nhello"])
def test_a_client_that_forgets_quit(pop3_server):
    box = poplib.POP3(*pop3_server.address)
    box.user("user")
    box.pass_("password")
    box.dele(1)
    box.close()
    assert pop3_server.wait_session().deleted == ["1"]
