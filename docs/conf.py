"""How Sphinx builds these pages: make docs."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from docs.api import for_sphinx

_VERSION = Path(__file__).parent.parent / "src" / "pop3lab" / "_version.py"

project = "pop3lab"
author = "the pop3lab authors"
version = release = _VERSION.read_text().split('"')[1]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# Docstrings are in Google's style; single backticks are code in them, as in Markdown.
default_role = "code"
napoleon_numpy_docstring = False
napoleon_use_ivar = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_type_aliases = {"Messages": "Messages", "MessageContent": "MessageContent"}
maximum_signature_line_length = 80
python_use_unqualified_type_names = True
smartquotes = False

html_theme = "furo"
html_title = f"pop3lab {version}"
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["outputs.css"]
exclude_patterns = ["requirements.tsv"]


def setup(app: Any) -> None:
    """Let autodoc show the Python API, in place of its Markdown."""
    app.connect("source-read", lambda app, name, texts: texts.append(for_sphinx(texts.pop())))
