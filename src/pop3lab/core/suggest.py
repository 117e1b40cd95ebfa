"""The nearest known word for a mistyped one; each error that has a guess takes it from here."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_LIKENESS = 0.6  # of what is proposed, at least


def near(word: str, known: "Iterable[str]", likeness: float = _LIKENESS) -> str:
    """The known word that is most like this one, whatever their case; empty where none is near."""
    from difflib import get_close_matches

    by_fold = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), by_fold, n=1, cutoff=likeness)
    return by_fold[found[0]] if found else ""


def nearest(word: str, known: "Iterable[str]") -> str:
    """The end of a sentence, `, did you mean 'X'?`, or nothing where no known word is near."""
    found = near(word, known)
    return f", did you mean {found!r}?" if found else ""
