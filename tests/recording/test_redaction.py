"""What is hidden of a recording: addresses and users, octet for octet."""

import pickle
from base64 import b64encode

import pytest

from pop3lab.core.actions import Part, Send
from pop3lab.core.counter import BoundedCounter
from pop3lab.core.events import ActionPerformed, ConnectionClosed, Event, LineReceived, SessionEnded
from pop3lab.observe.transcript_writer import TranscriptWriter
from pop3lab.recording.redaction import Masking, mask_addresses
from pop3lab.recording.secrets import Secret, Secrets


class Listening:
    wants_lines = True

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_event(self, seconds: float, event: Event) -> None:
        self.events.append(event)


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        (b"from [192.0.2.25] by", b"from [000.0.0.00] by"),
        (b"at 2001:db8::25:1 now", b"at 0000:000::00:0 now"),
        (b"Date: Mon, 4 May 2026 09:12:44 +0200", b"Date: Mon, 4 May 2026 09:12:44 +0200"),
        (b"version 1.2.3.4.5 and 1.2.3", b"version 1.2.3.4.5 and 1.2.3"),
        (b"+OK 2 320", b"+OK 2 320"),
    ],
)
def test_addresses_of_the_internet(said: bytes, hidden: bytes) -> None:
    assert mask_addresses(said) == hidden


def test_addresses_of_mail_keep_their_length_and_stay_the_same() -> None:
    said = b"From: Ann <ann.miller@mx.example.org>, cc bob@example.org; ann.miller@mx.example.org"
    hidden = mask_addresses(said)
    assert len(hidden) == len(said)
    for secret in (b"ann.", b"miller", b"bob", b"example"):
        assert secret not in hidden
    first, second = hidden.split(b"<")[1].split(b">")[0], hidden.rsplit(b" ", 1)[1]
    assert first == second
    assert mask_addresses(hidden).count(b"@") == 3


