"""The page of the Python API: directives for Sphinx in comments, each with the same as Markdown.

The manual shows what autodoc makes of a directive. Where Markdown is read as it is, the directive
is invisible, and the text below it has the signature, the description and a line for each member.
"""

import re
from collections.abc import Iterator
from inspect import getdoc, isclass, isroutine
from types import ModuleType

import pop3lab
from docs.docstrings import markdown, summary
from docs.signatures import call_of, type_of

_BLOCK = re.compile(
    r"^<!-- (?P<directive>\.\. auto\w+:: .*?)\n-->\n(?P<text>.*?)^<!-- end -->$",
    re.MULTILINE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"\.\. auto(\w+):: pop3lab\.([\w.]+)(\(\))?")
_MEMBERS = re.compile(r":members:((?:.|\n)*?)(?=\n *:|$)")


def has_api(page: str) -> bool:
    """Whether a page has such directives."""
    return bool(_BLOCK.search(page))


def with_api(page: str) -> str:
    """The page, with the Markdown of each directive below it."""
    return _BLOCK.sub(_filled, page)


def for_sphinx(page: str) -> str:
    """The page, with the directives in place of their Markdown."""
    return _BLOCK.sub(r"```{eval-rst}\n\g<directive>\n```", page)


def _filled(block: re.Match[str]) -> str:
    text = "\n\n".join(_texts(block["directive"]))
    return f"<!-- {block['directive']}\n-->\n\n{text}\n\n<!-- end -->"


def _texts(directive: str) -> Iterator[str]:
    found = _DIRECTIVE.match(directive)
    assert found, directive
    kind, name, no_call = found.groups()
    target = getattr(pop3lab, name)
    yield f"### `{name}`"
    if kind == "data":
        yield directive.rpartition("\n")[2].strip()
        return
    call = _shown(name, target)
    if call != name and not no_call:
        yield f"```python\n{call}\n```"
    yield markdown(getdoc(target) or "")
    if rows := list(_members(target, directive)):
        yield "Members:"
        yield "\n".join(rows)


def _members(target: object, directive: str) -> Iterator[str]:
    """A line for each member that the directive names, or for all."""
    asked = _MEMBERS.search(directive)
    if not asked:
        return
    names = re.findall(r"\w+", asked[1])
    for name, member in _all_members(target, inherited=":inherited-members:" in directive):
        if (not names or name in names) and (description := _documented(member)):
            call = _shown(name, member).replace("(\n    ", "(").replace(",\n)", ")")
            yield f"- `{' '.join(call.split())}`: {summary(description)}"


def _documented(member: object) -> str:
    """The docstring of a class, a function or a property; empty without, and for all else."""
    known = isinstance(member, property) or isclass(member) or isroutine(member)
    return getdoc(member) or "" if known else ""


def _all_members(target: object, *, inherited: bool) -> Iterator[tuple[str, object]]:
    """By source, what is inherited last."""
    if isinstance(target, ModuleType):
        yield from ((name, getattr(target, name)) for name in target.__all__)
    elif isclass(target):
        seen = set[str]()
        for owner in target.__mro__[:-1] if inherited else [target]:
            public = {name: member for name, member in vars(owner).items() if name[0] != "_"}
            yield from ((name, public[name]) for name in public if name not in seen)
            seen |= public.keys()


def _shown(name: str, member: object) -> str:
    """A member with its arguments and the type of its value."""
    if isinstance(member, property):
        return f"{name}: {type_of(member.fget)}" if member.fget else name
    if isclass(member):
        return call_of(member, name)
    if not callable(member):
        return name
    result = type_of(member)
    return call_of(member, name) + (f" -> {result}" if result else "")
