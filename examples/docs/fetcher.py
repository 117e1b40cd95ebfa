"""Fetch mail by POP3: the program that the tests of the manual are about."""

import poplib
import ssl
from collections.abc import Collection


def fetch(
    host: str,
    port: int,
    user: str,
    password: str,
    *,
    seen: Collection[str] = (),
    delete: bool = False,
    tls: str | None = None,
    context: ssl.SSLContext | None = None,
) -> dict[str, bytes]:
    """New messages by unique-id. seen: those that are old. tls: implicit or starttls."""
    box = connect(host, port, tls, context)
    try:
        box.user(user)
        box.pass_(password)
        new = [(number, uid) for number, uid in listed(box) if uid not in seen]
        messages = {uid: b"\r\n".join([*box.retr(number)[1], b""]) for number, uid in new}
        for number, _ in new if delete else []:
            box.dele(number)
        box.quit()
    finally:
        box.close()
    return messages


def connect(
    host: str, port: int, tls: str | None, context: ssl.SSLContext | None
) -> poplib.POP3:
    """A connection, greeted, under TLS if that is asked for. Without context: the system's CAs."""
    context = context or ssl.create_default_context()  # poplib's own looks at no certificate
    if tls == "implicit":
        return poplib.POP3_SSL(host, port, context=context, timeout=10)
    box = poplib.POP3(host, port, timeout=10)
    if tls == "starttls":
        box.stls(context)
        box.capa()  # what was said before TLS does not count
    return box


def listed(box: poplib.POP3) -> list[tuple[int, str]]:
    """Number and unique-id of each message."""
    lines = box.uidl()[1]
    return [(int(number), uid.decode()) for number, uid in (line.split() for line in lines)]
