"""Standing peculiarities of servers, each with a name and a source."""

from collections.abc import Callable, Mapping

from pop3lab.core.reply import CRLF_DOT, DOT, End
from pop3lab.core.script import Script
from pop3lab.faults.messages import Autodelete, MessageEnd
from pop3lab.faults.quirk import Quirk, Shared
from pop3lab.faults.tables import (
    Change,
    Commands,
    only,
    refuse_user,
    rset_one,
    top_whole,
    user_then_pass,
    without,
)
from pop3lab.faults.virtual import Exit, add_break

_MAIL_BOX = "test server of Perl's Mail::Box"


def _table(change: Change) -> Callable[[Shared], Script]:
    return lambda shared: Commands(change)


def _message_end(end: End) -> Callable[[Shared], Script]:
    return lambda shared: MessageEnd(end)


_RFC1939 = (
    "USER",
    "PASS",
    "APOP",
    "STAT",
    "LIST",
    "UIDL",
    "RETR",
    "TOP",
    "DELE",
    "RSET",
    "NOOP",
    "QUIT",
)

_ALL = (
    Quirk(
        "rfc1939-commands",
        "the commands of RFC 1939 and no others: CAPA, AUTH, STLS ... are unknown",
        _MAIL_BOX,
        _table(only(*_RFC1939)),
    ),
    Quirk(
        "minimal-commands",
        "no APOP, TOP and UIDL, which RFC 1939 leaves to the server",
        _MAIL_BOX,
        _table(without("APOP", "TOP", "UIDL")),
    ),
    Quirk(
        "apop-only",
        "USER is refused; only APOP logs in",
        _MAIL_BOX,
        _table(refuse_user),
    ),
    Quirk(
        "user-then-pass",
        "a second USER in a row is a failed login: refused, and the first is forgotten",
        _MAIL_BOX,
        _table(user_then_pass),
    ),
    Quirk(
        "rset-one",
        "RSET with a number takes the mark from that message only",
        _MAIL_BOX,
        _table(rset_one),
    ),
    Quirk(
        "top-whole",
        "TOP without a count sends the whole message",
        _MAIL_BOX,
        _table(top_whole),
    ),
    Quirk(
        "break-command",
        "BREAK, in any state, closes the connection without a reply; nothing is deleted",
        _MAIL_BOX,
        _table(add_break),
    ),
    Quirk(
        "exit-command",
        "EXIT gets no reply; the next QUIT, in this session or a later one, shuts the server down",
        _MAIL_BOX,
        Exit,
    ),
    Quirk(
        "extra-crlf",
        "a CRLF more stands before the dot that ends a message",
        _MAIL_BOX,
        _message_end(End(CRLF_DOT, CRLF_DOT, CRLF_DOT)),
    ),
    Quirk(
        "crlf-for-empty",
        "an empty message is sent as one empty line",
        _MAIL_BOX,
        _message_end(End(DOT, CRLF_DOT, CRLF_DOT)),
    ),
    Quirk(
        "autodelete",
        "a message sent whole, by RETR or by TOP without a count, is deleted at QUIT",
        _MAIL_BOX,
        lambda shared: Autodelete(),
    ),
)

QUIRKS: Mapping[str, Quirk] = {quirk.name: quirk for quirk in _ALL}
