import pytest

from pop3lab.auth.any_user import AnyUser
from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Channel


@pytest.mark.parametrize("name", ["ann", "bob@example.org", "with a space", "J\u00f6rg"])
def test_each_name_gets_in_with_each_password(name: str) -> None:
    users = AnyUser()
    assert users.login(name, "x") == users.login(name, "y") == name


@pytest.mark.parametrize("name", ["", "\n", "x" * 256])
def test_but_what_is_no_name(name: str) -> None:
    with pytest.raises(LoginFailed):
        AnyUser().login(name, "x")


def test_only_ways_that_send_the_password_are_offered() -> None:
    users = AnyUser()
    offered = users.mechanisms(Channel(clear=True, challenge="<1@pop3lab>"))
    assert [mechanism.name for mechanism in offered] == ["PLAIN", "LOGIN"]
    assert (users.offers_pass, users.offers_apop) == (True, False)
    assert users.mechanisms(Channel(clear=False, challenge="<1@pop3lab>")) == []
