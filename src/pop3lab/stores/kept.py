"""Small messages that were read once, kept in memory for the next time."""

from pop3lab.core.text import Text
from pop3lab.stores.regular import Regular

_OCTETS = 33_554_432  # that are kept at most


class Kept:
    """Texts by the files that they were read from; the oldest go when there are too many octets."""

    def __init__(self, octets: int = _OCTETS) -> None:
        self._most = octets
        self._octets = 0
        self._texts: dict[Regular, Text] = {}

    def get(self, file: Regular) -> Text | None:
        """What was read from this very file, if it is still kept."""
        return self._texts.get(file)

    def keep(self, file: Regular, text: Text) -> Text:
        """Keep it, and give it back."""
        self._drop(file)
        self._texts[file] = text
        self._octets += _octets(text)
        while self._octets > self._most:
            self._drop(next(iter(self._texts)))
        return text

    def _drop(self, file: Regular) -> None:
        if text := self._texts.pop(file, None):
            self._octets -= _octets(text)


def _octets(text: Text) -> int:
    """With those of its stuffed form, where that is another."""
    return len(text.octets) * (2 if text.octets[:1] == b"." or b"\n." in text.octets else 1)