@pytest.mark.parametrize("octet", [b"a", b":", b"1", b".", b"a:", b"1.", b"a@", b"::1 "])
def test_long_lines_of_anything_come_to_an_end(octet: bytes) -> None:
    said = octet * (1_048_576 // len(octet))
    assert len(mask_addresses(said)) == len(said)


def masked(*events: Event, addresses: bool = True, messages: bool = False) -> list[bytes]:
    """The octets of the events, as they are handed on."""
    heard = Listening()
    masking = Masking([heard], addresses=addresses, messages=messages)
    for event in events:
        masking.on_event(0.0, event)
    return [octets(event) for event in heard.events]


def octets(event: Event) -> bytes:
    match event:
        case LineReceived(_, line):
            return line
        case ActionPerformed(_, Send(data)):
            return data
    raise AssertionError(event)


def said(data: bytes, session: int = 1, part: Part = Part.HEAD) -> ActionPerformed:
    return ActionPerformed(session, Send(data, part))


def test_a_user_is_hidden_in_what_is_said_of_him() -> None:
    assert masked(
        LineReceived(1, b"USER johnny\r"),
        said(b"+OK hello johnny, and johnny\r\n"),
        LineReceived(2, b"user someone\r"),
        said(b"+OK johnny of another session\r\n", session=2),
    ) == [
        b"USER ****\r",
        b"+OK hello ******, and ******\r\n",
        b"user ****\r",
        b"+OK johnny of another session\r\n",
    ]


def test_a_name_of_two_octets_is_not_looked_for() -> None:
    assert masked(LineReceived(1, b"USER hi\r"), said(b"+OK hi\r\n"))[1] == b"+OK hi\r\n"
    assert masked(LineReceived(1, b"USER his\r"), said(b"+OK his\r\n"))[1] == b"+OK ***\r\n"


def test_the_word_that_makes_a_reply_stays() -> None:
    for word in (b"+OK", b"-ERR"):
        line = word + b" \r\n"
        assert masked(LineReceived(1, b"PASS " + word + b"\r"), said(line))[1] == line


def auth(text: bytes) -> bytes:
    return b64encode(text)


@pytest.mark.parametrize(
    ("events", "secrets"),
    [
        ([LineReceived(1, b"PASS Xy zzy\r")], [b"Xy zzy"]),
        ([LineReceived(1, b"APOP ann c4c9334bac56\r")], [b"ann", b"c4c9334bac56"]),
        (
            [LineReceived(1, b"AUTH PLAIN " + auth(b"\0ann\0Xyzzy") + b"\r")],
            [b"ann", b"Xyzzy", auth(b"\0ann\0Xyzzy")],
        ),
        (
            [
                LineReceived(1, b"AUTH LOGIN\r"),
                LineReceived(1, auth(b"ann@home") + b"\r", response=True),
                LineReceived(1, auth(b"Xyzzy") + b"\r", response=True),
            ],
            [b"ann@home", b"ann", b"Xyzzy", auth(b"Xyzzy")],
        ),
        (
            [
                LineReceived(1, b"AUTH XOAUTH2\r"),
                LineReceived(1, auth(b"user=ann\1auth=Bearer to=ken\1\1") + b"\r", response=True),
            ],
            [b" ann", b"to=ken", b"Bearer to=ken"],
        ),
        (
            [LineReceived(1, auth(b"ann c4c9334bac56") + b"\r", response=True)],
            [b"ann", b"c4c9334bac56"],
        ),
        ([LineReceived(1, b"no base64\r", response=True)], [b"no base64"]),
    ],
)
@pytest.mark.parametrize("status", [b"-ERR", b"+OK", b"+"])
def test_secrets_are_hidden_in_what_the_server_says_later(
    events: list[Event], secrets: list[bytes], status: bytes
) -> None:
    for secret in secrets:
        line = status + b" wrong: <" + secret + b"> is it\r\n"
        shown = masked(*events, said(line))[-1]
        assert secret.strip() not in shown
        assert len(shown) == len(line)
        assert shown.startswith(status + b" wrong: <")


def test_the_timestamp_stays_and_what_is_around_it_does_not() -> None:
    greeting, later = masked(
        said(b"+OK ann@example.org <1896.697170952@192.0.2.1> at 192.0.2.1\r\n"), said(b"")
    )
    assert b"<1896.697170952@192.0.2.1> at 000.0.0.0\r\n" in greeting
    assert b"example" not in greeting
    assert not later
    assert b"example" not in masked(LineReceived(1, b"NOOP\r"), said(b"+OK <ann@example.org>"))[1]


def test_addresses_and_names_may_be_kept_and_secrets_never() -> None:
    assert masked(
        LineReceived(1, b"USER johnny\r"),
        LineReceived(1, b"PASS Xyzzy\r"),
        said(b"+OK johnny, Xyzzy, j@example.org\r\n"),
        addresses=False,
    ) == [b"USER johnny\r", b"PASS Xyzzy\r", b"+OK johnny, *****, j@example.org\r\n"]


def test_messages_stay_as_they_are_unless_they_are_to_be_masked() -> None:
    body = b"From: ann@example.org\r\n  +OK 192.0.2.1\r\n+OK 192.0.2.1\r\n.\r\n"
    events = LineReceived(1, b"RETR 1\r"), said(body, part=Part.BODY)
    assert masked(*events)[1] == body.replace(b"\r\n+OK 192.0.2.1", b"\r\n+OK 000.0.0.0")
    shown = masked(*events, messages=True)[1]
    assert b"ann@example" not in shown
    assert b"192" not in shown
    assert len(shown) == len(body)


def test_rpop_and_xtnd_pass_are_secrets_of_the_client() -> None:
    for line, secret in [
        (b"XTND PASS Xyzzy\r", b"Xyzzy"),
        (b"xtnd  pass  Xy zzy\r", b"Xy zzy"),
        (b"RPOP johnny\r", b"johnny"),
        (b"rpop johnny@home\r", b"johnny"),
    ]:
        shown, answer = masked(LineReceived(1, line), said(b"-ERR " + secret + b"?\r\n"))
        assert TranscriptWriter().text(0.0, LineReceived(1, shown)).count("****") == 1
        assert (
            secret not in TranscriptWriter().text(0.0, LineReceived(1, line)).encode()
        )  # of any server
        assert secret not in TranscriptWriter().text(0.0, LineReceived(1, shown)).encode()
        assert answer == b"-ERR " + b"*" * len(secret) + b"?\r\n"
    assert masked(LineReceived(1, b"XTND XLST Subject\r")) == [b"XTND XLST Subject\r"]


@pytest.mark.parametrize("verb", [b"CAPA", b"RETR 1", b"TOP 1 0", b"LIST", b"UIDL", b"AUTH"])
def test_a_password_is_hidden_in_all_that_comes_later_in_any_case(verb: bytes) -> None:
    secret = "Xyzz\u00fc-42".encode()
    others = [secret.lower(), secret.upper(), secret.decode().upper().encode()]
    for before in (b"", b"a", b"ab", b"abc"):
        others.append(b64encode(before + secret + b"tail"))
    for form in (secret, *others):
        line = b"this is " + form + b" here\r\n"
        shown = masked(
            LineReceived(1, b"PASS " + secret + b"\r"),
            LineReceived(1, verb + b"\r"),
            said(line, part=Part.BODY),
        )[-1]
        assert len(shown) == len(line)
        assert shown.startswith(b"this is ")
        assert shown.endswith(b" here\r\n")
        assert shown.count(b"*") >= len(secret) - 2, form


def test_a_short_password_is_hidden_in_base64() -> None:
    for secret in (b"abc", b"abcd", b"abcde", b"abcdef"):
        shown = masked(LineReceived(1, b"PASS " + secret + b"\r"), said(b"-ERR " + auth(secret)))[1]
        assert shown.strip(b"=") == b"-ERR ".ljust(len(shown.strip(b"=")), b"*")


def test_a_name_is_hidden_in_capa_in_any_case_and_stays_in_messages() -> None:
    for verb, shown in [(b"CAPA\r", b"HELLO ****** at 000.0.0.0\r\n"), (b"RETR 1\r", None)]:
        line = b"HELLO JOHNNY at 192.0.2.1\r\n"
        events = (
            LineReceived(1, b"USER johnny\r"),
            LineReceived(1, verb),
            said(line, part=Part.BODY),
        )
        assert masked(*events)[-1] == (shown or line)


@pytest.mark.parametrize(
    "lines",
    [
        [b"AUTH PLAIN " + auth(b"\0johnny\0Xyzzy")],
        [b"AUTH LOGIN", auth(b"johnny"), auth(b"Xyzzy")],
        [b"AUTH LOGIN " + auth(b"johnny"), auth(b"Xyzzy")],
        [b"AUTH CRAM-MD5", auth(b"johnny Xyzzy")],
        [b"AUTH XOAUTH2 " + auth(b"user=johnny\1auth=Bearer Xyzzy\1\1")],
        [b"AUTH OAUTHBEARER " + auth(b"n,a=johnny,\1port=1\1auth=Bearer Xyzzy\1\1")],
        [b"AUTH SCRAM-SHA-256", auth(b"n,,n=johnny,r=Xyzzy")],
    ],
)
def test_a_name_of_sasl_stays_in_messages_and_no_secret_does(lines: list[bytes]) -> None:
    first, *responses = lines
    login: list[Event] = [LineReceived(1, first + b"\r")]
    login += [LineReceived(1, line + b"\r", response=True) for line in responses]
    answer, message = masked(
        *login,
        said(b"+OK johnny\r\n"),
        LineReceived(1, b"RETR 1\r"),
        said(b"johnny and n,,n=johnny,r=Xyzzy or Xyzzy\r\n", part=Part.BODY),
    )[len(lines) :: 2]
    assert answer == b"+OK ******\r\n"
    assert message.startswith(b"johnny and ")
    assert first.split()[1] == b"SCRAM-SHA-256" or b"Xyzzy" not in message


@pytest.mark.parametrize("part", [Part.HEAD, Part.BODY])
@pytest.mark.parametrize(
    "hidden", [b"Xyzzy-secret", b"a.long.address@mail.example.org", b"192.0.2.25"]
)
def test_what_is_hidden_does_not_show_between_the_pieces_of_a_long_line(
    hidden: bytes, part: Part
) -> None:
    login: list[Event] = [LineReceived(1, b"PASS Xyzzy-secret\r"), LineReceived(1, b"NOOP\r")]
    line = b"+OK " + b" " * 5000 + hidden + b" " * 5000 + b"\r\n"
    whole = masked(*login, said(line, part=part))[-1]
    assert hidden not in whole
    for at in range(5003, 5005 + len(hidden)):
        for pieces in (
            [line[:at], line[at:]],
            [line[:at], *map(bytes, zip(line[at : at + 40], strict=False)), line[at + 40 :]],
        ):
            assert (
                b"".join(masked(*login, *(said(piece, part=part) for piece in pieces))[2:]) == whole
            )


def test_no_more_secrets_of_a_session_are_kept_than_somebody_types() -> None:
    secrets = Secrets()
    for number in range(1000):
        secrets.add([Secret(b"secret-%d" % number)])
    assert secrets.starred(b"secret-999 secret-1", names=True) == b"********** secret-1"


def test_nothing_is_kept_of_a_session_that_is_over() -> None:
    masking = Masking([])
    for session in range(1, 100):
        for event in (
            LineReceived(session, b"PASS Xyzzy\r"),
            SessionEnded(session, "quit", None, BoundedCounter()),
            ConnectionClosed(session, "closed"),
        ):
            masking.on_event(0.0, event)
    assert len(pickle.dumps(vars(masking))) < 2000


@pytest.mark.parametrize("octets", [b"@", b"<@", b"<a@", b"<", b"<<@>"])
def test_a_greeting_of_anything_comes_to_an_end(octets: bytes) -> None:
    greeting = b"+OK <" + octets * (1_048_576 // len(octets))
    assert len(masked(said(greeting + b"\r\n"))[0]) == len(greeting) + 2
