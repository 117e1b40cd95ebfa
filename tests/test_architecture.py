"""The rings of docs/design.md, held against the code."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "pop3lab"
MODULES = sorted(SOURCE.rglob("*.py"))

# Which rings a ring may import, besides itself. A module at the top is a ring of its own.
MAY: dict[str, set[str]] = {
    "core": set(),
    "files": {"core"},
    "auth": {"core"},
    "stores": {"core"},
    "faults": {"core"},
    "watch": {"core"},
    "run": {"core"},
    "server": {"core", "auth", "stores", "faults", "watch", "run"},
    "control": {"core", "faults", "stores", "watch"},
    "seed_settings": {"seed_rules"},
    "seed_rules": {"core", "faults", "seed_settings"},
    "seed_help": {"control", "seed_settings"},
    "settings": {"core"},
    "parts": {"core", "auth", "stores", "faults", "run", "settings", "_version"},
    "places": {"core", "auth", "settings", "stores"},
    "cli": {"core", "auth", "settings", "parts", "places", "serve_command"},
    "replay": {"core", "watch"},
    "replaying": {"core", "replay", "run"},
    "replay_command": {"core", "replay", "replaying", "run", "settings", "watch"},
    "record": {"core", "run", "watch"},
    "scenario": {"core", "faults", "stores", "testing", "watch"},
    "scenario_command": {"core", "run", "scenario", "settings", "testing"},
    "record_command": {"core", "record", "run", "settings", "watch"},
    "explain_command": {"core", "faults", "settings"},
    "serve_command": {"core", "auth", "run", "watch", "server", "settings", "parts"},
    "serving": {
        "core",
        "auth",
        "stores",
        "faults",
        "run",
        "watch",
        "server",
        "seed_settings",
        "seed_rules",
        "control",
    },
    "seed": {"run", "seed_help", "seed_settings", "serving", "_version"},
    "testing": {"core", "auth", "stores", "faults", "watch", "run", "server", "scopes"},
    "pytest_plugin": {"testing", "watch", "core", "scopes"},
    "scopes": set(),
    "__init__": {"_version", "core", "server", "testing", "watch", "faults", "scenario"},
    "__main__": {"cli", "seed"},
    "_version": set(),
}

# What a user names is read and written the same way everywhere.
ANYWHERE = {"files"}

NOT_IN_CORE = {"asyncio", "socket", "ssl", "threading", "time", "random", "secrets", "os"}
NOT_IN_CORE |= {"pathlib", "logging", "http", "select", "selectors", "subprocess", "datetime"}

# The words of the seed, which nothing may know but the quirks and the command line.
SEED_WORDS = {"minimal", "apoponly", "autodelete", "noextra", "BREAK", "EXIT", "exit_asked"}


def ring(module: Path) -> str:
    return module.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(module: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            assert all(alias.name != "*" for alias in node.names), f"{module}: a star import"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_ring_imports_only_what_it_may(module: Path) -> None:
    ours = {name.split(".")[1] for name in imported(module) if name.startswith("pop3lab.")}
    if ring(module) != "core":
        ours -= ANYWHERE
    assert ours - {ring(module)} <= MAY[ring(module)]
    if ring(module) == "core":
        assert not {name.split(".")[0] for name in imported(module)} & NOT_IN_CORE


@pytest.mark.parametrize("folder", ["core", "run"])
def test_nothing_in_core_or_run_knows_the_words_of_the_seed(folder: str) -> None:
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


def test_names_say_what_is_in_them_and_modules_are_small() -> None:
    for module in MODULES:
        assert module.stem not in {"utils", "helpers", "common", "base", "misc"}
        assert module.read_text().count("\n") <= 400, module


def test_the_port_line_waits_for_no_heavy_import() -> None:
    """All that is imported before the port line: a new one is a decision, not an accident."""
    program = (
        "import sys; before = set(sys.modules); import pop3lab.cli.directory.entry;"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [
        "_socket",
        "pop3lab",
        "pop3lab._version",
        "pop3lab.transport",
        "pop3lab.transport.listen",
        "pop3lab.cli.directory.entry",
        "pop3lab.cli.directory.options",
    ]


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
        "import sys, pop3lab.cli.directory.serve;"
        "print(*{name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    program = f"import sys; sys.path.insert(0, {str(SOURCE.parent)!r}); {program}"
    command = [sys.executable, "-I", "-S", "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= {"__main__", "pop3lab"}
