"""CAPA, AUTH, STLS, UTF8, LANG, response codes, limits: RFC 2449, 5034, 2595, 6856, 3206."""

from base64 import b64encode
from collections.abc import Iterator, Sequence

import pytest

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.actions import Close, Part, Pause, Send, StartTLS
from pop3lab.core.config import Limits, ServerCapabilities
from pop3lab.core.errors import LoginFailed, TooEarly
from pop3lab.core.maildrop import Maildrop
from pop3lab.core.sasl import Channel, Mechanism, SaslGenerator
from pop3lab.core.session import Session
from pop3lab.stores.memory import MemoryStore
from tests.dialogue import ONE, TIMESTAMP, done, fed, memory, play, sent
from tests.wording import BEGIN_TLS, ONLY_TLS, as_sent

UTF8_HEADER = "Subject: gr\u00fc\u00df\r\n\r\nhello\r\n".encode()
UTF8_BODY = "Subject: x\r\n\r\ngr\u00fc\u00df\r\n".encode()


def client_first() -> SaslGenerator:
    """A mechanism whose one response must be b"ann secret"."""
    response = yield b""
    if b" " not in response:
        raise ValueError("no blank")
    if response != b"ann secret":
        raise LoginFailed
    return "ann"


def server_first() -> SaslGenerator:
    """A mechanism of two challenges."""
    first = yield b"name?"
    second = yield b"word? \xff"
    if (first, second) != (b"ann", b"secret"):
        raise LoginFailed
    return "ann"


class Mechanical(Authenticator):
    """Accounts with the two mechanisms; the one of them only where passwords may pass."""

    def mechanisms(self, channel: Channel) -> Sequence[Mechanism]:
        last = Mechanism("LAST", False, server_first)
        return [Mechanism("FIRST", True, client_first), last] if channel.clear else [last]


ANN = Mechanical({"ann": "secret", "gr\u00fcn": "\u00e4"})


def session(
    store: MemoryStore | None = None,
    capabilities: ServerCapabilities = ServerCapabilities(tls=True),
    channel: Channel = Channel(),
    **options: object,
) -> Session:
    return Session(
        7,
        ANN,
        store or memory(ONE),
        timestamp=TIMESTAMP,
        peer="192.0.2.1:1100",
        capabilities=capabilities,
        channel=channel,
        **options,  # type: ignore[arg-type]
    )


LOGIN = "C: USER ann\nS: +OK ...\nC: PASS secret\nS: +OK ...\n"


def capa(asked: Session) -> list[str]:
    return sent(done(fed(asked, b"CAPA\r\n"))).decode().split("\r\n")[1:-2]


BOTH = ["UIDL", "TOP", "USER", "SASL FIRST LAST"]
REST = ["RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER", "LANG"]


def test_p157_p158_p159_p160_p161_p172_p173_capa_before_and_after_login() -> None:
    asked = session()
    assert capa(asked) == [*BOTH, "STLS", *REST]
    play(asked, LOGIN)
    assert capa(asked) == [*BOTH, *REST]


def test_p181_p182_under_tls_no_stls() -> None:
    asked = session(channel=Channel(secure=True))
    assert "STLS" not in capa(asked)
    play(asked, "C: STLS\nS: -ERR ...")


def test_p164_p193_p195_p246_without_clear_passwords_they_are_neither_listed_nor_taken() -> None:
    asked = session(channel=Channel(clear=False))
    assert capa(asked) == ["UIDL", "TOP", "SASL LAST", "STLS", *REST]
    play(
        asked,
        """
        C: USER ann
        S: -ERR ...
        C: PASS secret
        S: -ERR ...
        C: PASS wrong
        S: -ERR ...
        C: AUTH FIRST
        S: -ERR ...
        """,
    )


def test_p169_p170_p171_what_the_offer_says() -> None:
    capabilities = ServerCapabilities(
        implementation="pop3lab-1", utf8=True, expire=30, login_delay=60, languages={}
    )
    assert capa(session(capabilities=capabilities)) == [
        *BOTH, *REST[:3], "LOGIN-DELAY 60", "EXPIRE 30", "UTF8 USER", "IMPLEMENTATION pop3lab-1"
    ]  # fmt: skip


def b64(text: bytes) -> str:
    return b64encode(text).decode()


