"""What the tests of all behaviours share."""

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.rules.behaviour import Behaviour
from tests.behaviours.trials import ELSEWHERE

_ROWS = [row for row in BEHAVIOURS.values() if row.name not in ELSEWHERE]


@pytest.fixture(params=_ROWS, ids=[row.name for row in _ROWS], scope="module")
def row(request: pytest.FixtureRequest) -> Behaviour:
    """Each behaviour: all tests of one follow each other, and share the sessions under it."""
    found: Behaviour = request.param
    return found
