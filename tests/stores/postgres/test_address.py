"""The target of a database."""

import pytest

from pop3lab.core.errors import ConfigError
from pop3lab.stores.postgres.address import parse_address

NO_ADDRESS = "TARGET is not the address of a database:"


def test_what_is_not_said_has_a_default() -> None:
    address = parse_address("postgresql://mail@db/mail")
    assert address[1:] == (30.0, 16, 5.0)
    assert address.parameters == {
        "host": "db",
        "user": "mail",
        "dbname": "mail",
        "connect_timeout": 5,
        "target_session_attrs": "read-write",
        "application_name": "pop3lab",
        "autocommit": True,
        "prepare_threshold": None,
    }


def test_own_words_are_taken_out_and_others_are_left_to_libpq() -> None:
    address = parse_address(
        "postgresql://a:s%40cret@one:5433,two/mail?lease=6.5&sslmode=require&connections=4&answer=1"
        "&target_session_attrs=any"
    )
    assert address[1:] == (6.5, 4, 1.0)
    assert address.parameters["host"] == "one,two"
    assert address.parameters["port"] == "5433,"
    assert address.parameters["password"] == "s@cret"
    assert address.parameters["sslmode"] == "require"
    assert address.parameters["target_session_attrs"] == "any"
    assert address.parameters["connect_timeout"] == 2


def test_a_space_and_a_plus_reach_libpq_as_they_are() -> None:
    address = parse_address("postgresql://db/mail?application_name=my%20mail&password=a+b%2Bc")
    assert address.parameters["application_name"] == "my mail"
    assert address.parameters["password"] == "a+b+c"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("lease=soon", "lease=soon: must be a number from 1 to 3600"),
        ("lease=0.5", "lease=0.5: must be a number from 1 to 3600"),
        ("connections=0", "connections=0: must be a number from 1 to 1000"),
        ("answer=nan", "answer=nan: must be a number from 0.1 to 600"),
        (
            "leese=3",
            f"{NO_ADDRESS} invalid URI query parameter: \"leese\", did you mean 'lease'?",
        ),
    ],
)
def test_mistakes_are_named(query: str, told: str) -> None:
    with pytest.raises(ConfigError) as mistake:
        parse_address(f"postgresql://db/mail?{query}")
    assert str(mistake.value) == told
