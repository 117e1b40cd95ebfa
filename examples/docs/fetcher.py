"""Fetch mail by POP3: the program that the tests of the manual are about."""

import poplib
import ssl
from contextlib import closing
from urllib.parse import urlsplit


def fetch(
    url: str, user: str, password: str, ca_file: str | None = None, delete: bool = False
) -> dict[str, bytes]:
    """All messages by unique-id. url: pop3://HOST:PORT, or pop3s:// for TLS at once.

    ca_file: whom to trust; with pop3:// it asks for TLS by STLS.
    """
    where = urlsplit(url)
    context = ssl.create_default_context(cafile=ca_file)  # poplib's own checks no certificate
    with closing(connect(where.scheme, where.hostname, where.port, context)) as box:
        if ca_file and where.scheme == "pop3":
            box.stls(context)
            box.capa()  # what was said before TLS does not count
        box.user(user)
        box.pass_(password)
        mails = dict(line.decode().split() for line in box.uidl()[1])
        messages = {uid: b"\r\n".join([*box.retr(n)[1], b""]) for n, uid in mails.items()}
        for number in mails if delete else ():
            box.dele(number)
        box.quit()
    return messages


def connect(scheme: str, host: str, port: int, context: ssl.SSLContext) -> poplib.POP3:
    """A connection, greeted."""
    if scheme == "pop3s":
        return poplib.POP3_SSL(host, port, context=context, timeout=10)
    return poplib.POP3(host, port, timeout=10)
