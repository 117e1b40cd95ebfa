"""Whether what is said is another reply than the book's."""

from collections.abc import Callable

from pop3lab.core.actions import Action
from pop3lab.core.reply import Body, Reply
from pop3lab.core.text import Text
from pop3lab.core.wire import closing, encode
from pop3lab.faults.noticing.octets import Changed, Heard, compared


def said(reply: Reply, ask: Callable[[Reply], Reply], changed: Changed) -> Reply:
    """What a script answers, given this reply."""
    given = heard(reply)
    answer = ask(given)
    return reply if answer == given else compare(given, answer, changed)


def heard(reply: Reply) -> Reply:
    """The reply, with what is pulled of a body that is not in memory remembered."""
    body = reply.body
    if body is None or isinstance(body.chunks, Text):
        return reply
    return reply._replace(body=body._replace(chunks=Heard(body.chunks)))


def compare(book: Reply, answer: Reply, changed: Changed) -> Reply:
    """The answer, which is compared with the book's; a body that comes in chunks as they come."""
    mine, its = book.body, answer.body
    if _around(book) != _around(answer) or (mine is None) is not (its is None):
        changed()
    elif mine and its and mine != its:
        return _bodies_compared(mine, answer, its, changed)
    return answer


def _around(reply: Reply) -> list[Action]:
    """All of it but its body."""
    return [*encode(reply._replace(body=None))]


def _bodies_compared(mine: Body, answer: Reply, its: Body, changed: Changed) -> Reply:
    if isinstance(mine.chunks, Text) and isinstance(its.chunks, Text):
        if _octets(mine, mine.chunks) != _octets(its, its.chunks):
            changed()
        return answer
    return answer._replace(body=its._replace(chunks=compared(mine, its, changed)))


def _octets(body: Body, text: Text) -> bytes:
    octets = text.stuffed if body.stuffed else text.octets
    return octets + closing(body.end, octets[-2:])
