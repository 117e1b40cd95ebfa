"""The page of the Python API, where Markdown is read as it is."""

import re

import pytest
from docs.api import for_sphinx, with_api
from docs.docstrings import markdown, summary
from docs.signatures import call_of

from pop3lab import Limits, WaitTimeout
from pop3lab.interfaces import Store

DOCSTRING = """\
Fetch mail,
all of it.

As in::

    fetch(1)

Args:
    number: The number, which
        counts from 1.
    user (str): The user.

Returns:
    The message.
"""

MARKDOWN = """\
Fetch mail,
all of it.

As in:

```python
fetch(1)
```

Arguments:

- `number`: The number, which counts from 1.
- `user` (str): The user.

Returns: The message."""


def test_a_docstring_is_markdown() -> None:
    assert markdown(DOCSTRING.strip()) == MARKDOWN
    assert summary(DOCSTRING) == "Fetch mail, all of it."


def short(first: int, *, second: "str | None" = None) -> None:
    """A short call."""


def long(*words: str, limits: Limits = Limits(), at: object = object(), **more: float) -> str:
    """A call with defaults that have no text."""
    return ""


LONG = """\
long_enough_for_several_lines(
    *words: str,
    limits: Limits = Limits(),
    at: object = ...,
    **more: float,
)"""


@pytest.mark.parametrize(
    ("target", "call"),
    [
        (short, "short(first: int, *, second: str | None = None)"),
        (long, LONG),
        (Store, "Store"),
        (WaitTimeout, "WaitTimeout"),
    ],
)
def test_a_signature_is_as_a_reader_writes_it(target: type, call: str) -> None:
    assert call_of(target, call.partition("(")[0]) == call


@pytest.mark.parametrize("old", ["", "\nold\n\n"])
def test_the_text_stands_below_the_directive(old: str) -> None:
    directive = ".. autoclass:: pop3lab.Transcript()\n   :members: html"
    text = with_api(f"# A\n\n<!-- {directive}\n-->\n{old}<!-- end -->\n")
    assert re.findall("^(?:###|-) .*", text, re.MULTILINE) == [
        "### `Transcript`",
        "- `html() -> str`: Return the transcript as a self-contained HTML page.",
    ]
    assert for_sphinx(text) == f"# A\n\n```{{eval-rst}}\n{directive}\n```\n"
