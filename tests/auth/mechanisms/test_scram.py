import hashlib
from base64 import b64decode
from collections import Counter

import pytest
import scramp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account, derive_scram_keys, format_scram_keys
from pop3lab.auth.mechanisms.scram import Lookup, scram
from pop3lab.auth.password_hashes import read_password
from pop3lab.core.errors import LoginFailed, NotUnderstood
from pop3lab.core.sasl import Channel, SaslGenerator
from tests.auth.exchanges import ScramClient, begin, malformed, mechanism, names, refused, run

DIGESTS = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}
BOTH = pytest.mark.parametrize("name", list(DIGESTS))
ENDPOINT, UNIQUE, EXPORTER = b"e" * 32, b"u" * 12, b"x" * 32
BINDINGS = {"tls-server-end-point": ENDPOINT, "tls-unique": UNIQUE, "tls-exporter": EXPORTER}
TLS = Channel(secure=True, bindings=BINDINGS)
UNBOUND = Channel(secure=True, end_point=ENDPOINT)  # as under TLS 1.3 without an exporter


def kept(name: str, mechanism: str = "SCRAM-SHA-256", iterations: int = 5000) -> Account:
    keys = derive_scram_keys(mechanism, "secret", b"salt of 12 o", iterations)
    return Account(name, read_password(f"{{{mechanism}}}{format_scram_keys(keys)}"))


IN_CLEAR = Authenticator({"ann": "secret", "a,b=c": "secret", "jürgen": "pässword"})
KEPT = Authenticator({"ann": kept("ann")})
MIXED = Authenticator({"ann": "secret", "bob": kept("bob")})


def client(mechanism: str, password: str = "secret", **odd: object) -> ScramClient:
    return ScramClient(password, DIGESTS[mechanism], **odd)  # type: ignore[arg-type]


