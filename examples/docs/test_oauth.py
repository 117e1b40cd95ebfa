import base64
import poplib

import pytest


def login_with_token(server, user, token):
    """By XOAUTH2. The token goes on a line of its own, since AUTH has at most 255 octets."""
    box = poplib.POP3_SSL(*server.address, context=server.client_context())
    response = f"user={user}\1auth=Bearer {token}\1\1"
    box._shortcmd("AUTH XOAUTH2")
    answer = box._shortcmd(base64.b64encode(response.encode()).decode())
    if answer.startswith(b"+ "):  # why it is refused
        box._shortcmd("")
    return box


pytestmark = pytest.mark.pop3(
    tls="implicit", users={"ann": ""}, tokens={"t-1": "ann"}, auth=["XOAUTH2", "OAUTHBEARER"]
)


def test_a_token_lets_its_user_in(pop3_server):
    login_with_token(pop3_server, "ann", "t-1").quit()
    session = pop3_server.wait_session()
    assert (session.user, session.mechanism) == ("ann", "XOAUTH2")


def test_another_token_is_refused(pop3_server):
    with pytest.raises(poplib.error_proto, match="AUTH"):
        login_with_token(pop3_server, "ann", "t-0")


@pytest.mark.pop3(quirks=["auth-long-token octets=64"])
def test_a_server_that_takes_short_tokens_only(pop3_server):
    with pytest.raises(poplib.error_proto):
        login_with_token(pop3_server, "ann", "t-1" + 100 * "0")
