"""Writes the table of features in the manual: `python -m tests.portable`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.portable.test_simulated import MARK, PAGE, features, table

with TemporaryDirectory() as folder:
    made = table(features(Path(folder)))
text = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
PAGE.write_text(f"{text}{MARK}\n{made}", encoding="utf-8")