# RFC 5802 section 5 and RFC 7677 section 3: nonce of the client, of the server, salt, messages.
VECTORS = {
    "SCRAM-SHA-1": (
        "fyko+d2lbbFgONRv9qkxdawL",
        "3rfcNHYJY1ZVvWVs7j",
        "QSXCR+Q6sek8bf92",
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    "SCRAM-SHA-256": (
        "rOprNGfwEbeRWgbNEkqO",
        "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "W22ZaJ0SNY7soEsUEjb6gQ==",
        (
            b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        ),
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
}


def by_the_rfc(name: str) -> SaslGenerator:
    _, nonce, salt, _, _ = VECTORS[name]
    keys = derive_scram_keys(name, "pencil", b64decode(salt), 4096)
    return scram(
        name,
        Lookup(lambda user: keys, lambda user: user, lambda asked, user: user),
        {},
        nonce=nonce,
    )


@BOTH
def test_p222_p223_scram_by_the_examples_of_rfc_5802_and_rfc_7677(name: str) -> None:
    mine, theirs, salt, final, signature = VECTORS[name]
    exchanged = by_the_rfc(name)
    assert next(exchanged) == b""
    assert exchanged.send(f"n,,n=user,r={mine}".encode()) == (
        f"r={mine}{theirs},s={salt},i=4096".encode()
    )
    assert exchanged.send(final) == signature
    with pytest.raises(StopIteration) as done:
        exchanged.send(b"")
    assert done.value.value == "user"


@BOTH
def test_p222_p223_p225_scram_as_a_whole(name: str) -> None:
    assert run(begin(IN_CLEAR, name), *client(name).steps) == "ann"


@BOTH
def test_p222_p223_with_scramps_own_client(name: str) -> None:
    theirs = scramp.ScramClient([name], "ann", "secret")
    exchanged = begin(IN_CLEAR, name)
    next(exchanged)
    theirs.set_server_first(exchanged.send(theirs.get_client_first().encode()).decode())
    theirs.set_server_final(exchanged.send(theirs.get_client_final().encode()).decode())
    with pytest.raises(StopIteration):
        exchanged.send(b"")


def test_p222_behind_the_signature_only_an_empty_response() -> None:
    first, final, _ = client("SCRAM-SHA-256").steps
    malformed(begin(IN_CLEAR, "SCRAM-SHA-256"), first, final, b"x")


def test_p223_from_stored_keys_with_their_salt_and_iterations() -> None:
    right = client("SCRAM-SHA-256")
    assert run(begin(KEPT, "SCRAM-SHA-256"), *right.steps) == "ann"
    assert (right.salt, right.iterations) == (b"salt of 12 o", 5000)
    assert names(KEPT, Channel(clear=False, challenge="<1@x>")) == ["SCRAM-SHA-256"]


@BOTH
def test_p221_p225_the_client_may_speak_first(name: str) -> None:
    assert mechanism(IN_CLEAR, name).initial


@BOTH
@pytest.mark.parametrize("password", ["Secret", "secre", "secrets", ""])
def test_p224_wrong_passwords(name: str, password: str) -> None:
    refused(begin(IN_CLEAR, name), *client(name, password).steps[:2], why="invalid-proof")


@BOTH
def test_who_was_refused_is_known_to_operators(name: str) -> None:
    with pytest.raises(LoginFailed) as told:
        run(begin(IN_CLEAR, name), *client(name, "wrong").steps[:2])
    assert told.value.user == "ann"


@BOTH
def test_p224_proofs_of_nothing(name: str) -> None:
    size = hashlib.new(DIGESTS[name]).digest_size
    for proof in (bytes(size), bytes(size - 1), bytes(size + 1), b"\xff"):
        wrong = client(name, proof=proof).steps[:2]
        refused(begin(IN_CLEAR, name), *wrong, why="invalid-proof")


@pytest.mark.parametrize(
    "echo",
    [
        lambda nonce: nonce[:-1],
        lambda nonce: nonce + "x",
        lambda nonce: nonce[:-1] + "~",
        lambda nonce: nonce[:24],
        lambda nonce: nonce.upper(),
        lambda nonce: "x",
    ],
)
def test_p226_the_whole_nonce(echo: object) -> None:
    wrong = client("SCRAM-SHA-256", echo=echo)
    malformed(begin(IN_CLEAR, "SCRAM-SHA-256"), *wrong.steps[:2], why="other-error")


def test_p227_c_without_anything() -> None:
    wrong = client("SCRAM-SHA-256", final_header="")
    malformed(begin(IN_CLEAR, "SCRAM-SHA-256"), *wrong.steps[:2], why="other-error")


@pytest.mark.parametrize("final", ["y,,", "n,", "n,a=ann,", "n,,x", "p=tls-unique,,"])
def test_p227_c_is_the_header_sent_before(final: str) -> None:
    wrong = client("SCRAM-SHA-256", final_header=final)
    refused(begin(IN_CLEAR, "SCRAM-SHA-256"), *wrong.steps[:2], why="channel-bindings-dont-match")


def test_p228_iterations_and_a_salt_for_each_user_that_stays() -> None:
    salts = []
    for name in ("ann", "a=2Cb=3Dc", "ann"):
        one = client("SCRAM-SHA-256", name=name)
        run(begin(IN_CLEAR, "SCRAM-SHA-256"), *one.steps)
        assert one.iterations >= 4096
        assert len(one.salt) >= 16
        salts.append(one.salt)
    assert salts[0] == salts[2] != salts[1]


def test_p228_salts_are_made_of_the_secret() -> None:
    def salt(secret: bytes) -> bytes:
        one = client("SCRAM-SHA-256")
        accounts = Authenticator({"ann": "secret"}, LoginOptions(secret=secret))
        run(begin(accounts, "SCRAM-SHA-256"), *one.steps)
        return one.salt

    assert salt(b"1") == salt(b"1") != salt(b"2")


@BOTH
def test_p229_y_fails_where_plus_is_offered_and_only_there(name: str) -> None:
    assert run(begin(IN_CLEAR, name), *client(name, header="y,,").steps) == "ann"
    hidden = client(name, header="y,,").steps[:1]
    refused(begin(IN_CLEAR, name, TLS), *hidden, why="server-does-support-channel-binding")
    assert run(begin(IN_CLEAR, name, UNBOUND), *client(name, header="y,,").steps) == "ann"
    assert run(begin(IN_CLEAR, name, TLS), *client(name).steps) == "ann"


@pytest.mark.parametrize("channel", [Channel(), TLS])
@pytest.mark.parametrize("header", ["p=tls-server-end-point,,", "p=no-such-binding,,"])
def test_p230_binding_without_plus(channel: Channel, header: str) -> None:
    first = header.encode() + b"n=ann,r=abc"
    refused(begin(IN_CLEAR, "SCRAM-SHA-256", channel), first, why="channel-binding-not-supported")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("n,,", "server-does-support-channel-binding"),
        ("y,,", "server-does-support-channel-binding"),
        ("p=no-such-binding,,", "unsupported-channel-binding-type"),
    ],
)
def test_p230_p236_plus_without_a_binding_that_is_there(header: str, why: str) -> None:
    first = header.encode() + b"n=ann,r=abc"
    refused(begin(IN_CLEAR, "SCRAM-SHA-256-PLUS", TLS), first, why=why)


