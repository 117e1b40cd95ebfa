"""AUTH, octet by octet."""

from base64 import b64encode

import pytest

from pop3lab.core.actions import Close
from pop3lab.core.session import Session
from tests.behaviours.ruled import LOGIN, ruled
from tests.dialogue import done, fed, play, sent
from tests.wording import (
    CANCELLED,
    FAILED,
    LOG_IN_FIRST,
    MALFORMED,
    NO_MECHANISM,
    ONE_OR_TWO_ARGUMENTS,
    OPEN_TWO,
    as_sent,
)

PLAIN = b64encode(b"\0ann\0secret")
ENTERED = as_sent(OPEN_TWO)
NTLM = "ntlm-type2-offsets"
GMAIL = b64encode(b'{"status": "400", "schemes": "Bearer", "scope": "https://mail.google.com/"}')
TOKEN = b64encode(b"user=ann\x01auth=Bearer xyz\x01\x01")


def said(asked: Session, *lines: bytes) -> list[bytes]:
    """What comes back to each line."""
    return [sent(fed(asked, line + b"\r\n")) for line in lines]


def sasl(asked: Session) -> bytes:
    return next(each for each in sent(fed(asked, b"CAPA\r\n")).split(b"\r\n") if b"SASL" in each)


def test_auth_plus_nospace() -> None:
    bare = ruled("auth-plus-nospace")
    assert said(bare, b"AUTH PLAIN", PLAIN) == [b"+\r\n", ENTERED]


def test_auth_plus_nospace_is_for_empty_challenges() -> None:
    bare = ruled("auth-plus-nospace")
    assert said(bare, b"AUTH LOGIN") == [b"+ VXNlcm5hbWU6\r\n"]


def test_auth_plus_text() -> None:
    assert said(ruled("auth-plus-text"), b"AUTH PLAIN", PLAIN) == [b"+ go ahead\r\n", ENTERED]
    login = ruled('auth-plus-text text="\\xa1!"')
    words = said(login, b"AUTH LOGIN", b64encode(b"ann"), b64encode(b"secret"))
    assert words == [b"+ \xa1!\r\n", b"+ \xa1!\r\n", ENTERED]


def test_auth_plus_text_leaves_challenges_alone_that_say_something() -> None:
    scram = ruled("auth-plus-text")
    first = b64encode(b"n,,n=ann,r=fyko+d2lbbFgONRv9qkxdawL")
    assert said(scram, b"AUTH SCRAM-SHA-256", first)[1].startswith(b"+ cj1meWtv")


def test_auth_ok_instead_of_plus() -> None:
    assert said(ruled("auth-ok-instead-of-plus"), b"AUTH PLAIN", PLAIN) == [b"+OK\r\n", ENTERED]
    login = ruled("auth-ok-instead-of-plus")
    assert said(login, b"AUTH LOGIN", b64encode(b"ann")) == [b"+OK\r\n", b"+ UGFzc3dvcmQ6\r\n"]
    assert said(login, b64encode(b"no"))[0] == as_sent(FAILED)
    assert said(login, b"AUTH PLAIN " + PLAIN) == [ENTERED]


def test_auth_ok_instead_of_plus_takes_the_next_line_for_a_response() -> None:
    taken = ruled("auth-ok-instead-of-plus")
    assert said(taken, b"AUTH PLAIN", b"CAPA") == [
        b"+OK\r\n",
        as_sent(MALFORMED),
    ]


def test_auth_no_ir() -> None:
    refusing = ruled("auth-no-ir")
    assert said(refusing, b"AUTH PLAIN", PLAIN) == [b"+ \r\n", ENTERED]
    refusing = ruled("auth-no-ir")
    actions = done(fed(refusing, b"AUTH PLAIN " + PLAIN + b"\r\n"))
    assert sent(actions) == b"-ERR Protocol error. Connection is closed. 10\r\n"
    assert actions[-1] == Close()


def test_auth_no_ir_that_does_not_close() -> None:
    refusing = ruled("auth-no-ir close=no text=no")
    assert said(refusing, b"AUTH PLAIN =", b"AUTH PLAIN " + PLAIN, b"AUTH PLAIN", PLAIN) == [
        b"-ERR no\r\n",
        b"-ERR no\r\n",
        b"+ \r\n",
        ENTERED,
    ]


@pytest.mark.parametrize("spare", [0, -1])
def test_auth_long_token(spare: int) -> None:
    octets = len(b"AUTH PLAIN " + PLAIN + b"\r\n") + spare
    limited = ruled(f"auth-long-token octets={octets}")
    actions = done(fed(limited, b"AUTH PLAIN " + PLAIN + b"\r\n"))
    assert sent(actions) == (ENTERED if spare == 0 else b"-ERR Input line too long.\r\n")
    assert (actions[-1] == Close()) is (spare < 0)


@pytest.mark.parametrize("spare", [0, -1])
def test_auth_long_token_in_a_response(spare: int) -> None:
    octets = len(PLAIN + b"\r\n") + spare
    limited = ruled(f"auth-long-token octets={octets} close=no text=long")
    answer = ENTERED if spare == 0 else b"-ERR long\r\n"
    assert said(limited, b"AUTH PLAIN", PLAIN) == [b"+ \r\n", answer]
    if spare:
        assert said(limited, b"NOOP") == [as_sent(LOG_IN_FIRST)], "the exchange is over"


@pytest.mark.parametrize("name", [b"XOAUTH2", b"OAUTHBEARER"])
def test_auth_oauth_error_continuation(name: bytes) -> None:
    refusing = ruled("auth-oauth-error-continuation")
    assert sasl(refusing).endswith(b" OAUTHBEARER XOAUTH2")
    assert said(refusing, b"AUTH " + name + b" " + TOKEN, b"") == [
        b"+ " + GMAIL + b"\r\n",
        as_sent(FAILED),
    ]
    assert said(refusing, b"AUTH " + name, TOKEN, b"*") == [
        b"+ \r\n",
        b"+ " + GMAIL + b"\r\n",
        as_sent(CANCELLED),
    ]
    play(refusing, LOGIN)


