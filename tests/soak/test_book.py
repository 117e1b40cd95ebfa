"""The book of a torture: what is wrong is found, and nothing else."""

from tests.soak.book import Book

BOTH = {"1": "one", "2": "two"}
LEFT = {"1": "one"}


def test_half_of_a_quit_is_found() -> None:
    book = Book()
    book.seen(BOTH, whole=True)
    book.ended(book.begins({"one", "two"}), b"-ERR", killed=False)
    book.seen(LEFT, whole=True)
    assert book.wrong == ["half of it: ['one'] of ['one', 'two']"]


def test_what_another_session_has_deleted_is_no_half_of_a_quit_that_was_refused() -> None:
    """The first one has lost its lock, and does not know it yet."""
    for answered in (True, False):
        book = Book()
        book.seen(BOTH, whole=True)
        late = book.begins({"one", "two"})
        deletion = book.begins({"two"})
        if answered:
            book.ended(deletion, b"+OK", killed=False)
        book.ended(late, b"-ERR", killed=False)
        book.seen(LEFT, whole=True)
        assert book.wrong == []
