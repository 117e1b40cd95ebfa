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
