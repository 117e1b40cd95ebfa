"""expected.toml: what is known of a client."""

from pathlib import Path

import pytest

from pop3lab.checking.expected_verdicts import (
    ExpectedVerdict,
    expected_rows,
    expected_toml,
    read_expected,
    with_expected,
)
from pop3lab.core.errors import ConfigError
from tests.report.samples import sample

ROW = '[[expected]]\ncase = "{case}"\nverdict = "fail"\nreason = "issue 1"\n'


def read(tmp_path: Path, text: str) -> list[ExpectedVerdict]:
    """The rows, whatever they are about."""
    return expected_rows(written(tmp_path, text))


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "expected.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("name", ["test/lost", "0.01", "test/*", "*"])
def test_a_row_names_a_case_by_id_number_or_pattern(tmp_path: Path, name: str) -> None:
    lost = sample()["cases"][3]
    result = with_expected(lost, read(tmp_path, ROW.format(case=name)), "1.0")
    assert (result.get("expected"), result.get("expected_reason")) == ("fail", "issue 1")


def test_a_row_is_about_a_version_and_the_first_one_counts(tmp_path: Path) -> None:
    text = f'{ROW.format(case="*")}version = "1.*"\nflaky = true\n{ROW.format(case="test/lost")}'
    expected = read(tmp_path, text)
    lost = sample()["cases"][3]
    assert with_expected(lost, expected, "1.2").get("expected") == "pass fail"
    assert with_expected(lost, expected, "2.0").get("expected") == "fail"
    assert "expected" not in with_expected(sample()["cases"][0], expected, "2.0")


def test_what_is_written_is_read_again_once_it_has_reasons(tmp_path: Path) -> None:
    known = read(tmp_path, ROW.format(case="test/lost"))
    text = expected_toml(sample()["cases"], known, "1.0")
    assert text.count('reason = "TODO"') == 2
    expected = read(tmp_path, text.replace("TODO", "known"))
    assert [(row.case, row.verdict, row.reason) for row in expected] == [
        ("test/lost", "fail", "issue 1"),
        ("test/raw", "warn", "known"),
        ("test/un", "unjudged", "known"),
    ]


def test_rows_that_nothing_contradicts_are_kept(tmp_path: Path) -> None:
    rows = {"retr/*": "", "test/good": "flaky = true\n", "test/l*": 'version = "1.*"\n'}
    kept = "\n".join(f"{ROW.format(case=case)}{more}" for case, more in rows.items())
    known = read(tmp_path, f"{kept}\n{ROW.format(case='test/raw')}")
    text = expected_toml(sample()["cases"], known, "1.0")
    assert text.startswith(kept)
    assert text.count("[[expected]]") == 5
    assert 'case = "test/raw"\nverdict = "warn"\nreason = "TODO"' in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ROW.format(case="retr/*").replace("issue 1", "TODO"), "1: reason: write why retr/. is so"),
        (ROW.format(case="1.01").replace("issue 1", ""), "reason: write why"),
        (ROW.format(case="retr/cut-clos"), "1: case: no case is named .*, did you mean 'retr/cut-"),
        (ROW.format(case="99.*"), "expected 1: case: no case is named '99"),
        (ROW.format(case="x").replace('"fail"', '"bad"'), "verdict: write one of pass, info"),
        ('[[expected]]\ncase = "x"\n', "expected 1: verdict is missing"),
        (f"{ROW.format(case='x')}why = 1\n", "why: is not known"),
        (f"{ROW.format(case='x')}flaky = 1\n", "flaky: write true or false"),
        ("expected = 1\n", "expected: write a list of tables"),
        ("[[expect]]\n", "expect: is not known, did you mean 'expected'"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_expected(written(tmp_path, text))


def test_the_example_of_the_manual_is_right() -> None:
    path = Path(__file__).parents[2] / "examples" / "docs" / "expected.toml"
    assert [row.case for row in read_expected(str(path))] == ["retr/cut-close"]
