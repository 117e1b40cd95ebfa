"""Commands about a message, answered by a quirk before the book is asked."""

from collections.abc import Callable

from pop3lab.core.arguments import first_number
from pop3lab.core.exchange import Exchange, Login
from pop3lab.core.reply import Reply
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.around import around
from pop3lab.faults.bending.tables import Change
from pop3lab.faults.bending.turns import Obey

Answer = Callable[[Standing, int], Reply | None]  # None to go on; may raise Refused


def before(answer: Answer, *verbs: str) -> Change:
    """These commands ask for this answer first, if they name a message."""

    def asking(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
        number = first_number(exchange)
        reply = None if number is None else answer(session, number)
        return obey(session, exchange) if reply is None else reply

    return around(asking, *verbs)
