"""`pop3lab report`: several reports side by side, and the schema of results.json."""

import os
import sys
from collections.abc import Sequence

from pop3lab.cli.words import read_words
from pop3lab.config.option import Option
from pop3lab.config.types import FOLDER
from pop3lab.core.errors import ConfigError
from pop3lab.report.matrix import write_matrix
from pop3lab.report.results import read_results, results_schema

OPTIONS = (
    Option("options", FOLDER, "write the site to this folder", name="out", default="pop3lab-site"),
)


def run(command: str, words: Sequence[str]) -> int:
    """Print the schema, or write the site. Raises ConfigError, OSError."""
    found, names = read_words(OPTIONS, words)
    if not names:
        raise ConfigError("give schema, or the results.json of each report, or their folders")
    if names == ["schema"]:
        sys.stdout.write(results_schema())
        return 0
    paths = [os.path.join(name, "results.json") if os.path.isdir(name) else name for name in names]
    out = str(found["out"])
    write_matrix([(read_results(path), os.path.dirname(path)) for path in paths], out)
    print(os.path.join(out, "index.html"))
    return 0
