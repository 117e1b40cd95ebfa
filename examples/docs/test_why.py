import poplib
from unittest.mock import Mock

from pop3lab import Pop3Server


def delete_all(box):  # and forget QUIT
    box.user("user")
    box.pass_("password")
    for number in range(1, box.stat()[0] + 1):
        box.dele(number)
    box.close()


def test_a_mock_is_content():
    box = Mock(poplib.POP3, **{"stat.return_value": (1, 23)})
    delete_all(box)
    box.dele.assert_called_once_with(1)


def test_a_server_is_not():
    with Pop3Server(["Subject: one\n\nhello"]) as server:
        delete_all(poplib.POP3(*server.address))
        session = server.wait_session()
        server.verify(violations=False)  # they are expected
    assert session.deleted == []
    assert [one.id for one in session.violations] == ["dele-of-unsent", "no-quit"]
