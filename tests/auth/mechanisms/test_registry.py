from pop3lab.auth.accounts import LoginOptions
from pop3lab.auth.authenticator import Authenticator
from pop3lab.auth.credentials import Account
from pop3lab.auth.password_hashes import read_password
from pop3lab.auth.tokens import StaticTokens, Token
from pop3lab.core.sasl import Channel
from tests.auth.exchanges import names

SHA = Account("bob", read_password("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="))
FULL = Channel(
    bindings={"tls-unique": b"u"}, certificate_names=("ann",), challenge="<1@x>", secure=True
)


def test_p165_p199_everything_in_order_of_preference() -> None:
    accounts = Authenticator(
        {"ann": "secret"},
        LoginOptions(tokens=StaticTokens({"token": Token("ann")}), anonymous="guest"),
    )
    assert names(accounts, FULL) == [
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1",
        "OAUTHBEARER",
        "XOAUTH2",
        "EXTERNAL",
        "CRAM-MD5",
        "PLAIN",
        "LOGIN",
        "ANONYMOUS",
    ]


def test_p166_a_hash_serves_only_where_the_password_is_sent() -> None:
    assert names(Authenticator({"bob": SHA}), FULL) == ["PLAIN", "LOGIN"]
    assert names(Authenticator({"bob": SHA}), FULL._replace(clear=False)) == []


def test_nobody_nothing() -> None:
    assert names(Authenticator({}), FULL) == []


def test_p070_only_what_the_accounts_allow() -> None:
    ann = Account("ann", read_password("{PLAIN}secret"), frozenset({"CRAM-MD5"}))
    assert names(Authenticator({"ann": ann}), FULL) == ["CRAM-MD5"]
