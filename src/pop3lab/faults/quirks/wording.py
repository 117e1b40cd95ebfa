"""The words of a server: its status texts, and what its CAPA lists."""

from pop3lab.core.commands import LISTINGS
from pop3lab.core.exchange import GREETING, Exchange, State
from pop3lab.core.reply import Reply
from pop3lab.core.script import Script
from pop3lab.core.standing import Standing
from pop3lab.faults.bending.capability_lines import Lines, capa_lines
from pop3lab.faults.bending.denials import OwnWords
from pop3lab.faults.bending.logins import LOGINS, login_failed
from pop3lab.faults.bending.seams import Says
from pop3lab.faults.bending.statuses import Refusals
from pop3lab.faults.peculiarity import Layer, Peculiarity, Shared
from pop3lab.faults.quirks.wording_fields import TEMPLATE, filled
from pop3lab.faults.values import TEXT, WORDS, YES_NO, Kind, Parameter, choice

VERB = Kind("a verb, or GREETING", lambda given: TEXT.take(given).upper())


def _charset(given: object) -> str:
    """Raises ValueError for one that has no octets of ASCII, such as UTF-16."""
    name: str = TEXT.take(given).lower()
    try:
        if "+OK -ERR".encode(name) != b"+OK -ERR":
            raise ValueError
    except LookupError:
        raise ValueError from None
    return name


CHARSET = Kind("a character set such as gbk, in which ASCII is itself", _charset)


def _wording(shared: Shared, verb: str, text: str, *, err: str, code: str, charset: str) -> Script:
    known = GREETING.verb if verb == "GREETING" else verb

    def words(session: Standing, exchange: Exchange, reply: Reply) -> str:
        said = filled(text, session, exchange, reply)
        if charset == "utf-8":
            return said
        return said.encode(charset, "replace").decode("utf-8", "surrogateescape")

    def refusal(session: Standing, exchange: Exchange, reply: Reply) -> Reply | None:
        if code and not _is_meant(code, session, exchange, reply):
            return None
        return reply._replace(text=words(session, exchange, reply), code="")

    def success(session: Standing, exchange: Exchange, reply: Reply) -> Reply:
        if not reply.ok or not _says_done(session, exchange, reply):
            return reply
        return reply._replace(text=words(session, exchange, reply))

    return Refusals(refusal, known) if err == "yes" else Says(success, known)


def _says_done(session: Standing, exchange: Exchange, reply: Reply) -> bool:
    """Whether its text is the server's for this command.

    The one line of a listing is no prose, and +OK to AUTH may say that nobody has logged in yet:
    it lists mechanisms, or stands for a challenge.
    """
    if exchange.verb in LISTINGS:
        return reply.body is not None
    return exchange.verb != "AUTH" or session.state is State.TRANSACTION


def _is_meant(code: str, session: Standing, exchange: Exchange, reply: Reply) -> bool:
    """Whether it is refused for this.

    A wrong password is one, too, where no client knows of codes; a right one that a rule refuses
    in words of its own is none.
    """
    if code != "AUTH" or exchange.verb not in LOGINS:
        return reply.code == code
    return login_failed(session, exchange, reply) and not isinstance(reply.text, OwnWords)


_STATES = ("any", "before", "tls", "after")


def _state(session: Standing) -> str:
    if session.state is State.TRANSACTION:
        return "after"
    return "tls" if session.channel.secure else "before"


def _capa(shared: Shared, lines: tuple[str, ...], state: str) -> Script:
    def change(session: Standing, known: Lines) -> Lines:
        if state not in ("any", _state(session)):
            return known
        return [line for item in lines for line in _line(item, session)]

    return Says(capa_lines(change), "CAPA")


def _line(item: str, session: Standing) -> Lines:
    """The item itself, or what it stands for in this session, if there is such a thing."""
    if item == "{stls}":
        return [b"STLS"] if session.may_start_tls else []
    if item == "{sasl}":
        names = [mechanism.name for mechanism in session.mechanisms()]
        return [" ".join(["SASL", *names]).encode()] if names else []
    return [item.encode("utf-8", "surrogateescape")]


ROWS = (
    Peculiarity(
        "wording",
        "what is said to a command: the text behind +OK or -ERR",
        "words of named servers, in their profiles",
        _wording,
        (
            Parameter("verb", VERB, "the command, or GREETING"),
            Parameter("text", TEMPLATE, "the text, with fields such as {n}; empty for none"),
            Parameter("err", YES_NO, "whether it is the text of -ERR", "no"),
            Parameter("code", TEXT, "of -ERR, only where it has this response code", ""),
            Parameter(
                "charset", CHARSET, "in which it is written, with ? for what it has not", "utf-8"
            ),
        ),
        category="wording",
        refusals=True,
        needs=("success of {verb}",),
    ),
    Peculiarity(
        "capa-lines",
        "what CAPA lists, line by line, whatever is true",
        "lists of named servers, in their profiles",
        _capa,
        (
            Parameter(
                "lines",
                WORDS,
                "with commas; {sasl} and {stls} are what this server has of them",
            ),
            Parameter(
                "state",
                choice(*_STATES),
                "where: before login without or under TLS, after login, or anywhere",
                "any",
            ),
        ),
        category="wording",
        layer=Layer.FIRST,
    ),
)
