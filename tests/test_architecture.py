"""The rooms of docs/design.md, held against the code."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "pop3lab"
MODULES = sorted(SOURCE.rglob("*.py"))

# Which rooms a room may import, besides itself and core. A module at the top is a room of its own.
MAY: dict[str, set[str]] = {
    "core": set(),
    "files": set(),
    "clock": set(),
    "auth": {"files"},
    "stores": {"files"},
    "transport": {"files"},
    "observe": {"clock", "files"},
    "config": {"files"},
    "rules": {"clock"},
    "effects": {"rules"},
    "behaviours": {"effects", "rules"},
    "conformance": {"observe"},
    "recording": {"files", "observe", "transport"},
    "server": {"auth", "stores", "rules", "observe", "transport"},
    "smtp": {"rules", "transport"},
    "control": {
        "auth",
        "behaviours",
        "files",
        "observe",
        "rules",
        "server",
        "stores",
        "transport",
    },
    "web": {
        "_version",
        "behaviours",
        "cases",
        "catalogue",
        "conformance",
        "control",
        "observe",
        "rules",
        "transport",
    },
    "testing": {
        "auth",
        "behaviours",
        "clock",
        "conformance",
        "control",
        "files",
        "observe",
        "rules",
        "server",
        "smtp",
        "stores",
        "transport",
        "web",
    },
    "cases": {"rules"},
    "clients": {"cases", "files"},
    "report": {"_version", "cases", "files", "observe"},
    "checking": {"cases", "clients", "files", "observe", "report", "testing"},
    "scenario": {"behaviours", "files", "observe", "rules", "testing"},
    "attacks": {"behaviours", "rules"},
    "faults": {"behaviours", "rules"},
    "quirks": {"behaviours", "rules"},
    "catalogue": {"behaviours", "conformance", "rules"},
    "interfaces": {"rules", "transport"},
    "pytest_plugin": {"behaviours", "checking", "testing"},
    "pop3lab": {
        "_version",
        "attacks",
        "behaviours",
        "cases",
        "catalogue",
        "checking",
        "clients",
        "faults",
        "observe",
        "pytest_plugin",
        "quirks",
        "rules",
        "scenario",
        "server",
        "interfaces",
        "testing",
        "web",
    },
    "cli": {
        "_version",
        "auth",
        "behaviours",
        "cases",
        "catalogue",
        "checking",
        "clients",
        "config",
        "conformance",
        "control",
        "files",
        "observe",
        "recording",
        "report",
        "rules",
        "scenario",
        "server",
        "smtp",
        "stores",
        "testing",
        "transport",
        "web",
    },
    "__main__": {"cli"},
    "_version": set(),
}


NOT_IN_CORE = {"asyncio", "socket", "ssl", "threading", "time", "random", "secrets", "os"}
NOT_IN_CORE |= {"pathlib", "logging", "http", "select", "selectors", "subprocess", "datetime"}

# The words of the seed, which nothing may know but the quirks and the command line.
SEED_WORDS = {"minimal", "apoponly", "autodelete", "noextra", "BREAK", "EXIT", "exit_asked"}


def name_of(module: Path) -> str:
    """The dotted name of a module, of a package that of the package."""
    parts = module.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


NAMES = {name_of(module): module for module in MODULES}


def room(name: str) -> str:
    """The folder that a module stands in; of a module at the top, the module."""
    return name.split(".")[1] if "." in name else name


@cache
def imported(module: Path) -> set[str]:
    """All that it imports, wherever the import stands; of ours, the modules."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            assert all(alias.name != "*" for alias in node.names), f"{module}: a star import"
            deeper = {f"{node.module}.{alias.name}" for alias in node.names} & set(NAMES)
            names |= deeper or {node.module or ""}
    return names