def test_p199_p200_p201_client_first_with_and_without_initial_response() -> None:
    play(
        session(),
        f"C: AUTH fIrSt {b64(b'ann secret')}\nS: +OK ...\nC: STAT\nS: +OK 1 23",
    )
    transcript = f"C: AUTH FIRST\nS: +\x20\nC: {b64(b'ann secret')}\nS: +OK ..."
    play(session(), transcript)
    assert sent(done(fed(session(), b"AUTH FIRST\r\n"))) == b"+ \r\n"


def test_p216_p221_server_first_takes_no_initial_response() -> None:
    play(
        session(),
        f"""
        C: AUTH LAST {b64(b"ann")}
        S: -ERR ...
        C: AUTH LAST
        S: + {b64(b"name?")}
        C: {b64(b"ann")}
        S: + {b64(b"word? " + bytes([255]))}
        C: {b64(b"secret")}
        S: +OK ...
        """,
    )


def test_p202_p203_p211_p212_p217_refused_cancelled_and_started_over() -> None:
    play(
        session(),
        f"""
        C: AUTH FIRST {b64(b"ann wrong")}
        S: -ERR [AUTH] ...
        C: STAT
        S: -ERR ...
        C: AUTH LAST
        S: + {b64(b"name?")}
        C: {b64(b"ann")}
        S: + {b64(b"word? " + bytes([255]))}
        C: *
        S: -ERR ...
        C: AUTH FIRST
        S: +\x20
        C: QUIT
        S: -ERR ...
        C: AUTH FIRST
        S: +\x20
        C: CAPA x
        S: -ERR ...
        """
        + LOGIN,
    )


@pytest.mark.parametrize(
    "response", ["!", "YQ", "YQ=", "YQ===", "=YQ=", "Y Q==", "YQ==YQ==", "Y-Q=", "====", "\u00e9"]
)
def test_p204_p205_what_is_no_base64_is_refused(response: str) -> None:
    for lines in (f"AUTH FIRST {response}\r\n", f"AUTH FIRST\r\n{response}\r\n"):
        refused = session()
        answer = sent(done(fed(refused, lines.encode())))
        assert answer.removeprefix(b"+ \r\n").startswith(b"-ERR ")
        assert answer.count(b"-ERR") == 1
        play(refused, LOGIN)


def test_p206_an_initial_response_of_no_octets_is_one() -> None:
    play(session(), "C: AUTH FIRST =\nS: -ERR ...")


def test_p210_p214_long_responses_are_judged_and_longer_ones_refused() -> None:
    judged = session()
    play(judged, f"C: AUTH FIRST\nS: +\x20\nC: {b64(b'x ' * 2000)}\nS: -ERR [AUTH] ...")
    play(judged, f"C: AUTH FIRST {b64(b'x ' * 2000)}\nS: -ERR [AUTH] ...")
    play(judged, f"C: AUTH FIRST\nS: +\x20\nC: {'A' * 65536}\nS: -ERR ...")
    play(judged, f"C: AUTH FIRST {'A' * 65536}\nS: -ERR ...\n" + LOGIN)


def test_responses_may_be_pipelined_and_cut_anywhere() -> None:
    octets = f"AUTH LAST\r\n{b64(b'ann')}\r\n{b64(b'secret')}\r\nSTAT\r\n".encode()
    whole = sent(done(fed(session(), octets)))
    assert whole.endswith(b"+OK 1 23\r\n")
    for at in range(len(octets)):
        cut = session()
        assert sent(done(fed(cut, octets[:at]))) + sent(done(fed(cut, octets[at:]))) == whole


def test_p213_auth_after_login() -> None:
    play(session(), LOGIN + "C: AUTH FIRST\nS: -ERR ...\nC: NOOP\nS: +OK ...")


def test_p179_p187_stls_starts_anew() -> None:
    secured = session(capabilities=ServerCapabilities(tls=True, utf8=True))
    done(fed(secured, b"UTF8\r\nUSER ann\r\n"))
    assert done(fed(secured, b"STLS\r\n")) == [
        Send(as_sent(BEGIN_TLS), Part.HEAD),
        StartTLS(),
    ]
    secured.tls_established(Channel(secure=True))
    assert not secured.state.utf8
    play(secured, "C: PASS secret\nS: -ERR ...\n" + LOGIN)


@pytest.mark.parametrize("behind", ["CAPA\r\n", "XX", "\r", "USER ann\r\nPASS secret\r\n"])
def test_p185_p186_octets_behind_stls_end_the_session(behind: str) -> None:
    attacked = session()
    refusal = Send(as_sent(ONLY_TLS), Part.HEAD)
    assert done(fed(attacked, b"STLS\r\n" + behind.encode())) == [refusal, Close()]
    assert attacked.over


