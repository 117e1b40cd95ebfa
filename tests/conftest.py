import pytest
from hypothesis import settings

# A mismatch of dialogues is shown line by line.
pytest.register_assert_rewrite("tests.dialogue", "tests.cuts", "tests.served")

# How long an example takes says more about the machine than about the code.
settings.register_profile("pop3lab", deadline=None)
settings.load_profile("pop3lab")
