"""How the code of an example gets into a page."""

from pathlib import Path

import pytest
from docs.examples import with_code

from docs import examples as module

SOURCE = """\
import this

# First

one = 1

# Second
two = 2
"""


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    monkeypatch.setattr(module, "ROOT", tmp_path)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("", SOURCE),
        (", from: # First, before: # Second", "# First\n\none = 1\n"),
        (", after: # First, before: # Second", "one = 1\n"),
        (", after: # Second", "two = 2\n"),
        (", before: # First", "import this\n"),
    ],
)
@pytest.mark.parametrize("old", ["", "old = 0\n"])
def test_the_part_of_the_file_stands_in_the_page(part: str, code: str, old: str) -> None:
    page = "Text.\n\n<!-- a.py{} -->\n```python\n{}```\n\n```python\nother = 3\n```\n"
    assert with_code(page.format(part, old)) == page.format(part, code)


def test_a_part_that_is_gone_is_an_error() -> None:
    with pytest.raises(ValueError, match="has no line with '# Third'"):
        with_code("<!-- a.py, after: # Third -->\n```python\n```\n")
