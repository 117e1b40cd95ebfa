"""EXTERNAL where nothing outside vouches for anybody (RFC 4422 appendix A)."""

from pop3lab.core.errors import LoginFailed
from pop3lab.core.sasl import Exchanged
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.mechanisms import offering
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.values import TEXT, Parameter


def _in_clear(shared: Shared, user: str) -> Script:
    def begin(session: Standing) -> Exchanged:
        asked = (yield b"").decode()
        if asked not in ("", user):
            raise LoginFailed("login failed")
        return user

    return offering({"EXTERNAL": begin})


ROWS = (
    Peculiarity(
        "external-in-clear",
        "EXTERNAL is offered without TLS and without a certificate, and logs this user in",
        "servers that go by the client's address (RFC 4422 appendix A names IPsec, D)",
        _in_clear,
        (Parameter("user", TEXT, "who logs in, whether the client names it or nobody", "user"),),
        category="login",
        bugs="takes EXTERNAL for what is left to try, though it has no certificate to show",
    ),
)
