"""Fetches new mail by POP3: the application under test."""

import base64
import poplib
import ssl
from collections.abc import Collection
from contextlib import closing, suppress
from urllib.parse import urlsplit


class TryLater(Exception):
    """The server is not there, or not ready."""


class LoginRefused(Exception):
    """The password or the token is wrong."""


def fetch(
    url: str,
    user: str,
    secret: str,
    *,
    seen: Collection[str] = (),
    delete: bool = False,
    token: bool = False,
    context: ssl.SSLContext | None = None,
    timeout: float = 5.0,
) -> dict[str, bytes]:
    """Return the messages that were not seen before, by unique-id."""
    try:
        with closing(_connect(url, context, timeout)) as box:
            try:
                _log_in(box, user, secret, token)
                return _fetch(box, seen, delete)
            finally:
                with suppress(poplib.error_proto, OSError):
                    box.quit()
    except poplib.error_proto as error:
        refused = b"[AUTH]" in str(error).encode()
        raise (LoginRefused if refused else TryLater)(str(error)) from error
    except OSError as error:
        raise TryLater(str(error)) from error


def _connect(url: str, context: ssl.SSLContext | None, timeout: float) -> poplib.POP3:
    where = urlsplit(url)
    host, port = where.hostname or "", where.port or 110
    if where.scheme == "pop3s":
        return poplib.POP3_SSL(host, port, timeout=timeout, context=context)
    box = poplib.POP3(host, port, timeout=timeout)
    if context:
        box.stls(context)
        box.capa()  # the list from before TLS does not count
    return box


def _log_in(box: poplib.POP3, user: str, secret: str, token: bool) -> None:
    if not token:
        box.user(user)
        box.pass_(secret)
        return
    response = base64.b64encode(f"user={user}\1auth=Bearer {secret}\1\1".encode()).decode()
    box._shortcmd("AUTH XOAUTH2")
    if box._shortcmd(response).startswith(b"+ "):  # the reason of the refusal
        box._shortcmd("")


def _fetch(box: poplib.POP3, seen: Collection[str], delete: bool) -> dict[str, bytes]:
    listed = [line.decode().split() for line in box.uidl()[1]]
    new = {}
    for number, uid in listed:
        if uid not in seen:
            new[uid] = b"\r\n".join([*box.retr(int(number))[1], b""])
    for number, _ in listed if delete else ():
        box.dele(int(number))
    return new
