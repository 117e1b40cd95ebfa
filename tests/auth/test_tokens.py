import pytest

from pop3lab.auth.tokens import StaticTokens, Token, TokenRefused, Tokens, TokenState
from pop3lab.core.errors import ConfigError

TOKENS: Tokens = StaticTokens(
    {
        "good": Token("ann"),
        "old": Token("ann", TokenState.EXPIRED),
        "revoked": Token("ann", TokenState.REVOKED),
        "both": Token("ann", others=("bob", "team")),
        "elsewhere": Token("bob", TokenState("wrong-scope")),
    }
)


def test_p242_a_valid_token() -> None:
    assert TOKENS.users_for("good") == ("ann",)
    assert TOKENS.users == {"ann", "bob", "team"}
    assert TOKENS.users_for("both") == ("ann", "bob", "team")


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("old", "invalid_token"),
        ("revoked", "invalid_token"),
        ("unknown", "invalid_token"),
        ("", "invalid_token"),
        ("GOOD", "invalid_token"),
        ("elsewhere", "insufficient_scope"),
    ],
)
def test_p239_the_others(token: str, status: str) -> None:
    with pytest.raises(TokenRefused) as refusal:
        TOKENS.users_for(token)
    assert refusal.value.status == status


@pytest.mark.parametrize("text", ["", "a b", "é", "=a"])
def test_a_token_that_can_not_be_sent(text: str) -> None:
    with pytest.raises(ConfigError, match="a token consists of letters"):
        StaticTokens({text: Token("ann")})


def test_tokens_are_not_kept_as_they_are() -> None:
    assert "good" not in repr(vars(TOKENS))
