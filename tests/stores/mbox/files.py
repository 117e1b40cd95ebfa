"""Files as mail programs leave them, and how many messages are in each.

A row is the file, our count, that of Python's `mailbox` and that of Dovecot 2.3.19 (None: refused).
`mailbox` takes each line that begins with `From `; Dovecot wants one word, or a quoted one, and a
date of some forms; where ours is another than both, or than one, the last column says why.
"""

from typing import NamedTuple

FIRST = b"From a@b Thu Jan  1 00:00:00 1970\n"


class Row(NamedTuple):
    name: str
    text: bytes
    ours: int | None
    mailbox: int
    dovecot: int | None
    reason: str = ""


def _crlf(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def _two(line: bytes, *, blank: bool) -> bytes:
    """A message, and behind it, with an empty line between or not, a line and what may be more."""
    empty = b"\n" if blank else b""
    return FIRST + b"Subject: a\n\na\n" + empty + line + b"\nSubject: b\n\nb\n\n"


SENTENCE = "Python's mailbox takes sentences for From_ lines"
BLANKS = "senders with blanks have been written; Dovecot joins the two messages"
CENTURY = "dates without century have been written; Dovecot joins the two messages"
AFTER_1996 = "a sentence: it goes on behind the date"

# The line, and the counts if it stands behind a message: ours, mailbox's, Dovecot's.
LINES: list[tuple[bytes, int, int, int, str]] = [
    (b"From ann Sat Jan  3 01:05:34 1996", 2, 2, 2, ""),
    (b"From ann@host.example  Sat Jan 13 01:05:34 1996", 2, 2, 2, ""),
    (b"From ann Sat Jan 3 01:05:34 1996", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05 1996", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 1:05 1996", 2, 2, 1, "hours of one digit have been written"),
    (b"From ann Sat Jan  3 01:05:34 MET 1996", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05 PST 1996", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05:34 MET DST 1996", 2, 2, 1, "System V wrote zones of two words"),
    (b"From ann Sat Jan  3 01:05:34 +0100 1996", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05:34 1996 +0100", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05:34 1996 PST", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05:34 1996 -0700 (PDT)", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05:34 GMT+1 1996", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05:34 96", 2, 2, 1, CENTURY),
    (b"From ann Sat, 3 Jan 96 01:05:34", 2, 2, 1, CENTURY),
    (b"From ann Sat, 3 Jan 1996 01:05:34 +0100", 2, 2, 2, ""),
    (b"From ann Sat, 3 Jan 1996 01:05:34 GMT", 2, 2, 2, ""),
    (b"From ann sat jan  3 01:05:34 1996", 2, 2, 2, ""),
    (b"From ann Sam Jan  3 01:05:34 1996", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05:34 1996 remote from host", 2, 2, 2, ""),
    (b"From host!ann Sat Jan  3 01:05 1996 remote from other", 2, 2, 2, ""),
    (b'From "ann b"@host Sat Jan  3 01:05:34 1996', 2, 2, 2, ""),
    (b'From "ann b" Sat Jan  3 01:05:34 1996 remote from host', 2, 2, 2, ""),
    (b"From ann b@host Sat Jan  3 01:05:34 1996", 2, 2, 1, BLANKS),
    (b"From ann at host.example  Sat Jan  3 01:05:34 1996", 2, 2, 1, BLANKS),
    (b"From /C=de/A=net/P=a b/S=ann/@gate Sat Jan  3 01:05:34 1996", 2, 2, 1, BLANKS),
    (b"From MAILER-DAEMON Sat Jan  3 01:05:34 1996", 2, 2, 2, ""),
    (b"From <> Sat Jan  3 01:05:34 1996", 2, 2, 2, ""),
    (b"From - Sat Jan 03 01:05:34 1996", 2, 2, 2, ""),
    (b"From ???@??? Sat Jan 03 01:05:34 1996", 2, 2, 2, ""),
    (b"From  Sat Jan  3 01:05:34 1996", 2, 2, 2, ""),
    (b"From Sat Jan  3 01:05:34 1996", 2, 2, 1, "no sender is a sender that is empty"),
    (b"From ann\tSat Jan  3 01:05:34 1996", 2, 2, 1, "a tab is a blank"),
    (b"From 1234@xxx Sat Jan 03 01:05:34 +0000 1996", 2, 2, 2, ""),
    (b"From 0123456789abcdef Mon Sep 17 00:00:00 2001", 2, 2, 2, ""),
    (b"From ann Sat Jan  3 01:05:34 1996\t \r", 2, 2, 2, ""),
    (b">From ann Sat Jan  3 01:05:34 1996", 1, 1, 1, ""),
    (b">From ann Sat Jan  3 01:05:34 1996 remote from host", 1, 1, 1, ""),
    (b" From ann Sat Jan  3 01:05:34 1996", 1, 1, 1, ""),
    (b"From: ann Sat Jan  3 01:05:34 1996", 1, 1, 1, ""),
    (b"from ann Sat Jan  3 01:05:34 1996", 1, 1, 1, ""),
    (b"From\tann Sat Jan  3 01:05:34 1996", 1, 1, 1, ""),
    (b"From here on", 1, 2, 1, SENTENCE),
    (b"From ", 1, 2, 1, SENTENCE),
    (b"From Monday to Friday", 1, 2, 1, SENTENCE),
    (b"From ann", 1, 2, 1, SENTENCE),
    (b"From ann at 01:05 in 1996", 1, 2, 1, SENTENCE),
    (b"From here on Sat Jan  3 01:05:34 1996 all was fine", 1, 2, 1, AFTER_1996),
    (b"From then on, at Sat Jan  3 01:05:34 1996, all was fine", 1, 2, 1, AFTER_1996),
]

BY_LINES = [
    Row(
        f"{line!r}, {'an empty line' if blank else 'no empty line'} before",
        _two(line, blank=blank),
        ours,
        mailbox,
        dovecot,
        reason,
    )
    for line, ours, mailbox, dovecot, reason in LINES
    for blank in (True, False)
]

INTERNAL = (
    b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"
    b"Date: 01 Jan 1970 00:00:00 +0000\n"
    b"From: Mail System Internal Data <MAILER-DAEMON@host>\n"
    b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"
    b"Message-ID: <1@host>\n"
    b"X-IMAP: 0000000001 0000000003\n"
    b"Status: RO\n\n"
    b"This text is part of the internal format of your mail folder, and is not\n"
    b"a real message.\n\n"
)
A = FIRST + b"Subject: a\n\na\n\n"
B = FIRST + b"Subject: b\n\nb\n\n"
STARTS = "Dovecot refuses a file that does not begin with a From_ line that has a date"
EMPTY = (
    "a program that removes the last message may leave an empty line; nobody is locked out by it"
)
NO_DATA = "Python's mailbox shows the data as a message"
SUBJECT = "the subject, as written by no other program, tells it, too; others look at X-IMAP alone"
CONTENT = "any sender can write Content-Length, and would hide messages by it"

FILES = [
    *BY_LINES,
    Row("nothing", b"", 0, 0, 0),
    Row("one", A, 1, 1, 1),
    Row("two", A + B, 2, 2, 2),
    Row("CRLF", _crlf(A + B), 2, 2, 2),
    Row("CRLF, no empty line", _crlf(A[:-1] + B), 2, 2, 2),
    Row("LF and CRLF", A + _crlf(B) + A, 3, 3, 3),
    Row("an empty line at the start", b"\n" + A + B, 2, 2, None, EMPTY),
    Row("empty lines at the start", b"\n\n\r\n\n" + A + B, 2, 2, None, EMPTY),
    Row("empty lines only", b"\n\n", 0, 0, None, EMPTY),
    Row("several empty lines between", A + b"\n\n\n" + B, 2, 2, 2),
    Row("no line end at the end", A + B[:-3], 2, 2, 2),
    Row("no empty line at the end", A + B[:-1], 2, 2, 2),
    Row(
        "From_ lines only",
        FIRST * 3,
        3,
        3,
        2,
        "the LF of one line is not the empty line before the next",
    ),
    Row("From_ lines and empty lines only", (FIRST + b"\n") * 3, 3, 3, 3),
    Row("a From_ line in the header", FIRST + b"Subject: a\n" + B, 2, 2, 2),
    Row(
        "a From_ line without date at the start",
        b"From ann\nSubject: a\n\na\n\n" + B,
        2,
        2,
        None,
        STARTS,
    ),
    Row(
        "an envelope of UUCP",
        FIRST + b">From b Thu Jan  1 00:00:00 1970 remote from c\n" + A[34:],
        1,
        1,
        1,
    ),
    Row(
        "a From_ line of 1,500 octets",
        A + FIRST.replace(b"a@b", b"a" * 1466) + b"b\n\n",
        1,
        2,
        2,
        "no such address is delivered to",
    ),
    Row("internal data", INTERNAL + A + B, 2, 3, 2, NO_DATA),
    Row("internal data in CRLF", _crlf(INTERNAL + A + B), 2, 3, 2, NO_DATA),
    Row("internal data alone", INTERNAL, 0, 1, 0, NO_DATA),
    Row(
        "internal data without X-IMAP",
        INTERNAL.replace(b"X-IMAP: 0000000001 0000000003\n", b"") + A,
        1,
        2,
        2,
        SUBJECT,
    ),
    Row("internal data behind a message", A + INTERNAL, 2, 2, 2),
    Row(
        "X-IMAP of a sender",
        A.replace(b"Subj", b"X-IMAP: 1 3\nSubj") + B,
        2,
        2,
        1,
        "any sender can write X-IMAP, and would hide the message by it",
    ),
    Row(
        "X-IMAPbase, which is in real messages",
        A.replace(b"Subj", b"X-IMAPbase: 1 3\nSubj") + B,
        2,
        2,
        2,
    ),
    Row(
        "Content-Length over a From_ line",
        FIRST + b"Content-Length: %d\n\n" % (len(A) - 1) + A + B,
        3,
        3,
        2,
        CONTENT,
    ),
    Row("Content-Length that is wrong", FIRST + b"Content-Length: 9\n\na\n\n" + B, 2, 2, 2),
    Row("Content-Length beyond the end", FIRST + b"Content-Length: 999\n\na\n\n" + B, 2, 2, 2),
    Row("text in front", b"hello\n" + A, None, 1, None, "Python's mailbox passes text over"),
    Row("text only", b"hello\n", None, 0, None, "Python's mailbox passes text over"),
    Row("octets that are no text", A + FIRST + bytes(range(256)) + b"\n\n" + B, 3, 3, 3),
]