@pytest.mark.parametrize("header", ["p=,,", "p,,"])
def test_p230_p236_plus_with_a_malformed_header(header: str) -> None:
    first = header.encode() + b"n=ann,r=abc"
    malformed(begin(IN_CLEAR, "SCRAM-SHA-256-PLUS", TLS), first, why="other-error")


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"n",
        b"n,,",
        b"n,n=ann,r=abc",
        b"n,,n=ann",
        b"n,,r=abc,n=ann",
        b"n,,n=ann,r=",
        b"n,,n=,r=abc",
        b"n,,m=x,n=ann,r=abc",
        b"n,,n=ann,r=abc,m=x",
        b"n,,n=ann,r=a\x7fbc",
        b"n,,n=ann,r=abc\0",
        b"n,,n=ann,r=abc,",
        b"n,,n=ann,r=abc,n=ann",
        b"N,,n=ann,r=abc",
        b"z,,n=ann,r=abc",
        b"n,x,n=ann,r=abc",
        b"n,a=,n=ann,r=abc",
        b"n,a=a=41,n=ann,r=abc",
        b"n,a=\0,n=ann,r=abc",
        b"n,,n=\xff,r=abc",
    ],
)
def test_p231_malformed_first_messages(first: bytes) -> None:
    malformed(begin(IN_CLEAR, "SCRAM-SHA-256"), first)


@pytest.mark.parametrize(
    "final",
    [
        b"",
        b"c=biws",
        b"r=x,c=biws,p=eA==",
        b"c=biws,r=x",
        b"c=!,r=x,p=eA==",
        b"c=biws,r=x,p=!",
        b"c=biws,m=x,r=x,p=eA==",
        b"\xff",
    ],
)
def test_p231_malformed_final_messages(final: bytes) -> None:
    malformed(begin(IN_CLEAR, "SCRAM-SHA-256"), client("SCRAM-SHA-256").first, final)


def test_p231_extensions_that_are_no_duty_are_ignored() -> None:
    extended = client("SCRAM-SHA-256", extension=",x=y")
    assert run(begin(IN_CLEAR, "SCRAM-SHA-256"), *extended.steps) == "ann"


@pytest.mark.parametrize("name", ["ann=41", "ann=", "ann=2c", "=", "ann=3", "ann=3d"])
def test_p232_the_equals_sign_in_names(name: str) -> None:
    first = f"n,,n={name},r=abc".encode()
    malformed(begin(IN_CLEAR, "SCRAM-SHA-256"), first, why="invalid-username-encoding")


def test_p232_escaped_names() -> None:
    escaped = client("SCRAM-SHA-256", name="a=2Cb=3Dc", header="n,a=a=2Cb=3Dc,")
    assert run(begin(IN_CLEAR, "SCRAM-SHA-256"), *escaped.steps) == "a,b=c"


