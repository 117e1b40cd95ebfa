"""The file of bearer tokens."""

from pathlib import Path

import pytest

from pop3lab.auth.tokens import TokenState
from pop3lab.config.tokens_file import TokenLine, read_tokens_file
from pop3lab.core.errors import ConfigError

STATES = [state.value for state in TokenState]


def test_a_line_is_a_token_its_user_and_its_state(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("# ours\n\nabc.def== ann\nghi  bob,team wrong-scope\n")
    assert read_tokens_file(str(file), STATES) == {
        "abc.def==": TokenLine("ann", "valid", ()),
        "ghi": TokenLine("bob", "wrong-scope", ("team",)),
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"", ": there is no token in it: add lines TOKEN USER[,USER...] [STATE]"),
        (b"# abc ann\n\n", ": there is no token in it: add lines TOKEN USER[,USER...] [STATE]"),
        (b"abc ann valid # x", " line 1: give TOKEN USER, and a STATE if it is not valid"),
        (b"abc", " line 1: give TOKEN USER, and a STATE if it is not valid"),
        (b"abc ann valid more", " line 1: give TOKEN USER, and a STATE if it is not valid"),
        (b"\nabc ann expierd", " line 2: unknown state 'expierd', did you mean 'expired'?"),
        (b"abc ann,", " line 1: 'ann,' has an empty name: give USER, or USER,USER"),
        (b"abc ann, bob", " line 1: unknown state 'bob'"),
        (b"abc ann\nabc bob", " line 2: this token has a line already"),
        (b"\xff", ": is not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_without_the_token(
    text: bytes, complaint: str, tmp_path: Path
) -> None:
    file = tmp_path / "tokens"
    file.write_bytes(text)
    with pytest.raises(ConfigError) as error:
        read_tokens_file(str(file), STATES)
    assert str(error.value) == f"{file}{complaint}"


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(ConfigError, match=r"^/nowhere: cannot be read: No such file"):
        read_tokens_file("/nowhere", STATES)
