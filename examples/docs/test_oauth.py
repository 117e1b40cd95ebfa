import base64
import poplib
from contextlib import closing

import pytest


def log_in(server, user, token):
    """By XOAUTH2. The token goes on a line of its own, since AUTH has at most 255 octets."""
    response = f"user={user}\1auth=Bearer {token}\1\1"
    context = server.client_context()
    with closing(poplib.POP3_SSL(server.host, server.port, context=context)) as box:
        box._shortcmd("AUTH XOAUTH2")
        answer = box._shortcmd(base64.b64encode(response.encode()).decode())
        if answer.startswith(b"+ "):  # why it is refused
            box._shortcmd("")
        box.quit()


pytestmark = pytest.mark.pop3(
    tls="implicit", users={"ann": ""}, tokens={"t-1": "ann"}, auth=["XOAUTH2", "OAUTHBEARER"]
)


def test_a_token_lets_its_user_in(pop3_server):
    log_in(pop3_server, "ann", "t-1")
    session = pop3_server.wait_session()
    assert (session.user, session.mechanism) == ("ann", "XOAUTH2")


def test_another_token_is_refused(pop3_server):
    with pytest.raises(poplib.error_proto, match="AUTH"):
        log_in(pop3_server, "ann", "t-0")


@pytest.mark.pop3(quirks=["auth-long-token octets=64"])
def test_a_server_that_takes_short_tokens_only(pop3_server):
    with pytest.raises(poplib.error_proto):
        log_in(pop3_server, "ann", "t-1" + 100 * "0")