def test_names_and_passwords_are_prepared() -> None:
    decomposed = client("SCRAM-SHA-256", "pässword", name="ju\u0308rgen")
    assert run(begin(IN_CLEAR, "SCRAM-SHA-256"), *decomposed.steps) == "jürgen"


@BOTH
def test_p233_the_own_name_is_fine_a_foreign_one_fails(name: str) -> None:
    assert run(begin(IN_CLEAR, name), *client(name, header="n,a=ann,").steps) == "ann"
    refused(begin(IN_CLEAR, name), *client(name, header="n,a=tim,").steps[:2])
    refused(begin(IN_CLEAR, name), *client(name, header="n,a=Ann,").steps[:2])


@BOTH
@pytest.mark.parametrize("binding", list(BINDINGS))
@pytest.mark.parametrize("authorization", ["", "a=ann"])
def test_p234_p235_plus(name: str, binding: str, authorization: str) -> None:
    bound = client(name, header=f"p={binding},{authorization},", binding=BINDINGS[binding])
    assert run(begin(IN_CLEAR, f"{name}-PLUS", TLS), *bound.steps) == "ann"


@pytest.mark.parametrize("binding", list(BINDINGS))
@pytest.mark.parametrize("octets", [b"", b"other", ENDPOINT + b"e", UNIQUE[1:]])
def test_p236_other_data(binding: str, octets: bytes) -> None:
    bound = client("SCRAM-SHA-256", header=f"p={binding},,", binding=octets)
    wrong = begin(IN_CLEAR, "SCRAM-SHA-256-PLUS", TLS)
    refused(wrong, *bound.steps[:2], why="channel-bindings-dont-match")


def test_p236_a_binding_that_this_channel_has_not() -> None:
    channel = Channel(secure=True, bindings={"tls-server-end-point": ENDPOINT})
    bound = client("SCRAM-SHA-256", header="p=tls-unique,,", binding=UNIQUE)
    other = begin(IN_CLEAR, "SCRAM-SHA-256-PLUS", channel)
    refused(other, *bound.steps[:1], why="unsupported-channel-binding-type")


@pytest.mark.parametrize("user", ["ann", "nobody"])
@pytest.mark.parametrize("password", ["secret", "wrong"])
def test_p238_a_wrong_binding_says_the_same_for_everybody(user: str, password: str) -> None:
    bound = client("SCRAM-SHA-256", password, name=user, header="p=tls-unique,,", binding=b"other")
    wrong = begin(IN_CLEAR, "SCRAM-SHA-256-PLUS", TLS)
    refused(wrong, *bound.steps[:2], why="channel-bindings-dont-match")


def test_p237_plus_only_with_a_channel_to_bind_to() -> None:
    scrams = ["SCRAM-SHA-256", "SCRAM-SHA-1"]
    assert [name for name in names(IN_CLEAR) if "SCRAM" in name] == scrams
    plus = [f"{name}-PLUS" for name in scrams]
    assert [name for name in names(IN_CLEAR, TLS) if "SCRAM" in name] == plus + scrams
    assert [name for name in names(IN_CLEAR, UNBOUND) if "SCRAM" in name] == scrams


@BOTH
@pytest.mark.parametrize("unknown", ["nobody", "Ann"])
def test_p238_unknown_users_fail_at_the_proof(name: str, unknown: str) -> None:
    salts = []
    for _ in range(2):
        stranger = client(name, name=unknown)
        refused(begin(IN_CLEAR, name), *stranger.steps[:2], why="invalid-proof")
        salts.append((stranger.salt, stranger.iterations))
    assert salts[0] == salts[1]
    known = client(name)
    run(begin(IN_CLEAR, name), *known.steps)
    assert (len(known.salt), known.iterations) == (len(salts[0][0]), salts[0][1])


