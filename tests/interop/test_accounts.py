"""The exclusions stay few and real."""

from . import accounts
from .folders import examples, nasty


def test_excluded_files_exist() -> None:
    excluded = accounts.FETCHMAIL_CANNOT.keys() | accounts.POPLIB_CANNOT.keys()
    assert excluded <= examples().keys() | nasty().keys()
