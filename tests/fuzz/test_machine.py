"""Sessions against the model: numbers, marks, sizes, states and logins, by the book and not."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.machine import Sessions

FEW = settings(max_examples=60, stateful_step_count=40)
MANY = settings(max_examples=5_000, stateful_step_count=80)


def test_sessions_are_as_the_model() -> None:
    run_state_machine_as_test(Sessions, settings=FEW)


@pytest.mark.soak
def test_many_more_sessions_are() -> None:
    run_state_machine_as_test(Sessions, settings=MANY)