def test_p186_octets_instead_of_tls_end_the_session_as_those_behind_stls_do() -> None:
    attacked = session()
    done(fed(attacked, b"STLS\r\n"))
    instead = done(attacked.plaintext_after_stls())
    assert instead == done(fed(session(), b"STLS\r\nNOOP\r\n"))
    assert attacked.over


def test_p183_p184_p194_stls_refused() -> None:
    play(
        session(),
        "C: STLS x\nS: -ERR ...\n" + LOGIN + "C: STLS\nS: -ERR ...",
    )
    play(session(capabilities=ServerCapabilities()), "C: STLS\nS: -ERR ...\n" + LOGIN)
    assert "STLS" not in capa(session(capabilities=ServerCapabilities()))


def test_p248_p251_p252_utf8_mode() -> None:
    store = memory(UTF8_HEADER, UTF8_BODY)
    capabilities = ServerCapabilities(utf8=True)
    play(
        session(store, capabilities),
        LOGIN
        + """
        C: RETR 1
        S: -ERR [UTF8] ...
        C: TOP 1 0
        S: -ERR [UTF8] ...
        C: LIST 1
        S: +OK 1 26
        C: TOP 2 0
        S: +OK ...
        S: Subject: x
        S:
        S: .
        C: UTF8
        S: -ERR ...
        C: QUIT
        S: +OK ...
        (close)
        """,
    )
    spoken = session(store, capabilities)
    play(spoken, "C: UTF8\nS: +OK ...\n" + LOGIN)
    assert sent(done(fed(spoken, b"RETR 1\r\n"))) == b"+OK 26 octets\r\n" + UTF8_HEADER + b".\r\n"


def test_p252_the_header_is_found_in_chunks_too() -> None:
    class Chunked(MemoryStore):
        def open(self, user: str):  # type: ignore[no-untyped-def]
            maildrop = super().open(user)
            whole = maildrop.read
            maildrop.read = lambda uid: iter([b"%c" % octet for octet in whole(uid).octets])  # type: ignore[union-attr,method-assign]
            return maildrop

    store = Chunked()
    store.add("ann", UTF8_HEADER)
    store.add("ann", UTF8_BODY)
    asked = session(store, ServerCapabilities(utf8=True))
    play(asked, LOGIN + "C: RETR 1\nS: -ERR [UTF8] ...")
    assert sent(done(fed(asked, b"RETR 2\r\n"))).endswith(b"\r\n" + UTF8_BODY + b".\r\n")


def test_a_header_without_end_is_not_read_into_memory() -> None:
    given = 0

    class Endless(MemoryStore):
        def open(self, user: str) -> Maildrop:
            maildrop = super().open(user)
            maildrop.read = lambda uid: pieces()  # type: ignore[method-assign]
            return maildrop

    def pieces() -> Iterator[bytes]:
        nonlocal given
        while given < 1000:
            given += 1
            yield bytes(65_536)

    store = Endless()
    store.add("ann", b"one\r\n")
    asked = session(store, ServerCapabilities(utf8=True))
    play(asked, LOGIN)
    next(iter(fed(asked, b"RETR 1\r\n")))
    assert given <= 1_048_576 // 65_536 + 1


@pytest.mark.parametrize(
    "header", [b"Subject: caf\xe9\r\n", b"Subject: \xc3", b"\xff\r\n", b"\xc3\r\n"]
)
def test_other_octets_in_a_header_are_no_utf8_and_go_out(header: bytes) -> None:
    message = header + b"\r\n\r\nbody\r\n"
    asked = session(memory(message), ServerCapabilities(utf8=True))
    play(asked, LOGIN)
    assert sent(done(fed(asked, b"RETR 1\r\n"))).endswith(b"octets\r\n" + message + b".\r\n")


def test_p253_utf8_names_and_passwords_where_it_is_offered() -> None:
    store = MemoryStore()
    name, password = "USER gr\u00fcn\r\n".encode(), "PASS \u00e4\r\n".encode()
    assert b"+OK maildrop" in sent(
        done(fed(session(store, ServerCapabilities(utf8=True)), name + password))
    )
    assert sent(done(fed(session(store), name))) == b"-ERR a line has printable ASCII only\r\n"
    refused = fed(session(store, ServerCapabilities(utf8=True)), b"USER \xff\xfe\r\n")
    assert sent(done(refused)) == b"-ERR a line has printable UTF-8 only\r\n"


