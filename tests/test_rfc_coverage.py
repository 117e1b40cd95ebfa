import pytest

from tests import rfc_coverage


def test_every_requirement_has_a_test_or_a_reason() -> None:
    assert [requirement.number for requirement in rfc_coverage.missing()] == []


def test_the_numbers_are_complete() -> None:
    numbers = [requirement.number for requirement in rfc_coverage.requirements()]
    assert numbers == [f"P-{number:03}" for number in range(1, 266)]


def test_the_document_is_up_to_date() -> None:
    """If not: python tests/rfc_coverage.py --write."""
    assert rfc_coverage.DOCUMENT.read_text(encoding="utf-8") == rfc_coverage.document()


def test_a_requirement_without_a_test_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {
        number: tests
        for number, tests in rfc_coverage.tests_by_number().items()
        if number != "P-043"
    }
    monkeypatch.setattr(rfc_coverage, "tests_by_number", lambda: found)
    assert [requirement.number for requirement in rfc_coverage.missing()] == ["P-043"]
    assert rfc_coverage.main() == 1
