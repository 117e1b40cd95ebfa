from collections.abc import Callable

import pytest

from .folders import Folder, examples, nasty


@pytest.fixture(params=[examples, nasty], ids=["examples", "nasty"])
def folder(request: pytest.FixtureRequest) -> Folder:
    make: Callable[[], Folder] = request.param
    return make()


@pytest.fixture(
    params=[(), ("noextra",), ("minimal",), ("apoponly", "noextra")],
    ids=lambda keywords: "+".join(keywords) or "default",
)
def keywords(request: pytest.FixtureRequest) -> tuple[str, ...]:
    chosen: tuple[str, ...] = request.param
    return chosen
