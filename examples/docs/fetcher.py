"""Fetches mail by POP3: the program under test in the manual."""

import poplib
import ssl
from contextlib import closing
from urllib.parse import urlsplit


def fetch(
    url: str, user: str, password: str, ca_file: str | None = None, delete: bool = False
) -> dict[str, bytes]:
    """Return all messages by unique-id.

    url is pop3://HOST:PORT, or pop3s://HOST:PORT for implicit TLS. With ca_file, the
    certificate to trust, pop3:// uses STLS.
    """
    where = urlsplit(url)
    # The context of poplib itself checks no certificate.
    context = ssl.create_default_context(cafile=ca_file)
    with closing(connect(where.scheme, where.hostname, where.port, context)) as box:
        if ca_file and where.scheme == "pop3":
            box.stls(context)
            box.capa()  # the list from before TLS does not count
        box.user(user)
        box.pass_(password)
        mails = dict(line.decode().split() for line in box.uidl()[1])
        messages = {uid: b"\r\n".join([*box.retr(n)[1], b""]) for n, uid in mails.items()}
        for number in mails if delete else ():
            box.dele(number)
        box.quit()
    return messages


def connect(scheme: str, host: str, port: int, context: ssl.SSLContext) -> poplib.POP3:
    """Connect and read the greeting."""
    if scheme == "pop3s":
        return poplib.POP3_SSL(host, port, context=context, timeout=10)
    return poplib.POP3(host, port, timeout=10)
