"""How Sphinx builds these pages: make docs."""

from pathlib import Path

_VERSION = Path(__file__).parent.parent / "src" / "pop3lab" / "_version.py"

project = "pop3lab"
author = "the pop3lab authors"
version = release = _VERSION.read_text().split('"')[1]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_format = "short"
nitpicky = False

html_theme = "furo"
html_title = f"pop3lab {version}"
exclude_patterns = ["requirements.tsv"]
