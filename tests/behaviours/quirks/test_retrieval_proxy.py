"""What a virus scanner makes of names and messages."""

from email import message_from_bytes

import pytest

from pop3lab.core.session import Session
from tests.behaviours.ruled import ruled, rules
from tests.dialogue import done, fed, logged_in, memory, play, sent

FIRST = "S: +OK 23 octets\nS: Subject: one\nS:\nS: hello\nS: .\n"
ATTACHED = b"""\
From: ann@example.org\r
Subject: a picture, \r
\tand a header that is folded\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="cut"\r
\r
This is MIME.\r
--cut\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
.Gr\xc3\xbc\xc3\x9fe\r
--cut\r
Content-Type: application/octet-stream; name="eicar.com"\r
Content-Disposition: attachment; filename="eicar.com"\r
Content-Transfer-Encoding: base64\r
\r
WDVPIVAlQEFQ\r
--cut--\r
"""
REMOVED = b"""\
Content-Type: text/plain; charset="utf-8"\r
\r
It was removed.\r
"""
KEPT, _, REST = ATTACHED.partition(b'Content-Type: application/octet-stream; name="eicar.com"')
BEHIND = REST[REST.index(b"\r\n--cut--") :]
QUIRK = 'proxy-rewrite header="" footer="" attachment="It was removed."'


def under(*texts: str, message: bytes = b"Subject: one\r\n\r\nhello\r\n") -> Session:
    return logged_in(memory(message), hooks=rules(*texts))


def retrieved(session: Session, verb: bytes = b"RETR 1") -> bytes:
    """The text of message 1, unstuffed."""
    octets = sent(done(fed(session, verb + b"\r\n")))
    assert octets.endswith(b"\r\n.\r\n")
    return octets[octets.index(b"\r\n") + 2 : -3].replace(b"\n..", b"\n.")


def test_proxy_rewrite() -> None:
    play(
        under("proxy-rewrite"),
        """
        C: RETR 1
        S: +OK 23 octets
        S: X-Antivirus: scanned
        S: Subject: one
        S:
        S: hello
        S: -- No virus found in this message.
        S: .
        C: TOP 1 1
        S: +OK ...
        S: X-Antivirus: scanned
        S: Subject: one
        S:
        S: hello
        S: .
        """,
    )
    play(under('proxy-rewrite header="" footer=""'), f"C: RETR 1\n{FIRST}")


def test_an_attachment_is_replaced_and_all_else_stays() -> None:
    session = under(QUIRK, message=ATTACHED)
    assert sent(done(fed(session, b"LIST 1\r\n"))) == b"+OK 1 %d\r\n" % len(ATTACHED)
    octets = retrieved(session)
    assert octets == KEPT + REMOVED + BEHIND
    text, attached = list(message_from_bytes(octets).walk())[1:]
    assert text.get_payload(decode=True) == ".Grüße".encode()
    assert attached.get_filename() is None
    assert retrieved(session, b"TOP 1 1000") == ATTACHED


def test_a_message_that_is_an_attachment_itself() -> None:
    message = (
        b"Subject: one\r\nContent-Type: text/plain\r\n"
        b'Content-Disposition: attachment; filename="a.txt"\r\n\r\nsecret\r\n'
    )
    octets = retrieved(under(QUIRK, message=message))
    assert octets == b"Subject: one\r\n" + REMOVED


@pytest.mark.parametrize(
    "message",
    [
        b"Subject: one\r\n\r\nhello\r\n",
        b"Subject: one\nthis line has no colon\n\nbare \r and \xff\n",
        b"",
        ATTACHED.replace(b"attachment; filename", b"inline; x").replace(b"; name=", b"; x="),
        ATTACHED + b"x" * (8 << 20) + b"\r\n",  # too large to be looked through
    ],
    ids=["text", "odd", "empty", "inline", "large"],
)
def test_messages_without_attachments_are_as_they_were(message: bytes) -> None:
    plain = under('proxy-rewrite header="" footer=""', message=message)
    octets = retrieved(under(QUIRK, message=message))
    assert octets == retrieved(plain)
    assert octets.startswith(message.replace(b"\n", b"\r\n") if message == b"" else message[:9])


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("user/host", "ann/pop.example.net"),
        ("user#host", "ann#pop.example.net:110"),
        ("host:user", "pop.example.net:ann"),
    ],
)
def test_the_user_is_named_together_with_the_server(form: str, name: str) -> None:
    session = ruled(f"proxy-rewrite user={form}")
    play(
        session,
        f"""
        C: USER ann
        S: -ERR the name is wanted as {form}
        C: PASS secret
        S: -ERR ...
        C: USER {name}
        S: +OK ...
        C: PASS secret
        S: +OK ...
        """,
    )
    assert session.user == "ann"


@pytest.mark.parametrize("name", ["/pop.example.net", "ann/", "/"])
def test_half_a_name_is_refused(name: str) -> None:
    play(
        ruled("proxy-rewrite user=user/host"),
        f"C: USER {name}\nS: -ERR the name is wanted as user/host",
    )