def ours(name: str) -> set[str]:
    """The modules of ours that a module imports."""
    return imported(NAMES[name]) & NAMES.keys()


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Who imports each other, over however many others (Tarjan's algorithm)."""
    found: list[list[str]] = []
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(name: str) -> None:
        place = low[name] = len(low)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in low:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == place:
            circle = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            found.extend([sorted(circle)] if len(circle) > 1 else [])

    for name in graph:
        if name not in low:
            visit(name)
    return found


def test_the_finder_of_circles_finds_them() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a", "f"}, "f": {"e"}}
    assert circles(graph) == [["a", "b", "c"], ["e", "f"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_modules_import_each_other() -> None:
    """Whatever for: types, or inside a function."""
    assert circles({name: ours(name) for name in NAMES}) == []


def test_no_rooms_import_each_other() -> None:
    rooms: dict[str, set[str]] = {room(name): set() for name in NAMES}
    for name in NAMES:
        rooms[room(name)] |= {room(other) for other in ours(name)} - {room(name)}
    assert circles(rooms) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_room_imports_only_what_it_may(name: str) -> None:
    others = {room(other) for other in ours(name)} - {room(name), "core"}
    assert others <= MAY[room(name)]
    if room(name) == "core":
        assert not others
        outside = {other.split(".")[0] for other in imported(NAMES[name])}
        assert not outside & NOT_IN_CORE


@pytest.mark.parametrize("folder", ["core", "transport"])
def test_nothing_in_core_or_transport_knows_the_words_of_the_seed(folder: str) -> None:
    for module in (SOURCE / folder).rglob("*.py"):
        tree = ast.parse(module.read_text())
        words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        words |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        words |= {str(n.value) for n in ast.walk(tree) if isinstance(n, ast.Constant)}
        assert not words & SEED_WORDS


def test_no_underscored_name_crosses_a_module() -> None:
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pop3lab"):
                private = [a.name for a in node.names if a.name.startswith("_")]
                assert private in ([], ["__version__"]), f"{module}: {private}"


def private_attributes(module: Path) -> set[str]:
    """Those with an underscore that a module uses, and that nothing in it defines."""
    used: set[str] = set()
    defined = {"_replace", "_asdict"}  # of a NamedTuple, whose names these can't be
    defined |= {"_exit", "_get_running_loop"}  # of the standard library, and documented there
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Attribute):
            own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            (defined if own and isinstance(node.ctx, ast.Store) else used).add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            defined.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            defined.add(node.id)
    return {name for name in used - defined if name.startswith("_") and name[1] != "_"}


def test_no_underscored_attribute_crosses_a_module() -> None:
    """Parts are put together by what they show: none looks into another, or adds to it."""
    found = {name: private_attributes(module) for name, module in NAMES.items()}
    assert {name: some for name, some in found.items() if some} == {}


def test_names_say_what_is_in_them_and_modules_are_small() -> None:
    for module in MODULES:
        assert module.stem not in {"utils", "helpers", "common", "base", "misc"}
        assert module.read_text().count("\n") <= 400, module


def test_the_port_line_waits_for_no_heavy_import() -> None:
    """All that is imported before the port line: a new one is a decision, not an accident."""
    program = (
        f"import sys; sys.path.insert(0, {str(SOURCE.parent)!r}); before = set(sys.modules);"
        "import pop3lab.__main__; print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    ours = "cli cli.commands cli.main cli.start cli.words config config.checks"
    ours += " config.limit_options config.mail_options config.option config.options"
    ours += " config.reading config.types config.values config.web_options core core.errors"
    ours += " core.units transport transport.listen"
    names = {"pop3lab", "pop3lab.__main__", "pop3lab._version"}
    names |= {f"pop3lab.{name}" for name in ours.split()}
    assert set(run.stdout.split()) == names | {"_socket", "errno"}


def test_importing_the_package_costs_nothing() -> None:
    program = "import sys; import pop3lab; print('asyncio' in sys.modules, 'typing' in sys.modules)"
    run = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(SOURCE.parent)!r}); {program}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "False False\n"


def test_public_names_resolve_and_others_say_so() -> None:
    import pop3lab

    assert all(getattr(pop3lab, name) for name in pop3lab.__all__)
    with pytest.raises(AttributeError, match="nothing_here"):
        pop3lab.nothing_here  # noqa: B018


def test_the_seeds_server_needs_the_standard_library_only() -> None:
    program = (
        "import sys, pop3lab.cli.service;"
        "print(*{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    program = f"import sys; sys.path.insert(0, {str(SOURCE.parent)!r}); {program}"
    command = [sys.executable, "-I", "-S", "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {"__main__", "pop3lab"}
