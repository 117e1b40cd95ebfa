"""Which of the texts that were sent a delivered one is."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from pop3lab.cases.treatment import has_bare_ends, treated, with_equal_ends

_Texts = Mapping[str, Sequence[bytes]]  # by unique-id


class SentTexts:
    """Finds texts among those that were sent, but for what the client does to each of them.

    Where lines were sent that end otherwise than in CRLF, how they end is nobody's mistake.
    """

    def __init__(self, texts: _Texts, does: Collection[str]) -> None:
        """does: the treatments of the client."""
        self.texts = texts
        self._does = does
        self._by_text: dict[bytes, list[str]] = {}
        self._by_words: dict[bytes, list[str]] = {}  # where lines end in any way
        for uid, text in _pairs(texts):
            alike = treated(text, does)
            self._by_text.setdefault(alike, []).append(uid)
            if has_bare_ends(text):
                self._by_words.setdefault(with_equal_ends(alike), []).append(uid)

    def of(self, delivered: bytes) -> list[str]:
        """The unique-ids of those that it equals, each once."""
        alike = treated(delivered, self._does)
        words = self._by_words.get(with_equal_ends(alike), ()) if self._by_words else ()
        return list(dict.fromkeys([*self._by_text.get(alike, ()), *words]))


def _pairs(texts: _Texts) -> Iterator[tuple[str, bytes]]:
    for uid, all_ in texts.items():
        for text in all_:
            yield uid, text