def test_p238_unknown_users_look_like_those_that_are_kept() -> None:
    stranger = client("SCRAM-SHA-256", name="nobody")
    refused(begin(KEPT, "SCRAM-SHA-256"), *stranger.steps[:2], why="invalid-proof")
    assert (len(stranger.salt), stranger.iterations) == (12, 5000)


def test_p238_users_whose_password_is_kept_otherwise_look_unknown() -> None:
    accounts = Authenticator({"ann": kept("ann"), "bob": kept("bob", "SCRAM-SHA-1")})
    bob = client("SCRAM-SHA-256", name="bob").steps[:2]
    refused(begin(accounts, "SCRAM-SHA-256"), *bob, why="invalid-proof")
    assert run(begin(accounts, "SCRAM-SHA-1"), *client("SCRAM-SHA-1", name="bob").steps) == "bob"


def shapes(accounts: Authenticator, secret: bytes = b"s") -> dict[str, tuple[int, int]]:
    """Iterations and octets of the salt that each of some unknown names is told."""
    book = Authenticator(
        {one.name: one for one in accounts.accounts.all}, LoginOptions(secret=secret)
    )
    keys = {
        f"x{n}": book.accounts.scram_credentials("SCRAM-SHA-256").keys(f"x{n}") for n in range(400)
    }
    assert len({each.salt for each in keys.values()}) == len(keys)
    return {name: (each.iterations, len(each.salt)) for name, each in keys.items()}


def test_p238_unknown_users_have_the_shapes_of_users_in_their_proportions() -> None:
    users = {f"u{n}": kept(f"u{n}", iterations=4096 + 4 * (n % 4 // 3)) for n in range(20)}
    seen = Counter(shapes(Authenticator(users)).values())
    assert set(seen) == {(4096, 12), (4100, 12)}
    assert 250 < seen[4096, 12] < 350  # 300 are to be expected


def test_p238_a_user_more_changes_hardly_any_unknown_name() -> None:
    users = {f"u{n}": kept(f"u{n}", iterations=4096 + 4 * (n % 2)) for n in range(50)}
    before = shapes(Authenticator(users))
    after = shapes(Authenticator({**users, "one more": kept("one more")}))
    changed = [name for name in before if before[name] != after[name]]
    assert len(changed) < 40
    assert shapes(Authenticator(users)) == before != shapes(Authenticator(users), b"another")


@pytest.mark.parametrize(("accounts", "calls"), [(IN_CLEAR, 1), (KEPT, 0), (MIXED, 1)])
@pytest.mark.parametrize("user", ["ann", "bob", "nobody"])
def test_p238_the_same_work_for_everybody(
    monkeypatch: pytest.MonkeyPatch, accounts: Authenticator, calls: int, user: str
) -> None:
    exchanged = begin(accounts, "SCRAM-SHA-256")
    next(exchanged)
    real, done = hashlib.pbkdf2_hmac, []

    def counted(digest: str, password: bytes, salt: bytes, iterations: int) -> bytes:
        done.append((digest, iterations))
        return real(digest, password, salt, iterations)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counted)
    exchanged.send(client("SCRAM-SHA-256", name=user).first())
    assert done == [("sha256", 4096)] * calls


@given(st.binary(), st.binary())
def test_any_octets(first: bytes, final: bytes) -> None:
    for start in (b"", b"n,,", b"n,,n=ann,r=", b"n,a="):
        with pytest.raises((LoginFailed, NotUnderstood, ValueError)):
            run(begin(KEPT, "SCRAM-SHA-256"), start + first, final)
    for start in (b"", b"c=biws,r=", b"c=biws,r=x,p="):
        with pytest.raises((LoginFailed, NotUnderstood, ValueError)):
            run(begin(KEPT, "SCRAM-SHA-256"), b"n,,n=ann,r=abc", start + final)


@given(st.text())
def test_any_name(name: str) -> None:
    first = f"n,,n={name},r=abc".encode("utf-8", "replace")
    with pytest.raises((LoginFailed, NotUnderstood, ValueError)):
        run(begin(KEPT, "SCRAM-SHA-256"), first, b"")
