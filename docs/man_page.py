"""The man page, from the tables of commands and options: docs/man/pop3lab.1."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from pop3lab._version import __version__
from pop3lab.cli.command_options import options_of
from pop3lab.cli.commands import CLI_COMMANDS
from pop3lab.cli.help import option_meaning, option_usage
from pop3lab.config.option import COMMAND_LINE, Option
from pop3lab.config.options import DIRECTORY_KEYWORDS

_SERVER = ("serve", "doctor")  # which have the options of the server

_BEGIN = """\
.\\" Written by python -m docs.generate
.TH POP3LAB 1 "" "pop3lab {version}" "User Commands"
.SH NAME
pop3lab \\- a POP3 server for testing programs that fetch mail
.SH SYNOPSIS
.B pop3lab
.I DIR
.RI [ keyword " ...] [" "option" " ...]"
.br
.B pop3lab
.I COMMAND
\\&...
.SH DESCRIPTION
With a folder, pop3lab serves its files as messages by POP3 on 127.0.0.1, user \\fBuser\\fR,
password \\fBpassword\\fR. The first line of stdout is the port; the statistics follow when the
server shuts down, by SIGTERM, SIGINT, or the POP3 commands EXIT and QUIT. With a command, it does
what the command says. Write \\fB./serve\\fR for a folder of that name.
"""

_END = """\
.SH ENVIRONMENT
\\fBpop3lab serve\\fR and \\fBpop3lab doctor\\fR read each option from a variable, too:
\\fBPOP3LAB_TLS_PORT\\fR for \\fB\\-\\-tls\\-port\\fR. The command line takes precedence over the
environment, and the environment over the file.
.SH FILES
.TP
.I $XDG_CONFIG_HOME/pop3lab/config.toml
Settings of \\fBpop3lab serve\\fR and \\fBpop3lab doctor\\fR, if there is no \\fB\\-\\-config\\fR.
.SH EXIT STATUS
.TP
.B 0
clean shutdown
.TP
.B 1
a negative verdict, as of \\fBpop3lab check\\fR
.TP
.B 2
wrong usage or settings
.TP
.B 3
cannot listen or read the messages
.TP
.B 4
internal error
.TP
.B 130
second SIGINT
.SH SEE ALSO
\\fBpop3lab help\\fR \\fICOMMAND\\fR,
.BR curl (1)
"""


def man_page() -> str:
    """Return the page, in the macros of man(7)."""
    return "".join((_BEGIN.format(version=__version__), *_sections(), _END))


def _sections() -> Iterator[str]:
    yield ".SH KEYWORDS\n"
    for word, meaning in DIRECTORY_KEYWORDS.items():
        yield _entry(word, meaning)
    yield _entry("...", "any quirk by name; quote one with values: 'NAME VALUE'")
    yield ".SH COMMANDS\n"
    for name, row in CLI_COMMANDS.items():
        usage = " ".join(filter(None, (name, row.operands)))
        yield _entry(usage, row.meaning)
        if name not in _SERVER and (rows := _shown(options_of(name))):
            yield f".RS\n{''.join(map(_option, rows))}.RE\n"
    yield ".SH OPTIONS OF THE SERVER\nFor \\fIDIR\\fR, \\fBserve\\fR and \\fBdoctor\\fR.\n"
    yield "The defaults are those of \\fBserve\\fR.\n"
    for group, members in groupby(_shown(options_of("serve")), lambda row: row.group):
        yield f".SS {_text(group[0].upper() + group[1:])}\n"
        yield from map(_option, members)


def _shown(rows: Iterable[Option]) -> list[Option]:
    return [row for row in rows if row.where & COMMAND_LINE and not row.operand]


def _option(row: Option) -> str:
    return _entry(option_usage(row), option_meaning(row))


def _entry(term: str, meaning: str) -> str:
    return f".TP\n.B {_text(term)}\n{_text(meaning)}\n"


def _text(text: str) -> str:
    """Escape a text for roff, where a dot or a quote that begins a line is a command."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
