"""The files around the project agree: CI, templates, hooks, lock file, archives."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CI = ROOT / ".github" / "workflows" / "ci.yml"
HOOKS = ROOT / ".pre-commit-config.yaml"
TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
GUIDES = [ROOT / name for name in ("CONTRIBUTING.md", "RELEASING.md", "README.md", "SECURITY.md")]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
LOCKED = dict(
    re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements/dev.lock").read_text(), re.MULTILINE)
)


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _claimed() -> list[str]:
    """The versions of Python in the classifiers."""
    found = (re.search(r":: Python :: (3\.\d+)$", row) for row in PROJECT["project"]["classifiers"])
    return [match[1] for match in found if match]


def test_ci_checks_the_versions_that_the_classifiers_claim() -> None:
    matrix = _yaml(CI)["jobs"]["check"]["strategy"]["matrix"]
    assert matrix["python"] == _claimed()
    assert (matrix["os"], matrix["may-fail"]) == (["ubuntu-latest"], [False])
    assert PROJECT["project"]["requires-python"] == f">={_claimed()[0]}"


def test_what_nobody_has_run_may_fail_in_ci_and_is_not_claimed() -> None:
    jobs = _yaml(CI)["jobs"]
    others = jobs["check"]["strategy"]["matrix"]["include"]
    assert [(row["os"], row["python"]) for row in others if row["may-fail"]] == [
        ("ubuntu-latest", "3.14"),
        ("macos-latest", "3.13"),
    ]
    assert jobs["portable"]["strategy"]["matrix"] == {
        "os": ["ubuntu-latest", "macos-latest", "windows-latest"],
        "python": [*_claimed(), "3.14"],
    }
    assert jobs["portable"]["continue-on-error"] == (
        "${{ matrix.os != 'ubuntu-latest' || matrix.python == '3.14' }}"
    )
    systems = [row for row in PROJECT["project"]["classifiers"] if row.startswith("Operating")]
    assert systems == ["Operating System :: POSIX :: Linux"]


def test_ci_runs_targets_of_make() -> None:
    """But for the portable tests: Windows has no make."""
    jobs = [job for name, job in _yaml(CI)["jobs"].items() if name != "portable"]
    steps = [step for job in jobs for step in job["steps"]]
    run = [step["run"] for step in steps if "run" in step]
    assert run == ["make check", "make test"]
    assert {line.removeprefix("make ") for line in run} <= TARGETS


def test_the_long_tests_run_each_week() -> None:
    soak = _yaml(CI.parent / "soak.yml")
    [job] = soak["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make soak"]
    assert "soak" in TARGETS
    assert job["container"] == _yaml(CI)["jobs"]["test"]["container"]
    [when] = soak[True]["schedule"]  # YAML 1.1 reads "on" so
    *_, day_of_month, month, day_of_week = when["cron"].split()
    assert (day_of_month, month) == ("*", "*")
    assert day_of_week.isdigit()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_guides_name_targets_of_make(guide: Path) -> None:
    lines = re.findall(r"(?:^ {4,}|`)make ([a-z ]+)", guide.read_text(), re.MULTILINE)
    assert {target for line in lines for target in line.split()} <= TARGETS


def test_links_of_guides_lead_to_files() -> None:
    for guide in GUIDES:
        for link in re.findall(r"\]\(([^)#\s]+)", guide.read_text()):
            assert (ROOT / link).exists(), (guide.name, link)


def test_hooks_run_the_tools_of_the_environment() -> None:
    hooks = [hook for repo in _yaml(HOOKS)["repos"] for hook in repo["hooks"]]
    assert [hook["id"] for hook in hooks] == ["ruff", "ruff-format", "mypy"]
    for hook in hooks:
        tool = re.match(r"\.venv/bin/(\w+)", hook["entry"])
        assert tool
        assert tool[1] in LOCKED


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.stem)
def test_a_template_is_a_form(template: Path) -> None:
    form = _yaml(template)
    if template.stem == "config":
        assert form == {"blank_issues_enabled": True}
        return
    assert form.keys() == {"name", "description", "labels", "body"}
    fields = {field["id"]: field for field in form["body"]}
    assert len(fields) == len(form["body"])
    assert fields["transcript"]["attributes"]["render"] == "text"
    for field in fields.values():
        assert field["type"] in {"textarea", "input"}
        assert field["attributes"]["label"]


def test_the_lock_file_has_all_that_is_required() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [
        *PROJECT["project"]["dependencies"],
        *extras["test"],
        *extras["lint"],
        *extras["docs"],
    ]
    names = {re.split(r"[<>=\[ ]", row.lower())[0].replace("_", "-") for row in wanted}
    assert names - {"pop3lab"} <= LOCKED.keys()


def test_the_lock_file_has_hashes_and_no_place_to_install_from() -> None:
    text = (ROOT / "requirements" / "dev.lock").read_text()
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(LOCKED)
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|@ ", text)


def test_the_source_archive_has_all_but_what_is_made() -> None:
    included = {
        name.lstrip("/")
        for name in PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    }
    always = {"README.md", "LICENSE", "pyproject.toml", ".gitignore"}
    of_the_forge = {".git", ".ci"}
    made = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    for path in ROOT.iterdir():
        if path.name in of_the_forge or any(fnmatch(path.name, pattern) for pattern in made):
            continue
        assert path.name in included | always, path.name
    assert all((ROOT / name).exists() for name in included)
