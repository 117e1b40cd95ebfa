"""Messages that are made to break what reads them."""

import gzip
from base64 import b64decode
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest

from pop3lab.behaviours.attacks_messages import ATTACHMENTS, HEADERS
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.behaviours.ruled import rules
from tests.dialogue import ONE, TWO, done, fed, logged_in, memory, play, sent


def under(*texts: str, store: MemoryStore | None = None) -> Session:
    return logged_in(store, hooks=rules(*texts))


def text(rule: str) -> bytes:
    """The first message, whose size must be what is told."""
    played = under(rule)
    said = sent(done(fed(played, b"RETR 1\r\n")))
    status, _, body = said.partition(b"\r\n")
    assert body.endswith(b"\r\n.\r\n")
    assert status == b"+OK %d octets" % (len(body) - 3)
    play(played, f"C: LIST 1\nS: +OK 1 {len(body) - 3}\nC: LIST 2\nS: +OK 2 33")
    return body[:-3]


def parts(rule: str) -> list[EmailMessage]:
    """The parts of the first message."""
    whole = BytesParser(policy=default).parsebytes(text(rule))
    assert isinstance(whole, EmailMessage)
    return [part for part in whole.iter_parts() if isinstance(part, EmailMessage)]


def packed(part: EmailMessage) -> bytes:
    """The text of a part, as it is sent."""
    payload = part.get_payload()
    assert isinstance(payload, str)
    return payload.encode("ascii")


@pytest.mark.parametrize(
    ("form", "dot"), [("lf", b"\n.\r\n"), ("lf-lf", b"\n.\n"), ("cr", b"\r.\r"), ("crlf", b".\r\n")]
)
def test_dot_injection(form: str, dot: bytes) -> None:
    played = under(f"dot-injection form={form}", store=memory(TWO))
    stuffed = b"..Subject: two\r\n\r\n..\r\n...dots\r\nend\r\n"
    said = sent(done(fed(played, b"RETR 1\r\n")))
    assert said == b"+OK 33 octets\r\n" + stuffed + dot + b"+OK\r\n+OK\r\n.\r\n"
    play(played, "C: STAT\nS: +OK 1 33\nC: RETR 2\nS: -ERR ...")


def test_what_is_injected() -> None:
    said = sent(done(fed(under('dot-injection octets="-ERR x"'), b"RETR 1\r\n")))
    assert said == b"+OK 23 octets\r\n" + ONE + b"\n.\r\n-ERR x\r\n.\r\n"


def test_it_is_injected_behind_a_line() -> None:
    cut = under("retr-truncated-dot octets=3", "dot-injection form=crlf octets=+OK")
    assert sent(done(fed(cut, b"RETR 1\r\n"))) == b"+OK 23 octets\r\nSub\r\n.\r\n+OK\r\n.\r\n"


def test_header_bombs() -> None:
    body = b"\r\nthe body\r\n"
    assert text("header-bombs size=100000") == b"Subject: " + b"x" * 100_000 + b"\r\n" + body
    many = text("header-bombs form=many size=2500")
    assert many == b"".join(b"X-%d: bomb\r\n" % name for name in range(2500)) + body
    assert text("header-bombs form=none") == body
    date = b"Date: Sat, 5 Nov 1994 21:30:00 +" + b"0" * 70_000 + b"\r\n"
    assert text("header-bombs form=date size=70000") == date + body
    assert text("header-bombs form=boundary") == (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=""\r\n\r\n'
        b"--\r\n\r\na part\r\n----\r\n"
    )
    assert text("header-bombs form=nesting size=2") == (
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b0"\r\n\r\n--b0\r\n'
        b'Content-Type: multipart/mixed; boundary="b1"\r\n\r\n--b1\r\n' + body
    )


def test_how_great_a_bomb_is_unless_said() -> None:
    sizes = {name: size for name, (_, size) in (HEADERS | ATTACHMENTS).items()}
    assert sizes == {
        "long": 1_048_576,
        "many": 1_000_000,
        "none": 0,
        "date": 65_536,
        "nesting": 10_000,
        "boundary": 0,
        "plain": 10_485_760,
        "gzip": 10_485_760,
        "parts": 100_000,
    }
    assert text("header-bombs form=nesting").count(b"boundary") == 10_000


def test_attachment_bomb() -> None:
    (plain,) = parts("attachment-bomb size=100000")
    assert 100_000 <= len(packed(plain)) < 100_078
    assert set(b64decode(packed(plain))) == {0}
    assert plain.get_filename() == "zeros.bin"


@pytest.mark.parametrize("size", [0, 1, 1 << 20, 3_000_000])
def test_a_bomb_that_unpacks(size: int) -> None:
    (bomb,) = parts(f"attachment-bomb form=gzip size={size}")
    assert gzip.decompress(b64decode(packed(bomb))) == bytes(size or 10 << 20)
    assert len(packed(bomb)) < 30_000


def test_a_bomb_of_parts() -> None:
    many = parts("attachment-bomb form=parts size=2500")
    assert len(many) == 2500
    assert {packed(part) for part in many} == {b"a part"}


def test_a_bomb_may_be_another_message_and_is_made_as_it_goes() -> None:
    played = under("attachment-bomb size=10000000 number=2", store=memory(ONE, TWO))
    play(played, "C: RETR 1\nS: +OK 23 octets\nS: Subject: one\nS:\nS: hello\nS: .")
    actions = fed(played, b"RETR 2\r\n")
    assert sent([next(actions)]).startswith(b"+OK 1000")
    assert all(len(sent([next(actions)])) < 100_000 for _ in range(5))