def test_p249_p258_utf8_refused() -> None:
    play(session(), "C: UTF8\nS: -ERR ...")
    play(
        session(capabilities=ServerCapabilities(utf8=True)),
        "C: UTF8 x\nS: -ERR UTF8 takes no argument",
    )


LANG = """
    C: LANG
    S: +OK ...
    S: en English
    S: .
    C: LANG en
    S: +OK ...
    C: LANG EN
    S: +OK ...
    C: LANG *
    S: +OK ...
    C: LANG xx-nosuch
    S: -ERR ...
"""


def test_p254_p255_p256_p257_lang_in_both_states() -> None:
    play(session(), LANG + LOGIN + LANG)


class Strict:
    """A throttle that is asked and tells."""

    def __init__(self, early: bool = False) -> None:
        self.early = early
        self.told: list[str] = []

    def admit(self, user: str) -> None:
        if self.early:
            raise TooEarly("wait a minute")

    def succeeded(self, address: str) -> None:
        self.told.append(f"succeeded {address}")

    def failed(self, address: str) -> float:
        self.told.append(f"failed {address}")
        return 2.0


def test_a_refused_login_is_told_after_a_while() -> None:
    throttle = Strict()
    refused = session(throttle=throttle)
    actions = done(fed(refused, b"USER ann\r\nPASS wrong\r\n"))
    assert [action for action in actions if isinstance(action, Pause)] == [Pause(2.0)]
    play(refused, LOGIN)
    assert throttle.told == ["failed 192.0.2.1", "succeeded 192.0.2.1"]


def test_p167_p168_login_delay_has_its_code_and_releases_nothing() -> None:
    play(
        session(throttle=Strict(early=True)),
        "C: USER ann\nS: +OK ...\nC: PASS secret\n"
        "S: -ERR [LOGIN-DELAY] wait a minute\nC: STAT\nS: -ERR ...",
    )


def test_p062_so_many_refused_logins_then_it_closes() -> None:
    tired = session(limits=Limits(bad_logins=2))
    wrong = "C: USER ann\nS: +OK ...\nC: PASS wrong\nS: -ERR [AUTH] ...\n"
    play(tired, wrong + wrong + "(close)")


def test_so_many_refused_commands_then_it_closes() -> None:
    tired = session(limits=Limits(bad_before=3))
    refusals = "C: XX\nS: -ERR ...\n" * 2
    play(tired, "C: CAPA x\nS: -ERR ...\n" + refusals + "(close)")
    tired = session(limits=Limits(bad_after=3))
    play(
        tired,
        LOGIN + refusals + "C: STAT\nS: +OK 1 23\n" + refusals + "C: RETR 9\nS: -ERR ...\n(close)",
    )


def test_p187_what_was_refused_in_clear_counts_no_more_under_tls() -> None:
    wrong = "C: USER ann\nS: +OK ...\nC: PASS wrong\nS: -ERR [AUTH] ...\n"
    refused = "C: XX\nS: -ERR ...\n"
    for once, limits in [(wrong, Limits(bad_logins=2)), (refused, Limits(bad_before=2))]:
        secured = session(capabilities=ServerCapabilities(tls=True), limits=limits)
        play(secured, once + "C: STLS\nS: +OK ...\n(start TLS)")
        secured.tls_established(Channel(secure=True))
        play(secured, once)
        assert not secured.over
        play(secured, once + "(close)")


@pytest.mark.parametrize("verb", ["NOOP", "noop"])  # the first is answered from the cache
def test_any_command_that_is_obeyed_ends_the_row_of_refused_ones(verb: str) -> None:
    refusals = "C: XX\nS: -ERR ...\n" * 2
    obeyed = f"C: {verb}\nS: +OK ...\n"
    tired = session(limits=Limits(bad_after=3))
    play(tired, LOGIN + refusals + obeyed + refusals + "C: RETR 9\nS: -ERR ...\n(close)")


@pytest.mark.parametrize("line", ["GET / HTTP/1.1", "post / HTTP/1.0", "EHLO there"])
def test_first_words_of_other_protocols_close_at_once(line: str) -> None:
    play(
        session(capabilities=ServerCapabilities(strangers=frozenset({"GET", "POST", "EHLO"}))),
        f"C: {line}\n(close)",
    )
    play(session(), f"C: {line}\nS: -ERR ...")
