import pytest

# A mismatch of dialogues is shown line by line.
pytest.register_assert_rewrite("tests.dialogue", "tests.cuts", "tests.served")
