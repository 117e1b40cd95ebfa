"""Rules about a maildrop, which is opened at login: what was decided then holds after it."""

from pop3lab.core.exchange import Exchange, State
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.active import Active
from pop3lab.faults.reach import reached_verbs

LOGIN = Exchange("LOGIN")  # the moment at which a maildrop is opened

_LOGINS = {"PASS", "APOP", "AUTH"}


def bends_maildrop(script: Script) -> bool:
    """Whether it changes what is true."""
    return type(script).maildrop is not Script.maildrop


class Visit:
    """Whether a rule holds for what a session sees of a maildrop."""

    def __init__(self, session: Standing, *, at_login: bool) -> None:
        """at_login: the condition names LOGIN, which the command that logs in stands for."""
        self._session = session
        self._at_login = at_login
        self.holds = False  # nor does it where the session was logged in before the rule came

    @classmethod
    def of(cls, active: Active, session: Standing) -> "Visit | None":
        """That of a rule that bends the maildrop."""
        if not bends_maildrop(active.script):
            return None
        verbs = reached_verbs(active.rule.when)
        return cls(session, at_login=verbs is not None and LOGIN.verb in verbs)

    @property
    def is_decided(self) -> bool:
        """Whether the maildrop has been opened."""
        return self._session.state is not State.AUTHORIZATION

    def meant(self, exchange: Exchange) -> Exchange:
        """The exchange of which the condition is asked."""
        return LOGIN if self._at_login and exchange.verb in _LOGINS else exchange

    def decide(self, holds: bool) -> bool:
        """From now on it holds, or does not."""
        self.holds = holds
        return holds
