import asyncio
import poplib
import ssl
import unittest

import pytest
from mail_app import LoginRefused, TryLater, fetch

from pop3lab import Message, Pop3Server

ONE, TWO = "Subject: one\n\nhello", "Subject: two\n\n" + 50 * "a line of the message\n"
USER = ("user", "password")


# Delete
@pytest.mark.pop3(messages=[ONE, TWO])
def test_delete(pop3_server):
    assert len(fetch(pop3_server.url, *USER, delete=True)) == 2
    assert pop3_server.wait_session().deleted == ["1", "2"]
    assert pop3_server.messages == []


# Duplicates
@pytest.mark.pop3(messages=[ONE], claims=["remembers"])
def test_no_message_is_fetched_twice(pop3_server):
    seen = fetch(pop3_server.url, *USER)
    uid = pop3_server.add(TWO)
    assert list(fetch(pop3_server.url, *USER, seen=seen)) == [uid]
    pop3_server.wait(retrieved=2)


# Retry
@pytest.mark.pop3(messages=[ONE, TWO])
def test_retry_after_a_reset(pop3_server):
    pop3_server.when("RETR", 2, nth=1).do("reset")
    with pytest.raises(TryLater):
        fetch(pop3_server.url, *USER)
    assert len(fetch(pop3_server.url, *USER)) == 2


# TLS
@pytest.mark.parametrize(
    "pop3_server", [{"tls": "implicit"}, {"tls": "starttls"}], indirect=True, ids=["TLS", "STLS"]
)
def test_tls(pop3_server):
    pop3_server.add(ONE)
    assert len(fetch(pop3_server.url, *USER, context=pop3_server.client_context())) == 1
    assert pop3_server.wait_session().tls == "TLSv1.3"


@pytest.mark.pop3(tls="implicit")
def test_a_stranger_is_not_trusted(pop3_server):
    with pytest.raises(TryLater, match="certificate verify failed"):
        fetch(pop3_server.url, *USER, context=ssl.create_default_context())


# OAuth
@pytest.mark.pop3(messages=[ONE], tokens={"t-1": "user"}, auth=["XOAUTH2"], tls="implicit")
def test_a_token_expires_and_is_renewed(pop3_server):
    context = pop3_server.client_context()
    assert fetch(pop3_server.url, "user", "t-1", token=True, context=context)
    pop3_server.expire_token("t-1")
    pop3_server.add_token("t-2", "user")
    with pytest.raises(LoginRefused):
        fetch(pop3_server.url, "user", "t-1", token=True, context=context)
    pop3_server.add(TWO)
    assert fetch(pop3_server.url, "user", "t-2", token=True, context=context, seen=["1"])


# Time-out
def test_the_application_gives_up_on_a_silent_server(pop3_server):
    pop3_server.when("UIDL").do("stall")
    with pytest.raises(TryLater, match="timed out"):
        fetch(pop3_server.url, *USER, timeout=0.1)


@pytest.mark.pop3(idle=0.2)
def test_the_server_closes_an_idle_session(pop3_server):
    box = poplib.POP3(*pop3_server.address)
    assert pop3_server.wait_session().end_reason == "timeout"
    box.close()


# Wrong password
def test_a_wrong_password(pop3_server):
    with pytest.raises(LoginRefused):
        fetch(pop3_server.url, "user", "wrong")
    assert pop3_server.wait_session().commands == ["USER", "PASS", "QUIT"]


# Lock
@pytest.mark.pop3(messages=[ONE], busy=0)
def test_another_session_has_the_maildrop(pop3_server):
    holder = poplib.POP3(*pop3_server.address)
    holder.user("user")
    holder.pass_("password")
    with pytest.raises(TryLater, match="IN-USE"):
        fetch(pop3_server.url, *USER)
    holder.quit()


# Many
@pytest.mark.pop3(messages=5000 * [ONE])
def test_the_last_of_five_thousand_messages(pop3_server):
    seen = {str(number) for number in range(1, 5000)}
    assert list(fetch(pop3_server.url, *USER, seen=seen)) == ["5000"]


# Malformed
@pytest.mark.pop3(messages=[Message(b"no header\xff\0\n\n.\n", as_is=True), b""])
def test_malformed_messages(pop3_server):
    messages = fetch(pop3_server.url, *USER)
    assert list(messages.values()) == [b"no header\xff\0\r\n\r\n.\r\n\r\n", b""]


# Slow
@pytest.mark.pop3(messages=[ONE])
def test_a_slow_server(pop3_server):
    pop3_server.when("RETR").do("slice 1 gap=0.001")
    assert len(fetch(pop3_server.url, *USER)) == 1


# Cut
@pytest.mark.pop3(messages=[TWO])
def test_a_message_that_is_cut_is_not_deleted(pop3_server):
    pop3_server.when("RETR", nth=1).do("cut-after 200")
    with pytest.raises(TryLater):
        fetch(pop3_server.url, *USER, delete=True)
    assert pop3_server.wait_session().deleted == []


# xdist
@pytest.mark.parametrize("number", range(4))
def test_each_worker_has_its_own_server(pop3_server, number):
    pop3_server.add(f"Subject: {number}")
    assert len(fetch(pop3_server.url, *USER)) == 1


# asyncio
def test_asyncio():
    async def client():
        async with Pop3Server([ONE]) as server:
            assert len(await asyncio.to_thread(fetch, server.url, *USER)) == 1
            assert (await server.wait_session_async()).end_reason == "quit"

    asyncio.run(client())


# unittest
class TestMail(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Pop3Server([ONE]))

    def test_fetch(self):
        self.assertEqual(len(fetch(self.server.url, *USER)), 1)


# Session scope
@pytest.mark.parametrize("seen", [[], ["1"]])
def test_a_server_for_all_tests(mail_server, seen):
    mail_server.reset()
    assert len(fetch(mail_server.url, *USER, seen=seen)) == 2 - len(seen)


# All profiles
@pytest.mark.pop3(messages=[ONE, TWO])
def test_all_known_servers(pop3_profile_server):
    try:
        assert len(fetch(pop3_profile_server.url, *USER)) == 2
    except (LoginRefused, TryLater):  # one has no UIDL, one takes no password
        assert pop3_profile_server.wait_session().retrieved == []