def test_auth_mech_broken() -> None:
    broken = ruled("auth-mech-broken plain")
    assert sasl(broken) == sasl(ruled())
    failed = b"-ERR [AUTH] authentication failed\r\n"
    assert said(broken, b"AUTH PLAIN", PLAIN) == [b"+ \r\n", failed]
    assert said(broken, b"AUTH PLAIN " + PLAIN) == [failed]
    assert said(broken, b"AUTH LOGIN", b64encode(b"ann"), b64encode(b"secret"))[2] == ENTERED


def test_auth_mech_broken_at_once() -> None:
    broken = ruled("auth-mech-broken CRAM-MD5 refused")
    assert b" CRAM-MD5" in sasl(broken)
    assert said(broken, b"AUTH CRAM-MD5") == [b"-ERR [AUTH] authentication failed\r\n"]
    play(broken, LOGIN)


def test_auth_mech_broken_that_drops() -> None:
    assert done(fed(ruled("auth-mech-broken how=drops"), b"AUTH CRAM-MD5\r\n")) == [Close()]


def test_auth_cmd_chokes() -> None:
    listing = ruled("auth-cmd-chokes")
    names = sasl(listing).split(b" ")[1:]
    assert said(listing, b"AUTH") == [b"+OK\r\n" + b"\r\n".join(names) + b"\r\n.\r\n"]
    play(listing, LOGIN)
    assert said(ruled("auth-cmd-chokes how=garbage"), b"AUTH") == [b"??\r\n"]
    assert done(fed(ruled("auth-cmd-chokes how=close"), b"AUTH\r\n")) == [Close()]


def test_auth_cmd_chokes_behind_user() -> None:
    choking = ruled("auth-cmd-chokes after-user garbage")
    assert said(choking, b"AUTH PLAIN", b"*") == [b"+ \r\n", as_sent(CANCELLED)]
    assert said(choking, b"USER ann", b"AUTH PLAIN", b"AUTH")[1:] == [
        b"??\r\n",
        as_sent(ONE_OR_TWO_ARGUMENTS),
    ]


def test_auth_cmd_chokes_with_a_list_of_its_own() -> None:
    assert said(ruled("auth-cmd-chokes mechanisms=X,PLAIN"), b"AUTH") == [
        b"+OK\r\nX\r\nPLAIN\r\n.\r\n"
    ]


def test_auth_only() -> None:
    only = ruled("auth-only plain,XOAUTH2")
    assert sasl(only) == b"SASL PLAIN"
    assert said(only, b"AUTH LOGIN", b"AUTH XOAUTH2", b"AUTH", b"auth plain", PLAIN) == [
        as_sent(NO_MECHANISM),
        as_sent(NO_MECHANISM),
        as_sent(ONE_OR_TWO_ARGUMENTS),
        b"+ \r\n",
        ENTERED,
    ]


def test_auth_only_with_none() -> None:
    none = ruled("auth-only")
    assert b"SASL" not in sent(fed(none, b"CAPA\r\n"))
    assert said(none, b"AUTH PLAIN " + PLAIN, b"AUTH SCRAM-SHA-256") == [
        as_sent(NO_MECHANISM),
        as_sent(NO_MECHANISM),
    ]
    play(none, LOGIN)


def test_auth_only_leaves_what_another_rule_offers_in_either_order() -> None:
    assert sasl(ruled("auth-only PLAIN", "capa-lines TOP,SASL")) == b"SASL"
    assert sasl(ruled('capa-lines "SASL LOGIN PLAIN"', "auth-only PLAIN,NTLM")) == b"SASL PLAIN"
    for rules in (("auth-only PLAIN", NTLM), (NTLM, "auth-only PLAIN")):
        both = ruled(*rules)
        assert sasl(both) == b"SASL PLAIN NTLM"
        assert said(both, b"AUTH NTLM", b"*", b"AUTH LOGIN") == [
            b"+ \r\n",
            as_sent(CANCELLED),
            as_sent(NO_MECHANISM),
        ]


def test_auth_list_only_unusable() -> None:
    unusable = ruled("auth-list-only-unusable")
    assert sasl(unusable) == b"SASL NTLM"
    assert b"\r\nUSER\r\n" not in sent(fed(unusable, b"CAPA\r\n"))
    assert said(unusable, b"AUTH NTLM", b"AUTH PLAIN", b"USER ann") == [
        b"-ERR authentication failed\r\n",
        b"-ERR authentication failed\r\n",
        b"-ERR use AUTH\r\n",
    ]


def test_auth_list_only_unusable_beside_user() -> None:
    unusable = ruled("auth-list-only-unusable NTLM,GSSAPI user=yes")
    assert sasl(unusable) == b"SASL NTLM GSSAPI"
    assert b"\r\nUSER\r\n" in sent(fed(unusable, b"CAPA\r\n"))
    play(unusable, LOGIN)


def test_several_at_once() -> None:
    """A profile like outlook-o365: each has its say, in whatever order they stand."""
    for order in (1, -1):
        names = ["auth-no-ir", "auth-plus-nospace", "auth-fail-temporary code=X text=t"][::order]
        office = ruled(*names)
        assert said(office, b"AUTH PLAIN", PLAIN) == [b"+\r\n", b"-ERR [X] t\r\n"]
        assert said(office, b"AUTH PLAIN " + PLAIN)[0].startswith(b"-ERR Protocol error.")
