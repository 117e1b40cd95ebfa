import sys

import pytest
from hypothesis import settings

from pop3lab.core.reply_table import ReplyTable
from pop3lab.core.responder import Responder

# A mismatch of dialogues is shown line by line.
pytest.register_assert_rewrite("tests.dialogue", "tests.cuts", "tests.served")

# How long an example takes says more about the machine than about the code.
settings.register_profile("pop3lab", deadline=None)
settings.load_profile("pop3lab")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ordinary",
        action="store_true",
        help="sessions answer each line by actions: nothing at once, and nothing from the table",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--ordinary"):
        ReplyTable.answer = lambda self, lines, place, pieces: ((), (), 0)  # type: ignore[method-assign]
        Responder.encode_inline = lambda self, request, reply: ()  # type: ignore[method-assign]
        Responder.encode_last = lambda self, request, reply: ()  # type: ignore[method-assign]
        Responder.is_asked = lambda self, request: True  # type: ignore[method-assign]


def pytest_sessionfinish() -> None:
    """Remove this process's server of PostgreSQL now: later a worker may be killed meanwhile."""
    postgres = sys.modules.get("tests.postgres")
    if postgres and postgres.cluster.cache_info().currsize:
        postgres.cluster().remove()
