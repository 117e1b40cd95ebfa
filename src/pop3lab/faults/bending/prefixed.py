"""Users who put a word before their names, which says what they want to see."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable

from pop3lab.core.exchange import Exchange, Login
from pop3lab.core.reply import Reply
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.logins import Outcome, intercept
from pop3lab.faults.bending.turns import Obey

_OAUTH = (b"user=", b"n,a=")


def without(prefix: bytes, response: bytes) -> bytes:
    """A first response of SASL without the word before its names.

    PLAIN has them before the last NUL, OAuth behind a key, other mechanisms in front.
    """
    *names, rest = response.split(b"\0", 2)
    if len(names) == 2:
        return b"\0".join([*(name.removeprefix(prefix) for name in names), rest])
    for key in _OAUTH:
        if response.startswith(key):
            return key + response.removeprefix(key).removeprefix(prefix)
    return response.removeprefix(prefix)


def _decoded(prefix: bytes, encoded: bytes) -> tuple[bytes, bool]:
    """The same for one in base64, and whether the word was there."""
    try:
        response = b64decode(encoded, validate=True)
    except Base64Error:
        return encoded, False
    changed = without(prefix, response)
    return (b64encode(changed), True) if changed != response else (encoded, False)


class Prefix:
    """A word that may stand before the name of a user who logs in. there: it did, the last time."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.there = False

    def name(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        """A turn of USER or APOP: the name is taken without the word."""
        rest = exchange.rest or ""
        self.there = rest.startswith(self._word)
        return obey(session, exchange._replace(rest=rest.removeprefix(self._word) or None))

    def response(self, session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        """A turn of AUTH: so are the names in the first response."""
        word = self._word.encode()
        mechanism, space, initial = (exchange.rest or "").partition(" ")
        if space:
            taken, self.there = _decoded(word, initial.encode("ascii", "replace"))
            return obey(session, exchange._replace(rest=f"{mechanism} {taken.decode()}"))
        answer = obey(session, exchange)
        waiting = True

        def step(line: bytes, inner: Callable[[bytes], Outcome]) -> Outcome:
            nonlocal waiting
            if waiting:
                line, self.there = _decoded(word, line)
            waiting = False
            return inner(line)

        intercept(session, step)
        return answer
