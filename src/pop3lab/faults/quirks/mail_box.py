"""The test server of Perl's Mail::Box, keyword by keyword."""

from collections.abc import Callable

from pop3lab.core.reply import CRLF_DOT, DOT, End
from pop3lab.core.script import Script
from pop3lab.faults.bending.greeting_list import ListAtGreeting
from pop3lab.faults.bending.messages import Autodelete, MessageEnd
from pop3lab.faults.bending.tables import (
    Change,
    Commands,
    only,
    refuse_user,
    rset_one,
    top_whole,
    user_then_pass,
    without,
)
from pop3lab.faults.bending.virtual import Exit, add_break
from pop3lab.faults.bending.white_space import WhiteSpace
from pop3lab.faults.peculiarity import Layer, Peculiarity, Shared

_MAIL_BOX = "test server of Perl's Mail::Box"


def _table(change: Change) -> Callable[[Shared], Script]:
    return lambda shared: Commands(change)


def _message_end(end: End) -> Callable[[Shared], Script]:
    return lambda shared: MessageEnd(end)


RFC1939 = (
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

ROWS = (
    Peculiarity(
        "rfc1939-commands",
        "the commands of RFC 1939 and no others: CAPA, AUTH, STLS ... are unknown",
        _MAIL_BOX,
        _table(only(*RFC1939)),
        category="mail-box",
        layer=Layer.FIRST,
    ),
    Peculiarity(
        "minimal-commands",
        "no APOP, TOP and UIDL, which RFC 1939 leaves to the server",
        _MAIL_BOX,
        _table(without("APOP", "TOP", "UIDL")),
        category="mail-box",
        layer=Layer.FIRST,
        takes=("timestamp",),
    ),
    Peculiarity(
        "apop-only",
        "USER is refused; only APOP logs in",
        _MAIL_BOX,
        _table(refuse_user),
        against=("minimal-commands",),
        category="mail-box",
        aspect="the answer to USER",
    ),
    Peculiarity(
        "perl-split",
        "lines are cut at white space: tabs, blanks at the end and words too many are let pass;"
        " of USER and PASS all that follows is the argument",
        _MAIL_BOX,
        lambda shared: WhiteSpace(),
        category="mail-box",
        layer=Layer.FIRST,
    ),
    Peculiarity(
        "list-at-greeting",
        "the messages are those of the greeting, or of the login if a session ended in between",
        _MAIL_BOX,
        lambda shared: ListAtGreeting(),
        category="mail-box",
        layer=Layer.FIRST,
    ),
    Peculiarity(
        "user-then-pass",
        "a second USER in a row is a failed login: refused, and the first is forgotten",
        _MAIL_BOX,
        _table(user_then_pass),
        category="mail-box",
        aspect="the answer to USER",
    ),
    Peculiarity(
        "rset-one",
        "RSET with a number takes the mark from that message only",
        _MAIL_BOX,
        _table(rset_one),
        category="mail-box",
        aspect="what RSET does",
    ),
    Peculiarity(
        "top-whole",
        "TOP without a count sends the whole message",
        _MAIL_BOX,
        _table(top_whole),
        category="mail-box",
        layer=Layer.FIRST,
    ),
    Peculiarity(
        "break-command",
        "BREAK, in any state, closes the connection without a reply; nothing is deleted",
        _MAIL_BOX,
        _table(add_break),
        category="mail-box",
    ),
    Peculiarity(
        "exit-command",
        "EXIT gets no reply; the next QUIT, in this session or a later one, shuts the server down",
        _MAIL_BOX,
        Exit,
        category="mail-box",
    ),
    Peculiarity(
        "extra-crlf",
        "a CRLF more stands before the dot that ends a message",
        _MAIL_BOX,
        _message_end(End(CRLF_DOT, CRLF_DOT, CRLF_DOT)),
        aspect="how a message ends",
        category="mail-box",
    ),
    Peculiarity(
        "crlf-for-empty",
        "an empty message is sent as one empty line",
        _MAIL_BOX,
        _message_end(End(DOT, CRLF_DOT, CRLF_DOT)),
        aspect="how a message ends",
        category="mail-box",
        needs=("empty message",),
    ),
    Peculiarity(
        "autodelete",
        "a message sent whole, by RETR or by TOP without a count, is deleted at QUIT",
        _MAIL_BOX,
        lambda shared: Autodelete(),
        category="mail-box",
        needs=(
            "dot behind RETR",
            "good end",
        ),
        aspect="what becomes of a message that was sent",
    ),
)
