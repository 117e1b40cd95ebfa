"""NTLM, with the client of pyspnego, and with messages that no client sends."""

import random
import sys
from collections.abc import Callable

import pytest
import spnego
from spnego._ntlm_raw.messages import Authenticate, Challenge, Negotiate, NegotiateFlags

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account
from pop3lab.auth.password_hashes import read_password
from pop3lab.core.errors import ConfigError, LoginFailed, NotUnderstood
from tests.auth.exchanges import begin, malformed, names, refused, run

SHA = Account("bob", read_password("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="))
HASH = "0" * 32 + ":" + "1" * 32  # which the library would take for two hashes
ACCOUNTS = Authenticator(
    {"ann": "secret", "bob": SHA, "grüße": "pässwörd", "eve": HASH}, LoginOptions(ntlm=True)
)
V1 = NegotiateFlags.unicode | NegotiateFlags.ntlm | NegotiateFlags.request_target


def _two(name: str, password: str) -> tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]:
    context = spnego.client(
        name, password, protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm
    )

    def step(challenge: bytes) -> bytes:
        return context.step(challenge or None) or b""

    return step, step


@pytest.mark.parametrize("name", ["ann", "DOMAIN\\ann", "grüße"])
@pytest.mark.parametrize("level", ["0", "1", "3", "5"])  # up to 2 it is NTLM version 1
def test_the_user_logs_in(name: str, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", level)
    password = "pässwörd" if name == "grüße" else "secret"
    assert run(begin(ACCOUNTS, "NTLM"), *_two(name, password)) == name.rpartition("\\")[2]


@pytest.mark.parametrize("level", ["0", "1", "3"])
@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "wrong"),
        ("ann", "Secret"),
        ("Ann", "secret"),
        ("nobody", "secret"),
        ("bob", "secret"),  # whose password is not known in clear
        ("eve", HASH[33:]),
    ],
)
def test_all_others_are_refused_in_the_same_words(
    name: str, password: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", level)
    refused(begin(ACCOUNTS, "NTLM"), *_two(name, password))


def test_a_response_is_for_one_challenge() -> None:
    first, second = _two("ann", "secret")
    exchanged = begin(ACCOUNTS, "NTLM")
    answer = second(exchanged.send(first(next(exchanged))))
    refused(begin(ACCOUNTS, "NTLM"), _two("ann", "secret")[0], answer)


def test_the_challenge_tells_nothing_of_the_machine() -> None:
    exchanged = begin(ACCOUNTS, "NTLM")
    challenges = set()
    for _ in range(2):
        exchanged = begin(ACCOUNTS, "NTLM")
        challenge = Challenge.unpack(exchanged.send(_two("ann", "x")[0](next(exchanged))))
        challenges.add(challenge.server_challenge)
        assert challenge.target_name == "POP3LAB"
        assert set((challenge.target_info or {}).values()) == {"POP3LAB", b""}
        assert not challenge.flags & NegotiateFlags.version
        assert not challenge.flags & NegotiateFlags.oem
    assert len(challenges) == 2


def test_a_client_without_unicode() -> None:
    exchanged = begin(ACCOUNTS, "NTLM")
    next(exchanged)
    oem = Challenge.unpack(exchanged.send(Negotiate(NegotiateFlags.oem).pack()))
    assert oem.flags & NegotiateFlags.oem
    malformed(begin(ACCOUNTS, "NTLM"), Negotiate(NegotiateFlags.ntlm).pack())


NEGOTIATE = Negotiate(V1).pack()
RESPONSE = bytes(24)


@pytest.mark.parametrize(
    "responses",
    [
        (b"",),
        (b"NTLMSSP\0",),
        (b"x" * 40,),
        (NEGOTIATE, b""),
        (NEGOTIATE, NEGOTIATE),
        (NEGOTIATE, Authenticate(V1, RESPONSE, RESPONSE, username="").pack()),
        (NEGOTIATE, Authenticate(V1, RESPONSE, b"", username="ann").pack()),
        (NEGOTIATE, Authenticate(V1, RESPONSE, bytes(23), username="ann").pack()),
    ],
)
def test_malformed(responses: tuple[bytes, ...]) -> None:
    malformed(begin(ACCOUNTS, "NTLM"), *responses)


def test_any_octets() -> None:
    """Each octet of both messages changed, and each cut of them: nothing else is raised."""
    chance = random.Random(1)
    first, second = _two("ann", "secret")
    exchanged = begin(ACCOUNTS, "NTLM")
    one = first(next(exchanged))
    two = second(exchanged.send(one))
    for _ in range(3000):
        answers = [one, two]
        which = chance.randrange(2)
        answers[which] = _bent(answers[which], chance)
        with pytest.raises((LoginFailed, NotUnderstood, ValueError)):
            run(begin(ACCOUNTS, "NTLM"), *answers)


def _bent(octets: bytes, chance: random.Random) -> bytes:
    bent = bytearray(octets)
    for _ in range(chance.randrange(1, 4)):
        bent[chance.randrange(len(bent))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    return bytes(bent[: chance.randrange(len(bent) + 1)] if chance.random() < 0.3 else bent)


def test_it_is_offered_only_where_it_is_asked_for_and_some_password_is_known() -> None:
    assert "NTLM" not in names(Authenticator({"ann": "secret"}))
    assert "NTLM" in names(ACCOUNTS)
    assert names(ACCOUNTS).index("NTLM") < names(ACCOUNTS).index("PLAIN")
    assert "NTLM" not in names(Authenticator({"bob": SHA}, LoginOptions(ntlm=True)))
    plain = Account("ann", read_password("{PLAIN}secret"), frozenset({"PLAIN"}))
    assert "NTLM" not in names(Authenticator({"ann": plain}, LoginOptions(ntlm=True)))


def test_a_missing_library_is_one_sentence_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spnego", None)
    with pytest.raises(ConfigError, match=r"^NTLM needs a library: pip install 'pop3lab\[ntlm\]'$"):
        Authenticator({"ann": "secret"}, LoginOptions(ntlm=True))
