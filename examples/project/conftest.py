import pytest


@pytest.fixture(scope="session")
def mail_server(make_session_pop3_server):
    """A server for all tests that do not change its messages."""
    return make_session_pop3_server(messages=["Subject: one", "Subject: two"])
