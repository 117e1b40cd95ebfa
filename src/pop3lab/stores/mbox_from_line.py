"""Which lines of an mbox file begin a message: `From `, perhaps a sender, a date.

Programs have written the date in every order, with and without seconds, zone and century, and have
put senders with blanks before it and `remote from HOST` behind it. So a line is one of these by its
date alone. Where the sender is one word, or quoted, whatever stands behind the date is let pass;
else the line must end there, as it may be a sentence.
"""

import re

LONGEST = 1000  # octets of a From_ line: a longer one is text

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_ZONE_INSIDE = rb"(?: +[A-Za-z(+-][A-Za-z0-9:()+-]*){0,4}"  # as in `MET DST`
_ZONE_BEHIND = (
    rb"(?: +(?:(?-i:[A-Z]{1,5})(?:[+-][0-9:]{1,5})?"
    rb"|[+-][0-9]{2}:?[0-9]{2}|\((?-i:[A-Z]{1,5})\))){0,3}"
)
_REMOTE = rb"(?: +remote from .*)?"
_BLANK = rb"[ \t]+"


def _date(day: bytes, year: bytes) -> bytes:
    asctime = rb"%b,? +%b +[0-9]{1,2} +%b%b +%b" % (day, _MONTH, _TIME, _ZONE_INSIDE, year)
    header = rb"%b,? +[0-9]{1,2}[ -]+%b[ -]+%b +%b" % (day, _MONTH, year, _TIME)
    return rb"(?:%b|%b)" % (asctime, header)


_ENDS_IN_DATE = re.compile(
    rb"From (?:.*[ \t])?%b%b%b[ \t\r]*\Z"
    % (_date(_DAY, rb"[0-9]{2}(?:[0-9]{2})?"), _ZONE_BEHIND, _REMOTE),
    re.IGNORECASE,
)
_HAS_DATE = re.compile(
    rb'From (?:"[^"]*"[^ \t]*|[^ \t"]+)?%b%b(?![0-9A-Za-z])'
    % (_BLANK, _date(rb"[A-Za-z]{3}", rb"[0-9]{4}")),
    re.IGNORECASE,
)


def is_from_line(line: bytes) -> bool:
    """Whether this line, without its LF, begins a message."""
    return (
        line.startswith(b"From ")
        and len(line) <= LONGEST
        and bool(_HAS_DATE.match(line) or _ENDS_IN_DATE.match(line))
    )
