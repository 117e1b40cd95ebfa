"""`pop3lab helper LANGUAGE`: prints the file that starts a server in tests of another language."""

import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files

from pop3lab.cli.words import read_words
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest

_CLEAN = 0

OPTIONS = ()

# The file of each language, by the name that its users give it.
HELPER_FILES: Mapping[str, str] = {
    "perl": "Pop3lab.pm",
    "js": "pop3lab.mjs",
    "ruby": "pop3lab.rb",
    "go": "pop3lab_test.go",
    "java": "Pop3lab.java",
    "junit": "Pop3labExtension.java",
    "php": "Pop3lab.php",
    "shell": "pop3lab.sh",
}


def run(command: str, words: Sequence[str]) -> int:
    """Print the file, or the languages if none is named. Raises ConfigError."""
    _, operands = read_words(OPTIONS, words)
    if len(operands) > 1:
        raise ConfigError(f"helper takes one LANGUAGE, and {operands[1]!r} is another")
    text = helper_text(operands[0]) if operands else _list()
    sys.stdout.write(text)
    sys.stdout.flush()
    return _CLEAN


def helper_text(language: str) -> str:
    """Return the file for a language. Raises ConfigError."""
    if language not in HELPER_FILES:
        hint = nearest(language, HELPER_FILES) or f": give one of {', '.join(HELPER_FILES)}"
        raise ConfigError(f"there is no helper for {language!r}{hint}")
    file = files("pop3lab") / "languages" / HELPER_FILES[language]
    return file.read_text(encoding="utf-8")


def _list() -> str:
    return "".join(
        f"pop3lab helper {language:6} >{name}\n" for language, name in HELPER_FILES.items()
    )
