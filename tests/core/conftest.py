"""The protocol is the same on every system."""

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark each test of this folder: pytest asks no conftest.py about those elsewhere."""
    item.add_marker(pytest.mark.portable)
