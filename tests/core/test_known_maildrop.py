"""A maildrop of known and nasty messages, and every reply of a run over it watched."""

import re

import pytest

from pop3lab.core.config import ServerCapabilities
from pop3lab.core.session import Session
from tests.dialogue import done, fed, logged_in, memory, sent, session
from tests.wording import NOTHING_DONE, as_sent

HEAD = b"Subject: x\r\nFrom: ann@example.org\r\n"
BODY = b"".join(b"line %d\r\n" % number for number in range(1, 51))
KNOWN = [
    HEAD + b"\r\n" + BODY,
    HEAD + b"\r\n.\r\n..\r\n.x\r\nx.y\r\n",
    b".X-Leading-Dot: yes\r\n\r\nbody\r\n",
    HEAD + b"\r\n",
    HEAD,
    b"",
    HEAD + b"\r\nno line end",
    HEAD + b"\r\n" + b"a" * 2_000 + b"\r\n" + b"b" * 5_000 + b"\r\n" + b"c" * 70_000 + b"\r\n",
    HEAD + b"\r\n" + bytes(o for o in range(256) if o not in (10, 13)) + b"\r\n",
    (HEAD + b"\r\n.a\r\nb\r\n.\r\n").replace(b"\r\n", b"\n"),
]
SENT = [text if text.endswith(b"\n") or not text else text + b"\r\n" for text in KNOWN[:-1]]
SENT.append(KNOWN[-1].replace(b"\n", b"\r\n"))
N = len(KNOWN)

REPLY = re.compile(rb"(\+OK|-ERR)( [\x20-\x7e]*)?")


@pytest.fixture
def known() -> Session:
    return logged_in(memory(*KNOWN))


def ask(asked: Session, line: str) -> bytes:
    return sent(done(fed(asked, line.encode() + b"\r\n")))


def body(asked: Session, line: str) -> bytes:
    """What a multi-line reply holds, byte-stuffing undone."""
    head, _, rest = ask(asked, line).partition(b"\r\n")
    assert head.startswith(b"+OK"), head
    assert rest == b".\r\n" or rest.endswith(b"\r\n.\r\n")
    lines = rest.removesuffix(b".\r\n").split(b"\r\n")
    assert not any(text.startswith(b".") and not text.startswith(b"..") for text in lines)
    return b"\r\n".join(text.removeprefix(b".") for text in lines)


def assert_refused(asked: Session, line: str) -> None:
    answer = ask(asked, line)
    assert answer.startswith(b"-ERR")
    assert answer.count(b"\r\n") == 1


def test_p072_p074_p075_p082_the_list_its_lines_and_its_sums(known: Session) -> None:
    lines = body(known, "LIST").split(b"\r\n")[:-1]
    sizes = [int(line.split(b" ")[1]) for line in lines]
    assert [int(line.split(b" ")[0]) for line in lines] == list(range(1, N + 1))
    assert sizes == [len(text) for text in SENT]
    assert ask(known, "STAT") == b"+OK %d %d\r\n" % (N, sum(sizes))
    for number, line in enumerate(lines, 1):
        assert ask(known, f"LIST {number}") == b"+OK " + line + b"\r\n"


@pytest.mark.parametrize("number", range(1, N + 1))
def test_p091_p093_p094_p095_p098_each_message_is_exact(known: Session, number: int) -> None:
    assert body(known, f"RETR {number}") == SENT[number - 1]


@pytest.mark.parametrize("number", range(1, N + 1))
@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 31, 49, 50, 51, 1000, 4294967296])
def test_p123_p127_p129_top_of_each_is_exact(known: Session, number: int, count: int) -> None:
    head, blank, rest = SENT[number - 1].partition(b"\r\n\r\n")
    lines = rest.split(b"\r\n")[:-1][:count]
    wanted = head + blank + b"".join(line + b"\r\n" for line in lines)
    assert body(known, f"TOP {number} {count}") == wanted


@pytest.mark.parametrize("line", ["RETR", "LIST", "DELE", "UIDL"])
def test_p099_p100_p101_p102_p137_numbers(known: Session, line: str) -> None:
    for words in ("0", str(N + 1), "-1", "abc", "1x", "+1", "1 2", "4294967297", "9" * 50):
        assert_refused(known, f"{line} {words}")
    if line in ("RETR", "DELE"):
        assert_refused(known, line)


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        " 1",
        " 1 -1",
        " 1 abc",
        " 1 1x",
        " 1 +1",
        " 1 1.5",
        " 0 1",
        f" {N + 1} 1",
        " x 1",
        " 1 1 1",
    ],
)
def test_p124_p125_p126_top_refused(known: Session, arguments: str) -> None:
    assert_refused(known, f"TOP{arguments}")
    assert ask(known, "NOOP").startswith(b"+OK")


def test_p132_p138_uidl_is_of_the_same_messages(known: Session) -> None:
    ask(known, "DELE 3")
    uids = body(known, "UIDL").split(b"\r\n")[:-1]
    numbers = [line.split(b" ")[0] for line in body(known, "LIST").split(b"\r\n")[:-1]]
    assert [line.split(b" ")[0] for line in uids] == numbers
    for line in uids:
        number = line.split(b" ")[0].decode()
        assert ask(known, f"UIDL {number}") == b"+OK " + line + b"\r\n"


