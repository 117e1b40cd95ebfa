"""The glossary of docs/design.md: each term is defined once, and what it names is there."""

import re
from functools import cache

import pytest

from pop3lab.behaviours.catalogue import BEHAVIOURS
from tests.docs.snippets import ROOT
from tests.test_names import FUNCTIONS, MODULES, attributes, defined, top_level, trees

PAGE = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
GLOSSARY = PAGE[PAGE.index("## Glossary") :]
TERMS = re.findall(r"^\| (?!term )(?!---)([^|]+?) \| ([^|]+?) \|$", GLOSSARY, re.MULTILINE)


@cache
def classes() -> set[str]:
    return {name for tree in trees().values() for name in top_level(tree)}


@cache
def members() -> set[str]:
    found = ({*attributes(tree), *defined(tree, FUNCTIONS)} for tree in trees().values())
    return set().union(*found)


@cache
def source() -> str:
    text = "\n".join(module.read_text("utf-8") for module in MODULES.values())
    return text.replace("\n    ", " ")


def test_each_term_is_defined_once() -> None:
    terms = [term for term, _ in TERMS]
    assert len(terms) > 30
    assert len(set(terms)) == len(terms)


@pytest.mark.parametrize(("term", "meaning"), TERMS)
def test_what_a_term_names_is_in_the_source(term: str, meaning: str) -> None:
    for code in re.findall(r"`([^`]+)`", meaning):
        if code[0].isupper():
            assert code in classes()
        elif "." in code:
            assert code.replace(".", "/") in MODULES
        elif "-" in code:
            assert code in BEHAVIOURS
        else:
            assert code in members() or code == "****"


@pytest.mark.parametrize("term", [term for term, _ in TERMS])
def test_a_term_is_in_use(term: str) -> None:
    """In a name, a docstring or a sentence of the source."""
    words = "|".join(re.escape(word).replace(r"\ ", "[ _]") for word in term.split(", "))
    assert re.search(rf"(?i)(?<![a-z])(?:{words})", source())


def test_paths_on_the_page_are_there() -> None:
    folders = {module.rpartition("/")[0] for module in MODULES}
    for path in re.findall(r"`([a-z_]+/[a-z_/]*(?:\.py)?)`", PAGE):
        if path.startswith("tests/"):
            assert (ROOT / path).exists(), path
        else:
            assert path.removesuffix(".py") in MODULES or path.rstrip("/") in folders, path
