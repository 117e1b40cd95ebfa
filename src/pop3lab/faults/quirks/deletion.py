"""What servers do with DELE and RSET, short of the RFC."""

from collections.abc import Callable
from hashlib import md5

from pop3lab.core.actions import Action, Close, Reset
from pop3lab.core.exchange import Exchange, Login, State
from pop3lab.core.reply import Reply, err, listing
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.core.text import Text
from pop3lab.faults.bending.listings import Item, Items
from pop3lab.faults.bending.maildrops import InSession
from pop3lab.faults.bending.turns import Always, Obey, Turn, Turns
from pop3lab.faults.peculiarity import Peculiarity, Shared
from pop3lab.faults.values import TEXT, Parameter, choice

ENDS: dict[str, Action] = {"close": Close(), "reset": Reset()}
HOW = Parameter("how", choice(*ENDS), "how the connection ends: FIN or RST", "reset")

# dele-ignored


def keep_all(session: Standing) -> None:
    """Nothing that is marked goes."""
    if session.state is State.TRANSACTION:
        session.messages.unmark_all()


def _ignored(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    keep_all(session)
    return obey(session, exchange)


# counts-after-dele


def _counts(shared: Shared, deleted: str) -> Script:
    return Turns({"STAT": _stat, "LIST": _list, "UIDL": _uidl} if deleted == "counted" else {})


def _stat(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    reply = obey(session, exchange)
    if isinstance(reply, Login) or not reply.ok:
        return reply
    snapshot = session.maildrop.snapshot
    return reply._replace(text=f"{len(snapshot.entries)} {snapshot.octets}")


def _list(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    return _with_all(obey(session, exchange), lambda: session.maildrop.snapshot.sizes)


def _uidl(session: Standing, exchange: Exchange, obey: Obey) -> Reply | Login:
    return _with_all(obey(session, exchange), lambda: session.maildrop.snapshot.uids)


def _with_all(reply: Reply | Login, lines: Callable[[], Text]) -> Reply | Login:
    if isinstance(reply, Login) or not reply.ok or reply.body is None:
        return reply
    return listing(reply.text, lines())


# dele-err, dele-drop


def _err(shared: Shared, text: str) -> Script:
    return Turns({"DELE": Always(err(text))})


def _drop(shared: Shared, how: str) -> Script:
    return Turns({"DELE": Always(Reply(None, then=ENDS[how]))})


# rset-side-effects


def _rset(shared: Shared, form: str, text: str) -> Script:
    if form == "err":
        return Turns({"RSET": Always(err(text))})
    return _Renewing()


class _Renewing(InSession):
    """After each RSET of a session, its messages have other unique-ids."""

    replies = frozenset({"RSET", "UIDL"})
    _resets = 0

    def reply(self, exchange: Exchange, reply: Reply) -> Reply:
        if exchange.verb == "RSET":
            self._resets += bool(reply.ok)
            return reply
        return Items(self._renewed).reply(exchange, reply) if self._resets else reply

    def _renewed(self, item: Item, _: int) -> Item:
        known = b"%d %b" % (self._resets, item.value)
        return item._replace(value=md5(known, usedforsecurity=False).hexdigest().encode())


def _turns(verb: str, turn: Turn) -> Callable[[Shared], Script]:
    return lambda shared: Turns({verb: turn})


ROWS = (
    Peculiarity(
        "dele-ignored",
        "DELE and QUIT are answered +OK, and the messages are there again in the next session",
        "Gmail's setting to keep a copy (C); Dovecot's delete_type; fetchmail's pop3.c (A)",
        _turns("QUIT", _ignored),
        category="deletion",
        bugs="the same messages downloaded, or deleted, again and again",
        takes=(
            "deletion at QUIT",
            "deletion from the store",
        ),
        needs=(
            "DELE",
            "deletion at QUIT",
        ),
    ),
    Peculiarity(
        "counts-after-dele",
        "STAT, LIST and UIDL leave out what is marked as deleted, or count it all the same",
        "RFC 1939 section 5 leaves it out; confusion in MailKit#1650, #1547 (B)",
        _counts,
        (
            Parameter(
                "deleted",
                choice("hidden", "counted"),
                "hidden as the RFC says, or counted until QUIT",
                "hidden",
            ),
        ),
        category="deletion",
        bugs="numbers off by one after DELE",
        counted="nothing with deleted=hidden, which is as the RFC has it",
        needs=("DELE",),
    ),
    Peculiarity(
        "dele-err",
        "DELE is refused, and the message is not marked",
        "read-only maildrops; messages that are deleted already (D)",
        _err,
        (Parameter("text", TEXT, "what -ERR says", "the maildrop is read-only"),),
        category="deletion",
        aspect="what DELE does",
        bugs="the other messages are not fetched",
    ),
    Peculiarity(
        "dele-drop",
        "the connection is lost when DELE comes, and nothing is deleted",
        "Gmail after large messages (MailKit#82, B)",
        _drop,
        (HOW,),
        category="deletion",
        aspect="what DELE does",
        bugs="what was fetched is fetched again",
    ),
    Peculiarity(
        "rset-side-effects",
        "RSET is refused, or takes the marks away and gives all messages other unique-ids",
        "the catalogue of clients' RSETs: fetchmail's NEWS (C), Net::POP3's destructor (A)",
        _rset,
        (
            Parameter("form", choice("err", "uids"), "refused, or with other unique-ids", "err"),
            Parameter("text", TEXT, "what -ERR says", "RSET failed"),
        ),
        category="deletion",
        bugs="deletions that the user wanted are undone",
        aspect="what RSET does",
    ),
)