def test_p147_pipelined_dele_dele_quit() -> None:
    store = memory(*KNOWN)
    leaving = logged_in(store)
    answers = sent(done(fed(leaving, b"DELE 1\r\nDELE 2\r\nQUIT\r\n")))
    assert answers.count(b"+OK") == 3
    assert ask(logged_in(store), "STAT").startswith(b"+OK %d " % (N - 2))


def test_p162_p163_p166_what_capa_lists_works_and_what_it_does_not_list_does_not(
    known: Session,
) -> None:
    listed = {line.split(b" ")[0] for line in body(known, "CAPA").split(b"\r\n")}
    assert {b"TOP", b"UIDL", b"USER"} <= listed
    assert ask(known, "TOP 1 0").startswith(b"+OK")
    assert ask(known, "UIDL").startswith(b"+OK")
    assert b"STLS" not in listed
    fresh = session(memory(*KNOWN))
    assert_refused(fresh, "STLS")
    assert_refused(fresh, "UTF8")


def test_p165_every_mechanism_that_is_listed_is_taken() -> None:
    fresh = session(memory(*KNOWN))
    lines = body(fresh, "CAPA").split(b"\r\n")
    (sasl,) = [line for line in lines if line.startswith(b"SASL ")]
    for name in sasl.decode().split(" ")[1:]:
        assert ask(fresh, f"AUTH {name}").startswith(b"+ ")
        assert_refused(fresh, "*")


def test_p175_many_commands_at_once(known: Session) -> None:
    assert sent(done(fed(known, b"NOOP\r\n" * 500))).count(as_sent(NOTHING_DONE)) == 500


def test_p178_all_messages_at_once(known: Session) -> None:
    lines = "".join(f"RETR {number}\r\n" for number in range(1, N + 1))
    answers = sent(done(fed(known, lines.encode())))
    alone = [ask(known, f"RETR {number}") for number in range(1, N + 1)]
    assert answers == b"".join(alone)


@pytest.mark.parametrize("line", ["AUTH", "AUTH XYZZY", "AUTH XYZZY =", "AUTH PLAIN AHUAcA== x"])
def test_p197_p198_p215_auth_refused(line: str) -> None:
    fresh = session(memory(*KNOWN))
    assert_refused(fresh, line)
    assert ask(fresh, "USER ann").startswith(b"+OK")
    assert ask(fresh, "PASS secret").startswith(b"+OK")


@pytest.mark.parametrize("line", ["USER", "USER ", "PASS", "PASS ", "CAPA x", "UTF8"])
def test_p025_p040_p041_p250_refused(line: str) -> None:
    fresh = session(memory(*KNOWN), capabilities=ServerCapabilities(utf8=True))
    if line.startswith("PASS"):
        ask(fresh, "USER ann")
    if line == "UTF8":
        ask(fresh, "USER ann")
        ask(fresh, "PASS secret")
    assert_refused(fresh, line)


def test_p262_half_a_command_before_the_end_harms_nobody() -> None:
    store = memory(*KNOWN)
    leaving = session(store)
    assert sent(done(fed(leaving, b"USER ann\r\nPAS"))).count(b"\r\n") == 1
    leaving.session_ended("closed")
    assert ask(logged_in(store), "STAT").startswith(b"+OK")


RUN = [
    "", " ", "XYZZ", "NOOP\rNOOP", "LIST\t1", "NOOP\x00", "caf\u00e9", "USER caf\u00e9", "x" * 700,
    "USER ann", "PASS wrong", "PASS", "APOP a b", "CAPA", "LANG", "LANG *", "STLS", "AUTH X",
    "USER ann", "PASS secret", "STAT", "LIST", "LIST 1", "LIST 99", "UIDL", "UIDL 1", "RETR 1",
    "RETR 99", "TOP 1 0", "DELE 1", "DELE 1", "RSET", "NOOP", "NOOP x", "CAPA", "PASS secret",
    "QUIT",
]  # fmt: skip
MULTI_LINE = {"CAPA", "LANG", "LIST", "UIDL", "RETR 1", "TOP 1 0"}


def test_p002_p027_p028_p029_p030_p031_p033_p034_every_reply_of_a_run() -> None:
    watched = session(memory(*KNOWN))
    greeting = sent(done(watched.greeting()))
    assert REPLY.fullmatch(greeting.removesuffix(b"\r\n"))
    assert greeting.count(b"<") == 1
    assert len(greeting) <= 512
    for line in RUN:
        answer = ask(watched, line)
        head, crlf, rest = answer.partition(b"\r\n")
        assert crlf
        assert (match := REPLY.fullmatch(head)), answer
        assert len(head) + 2 <= 512
        assert match[2], "a text behind the status"
        assert not match[2].startswith(b" [") or re.match(rb" \[[A-Z/-]+\] ", match[2])
        many = line in MULTI_LINE and head.startswith(b"+OK")
        assert rest.endswith(b".\r\n") if many else rest == b"", (line, answer)
        assert b"\n" not in rest.replace(b"\r\n", b"")


def test_p247_what_is_not_the_clients_fault_says_so() -> None:
    class Gone:
        open_waits = False

        def open(self, user: str) -> object:
            from pop3lab.core.errors import StoreFailed

            raise StoreFailed("the maildrop can't be opened")

    fresh = session(Gone())  # type: ignore[arg-type]
    ask(fresh, "USER ann")
    assert ask(fresh, "PASS secret") == b"-ERR [SYS/TEMP] the maildrop can't be opened\r\n"
