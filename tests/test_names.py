"""Names by the rules of docs/design.md: one thing has one name, and one name is one thing."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "pop3lab"
MODULES = {
    module.relative_to(SOURCE).with_suffix("").as_posix(): module
    for module in sorted(SOURCE.rglob("*.py"))
}

# Public names that stand in several modules by a convention, and why.
BY_CONVENTION = {
    "PROFILES": "the profiles that a module of behaviours/profiles/ adds to the catalogue",
    "OPTIONS": "the options of a subcommand of pop3lab",
    "run": "what a subcommand of pop3lab does",
    "TYPE_CHECKING": "set here, so that typing need not be imported",
}

# What is left; only to be taken from.
STILL_TWICE: set[str] = set()

# Names that were given up, by what they were the name of, and are not to come back.
OLD_CLASSES = """
    Standing Saying Told Line Dialogue Responding Exchanged Script Offer Lines Joined Guard Gate
    AsciiHeaders Text Tally Command Hear Wait Shut Watch
    Opened Received Behind Hello Did Secured Unsecured Entered Read Cut Deleted Fired Violated
    Failed Ended Left
    Driven Performing Ending Reach Counts Crowd Gathering Asking
    Peculiarity What When Aim Active Moment Shared Telling Conditional Either Chain
    Turn Turns Obey Says Does Bends Parting Door Doorkeeper Porter Denial AtLogin
    Shown Seen Visit View InSession Logins Chosen Paced Instead Twice Unasked Ends AtAccept Trait
    Noted Goal Recorded Hiding Complaints Troubles Found
    Past Got Lives Said Done Answer Answering Attempt Exchanges
    Observed Ruled Run Shelf Stored History Authority Port Arming Judged
    Hearing Way Front Side Score Departure Replaying
    Hears Ways Keys ScramBook Demands Prove Known Place Flat Kept Row Table Where Given Kind
"""
OLD_MODULES = """
    standing saying told entering offer guard utf8 tally
    driven performing ending aio accepting issuing variants ready activation
    parts serving replaying obeying incoming adding descriptors
    peculiarity what when aim active chain reach makers what_text when_text
    around both turns partings virtual seams statuses handshakes denials doubles
    judged recorded notes masks folding aligning mismatch expecting expected changes
    complaints troubles operator seen past said answer exchanges numbers proofs ends judging page
    observed ruled shelf checking authority port hearing course side score
    crypts digests preparation extras penalties identity offered others
    kept regular place crlf nearest targets paths kinds table sources machine
"""
OLD_FUNCTIONS = """
    tell name_for_pass go_on found_wrong read_line settled whole_at ready_answers
    hurry fire_if entering_is intercept made_up saying turned parted
    missed told judge judged let_go goals folded masked note_of tell_operator
    fire around both made_up keep handed _pull offer gate
"""
OLD_ATTRIBUTES = """
    in_step bent standing handed how_ended faults_applied breaches hurried saying script told
    _body_waits how lives visit numbers shelf ways guard faults _deaf _hearing _greeted _resumed
    _busy _broken
"""
OLD_KEYS = """
    how standing fired breaches unused unfinished over left
"""
STILL_OLD: set[str] = set()

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(module.read_text("utf-8")) for name, module in MODULES.items()}


def top_level(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(
                decorator_list=[ast.Call(func=ast.Name("quirk" | "fault" | "attack"))]
            ):
                pass  # a behaviour: its name is one of the catalogue's
            case ast.Assign(value=ast.Call(func=ast.Name("BehaviourDecorator"))):
                pass  # what makes the behaviours of a module
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign():
                for target in node.targets:
                    yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
            case ast.AnnAssign(target=ast.Name(name)):
                yield name


def defined(tree: ast.Module, kinds: type | tuple[type, ...]) -> set[str]:
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}  # type: ignore[attr-defined]


def attributes(tree: ast.Module) -> Iterator[str]:
    """Those that are set on self, fields of classes, and properties."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name("self"), attr=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name, decorator_list=[ast.Name("property"), *_]):
                yield name
            case ast.ClassDef():
                for field in node.body:
                    if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                        yield field.target.id


def keys(tree: ast.Module) -> Iterator[str]:
    """Those of dicts, which may become JSON."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from (
                k.value
                for k in node.keys
                if isinstance(k, ast.Constant) and isinstance(k.value, str)
            )


def test_no_public_name_stands_in_two_modules() -> None:
    modules: dict[str, list[str]] = {}
    for module, tree in trees().items():
        for name in set(top_level(tree)):
            if not name.startswith("_") and name not in BY_CONVENTION:
                modules.setdefault(name, []).append(module)
    twice = {name: stand for name, stand in modules.items() if len(stand) > 1}
    assert {name: twice[name] for name in twice.keys() - STILL_TWICE} == {}
    assert not STILL_TWICE - twice.keys(), "these are left no more: take them from the list"


def test_conventions_are_in_use() -> None:
    used = [name for tree in trees().values() for name in set(top_level(tree))]
    for name in BY_CONVENTION:
        assert used.count(name) > 1


def old_names() -> Iterator[str]:
    for module, tree in trees().items():
        found = {
            "module": {module.rpartition("/")[2]} & set(OLD_MODULES.split()),
            "class": defined(tree, ast.ClassDef) & set(OLD_CLASSES.split()),
            "function": defined(tree, FUNCTIONS) & set(OLD_FUNCTIONS.split()),
            "attribute": set(attributes(tree)) & set(OLD_ATTRIBUTES.split()),
            "key": set(keys(tree)) & set(OLD_KEYS.split()),
        }
        yield from (f"{kind} {name}: {module}" for kind, names in found.items() for name in names)


def test_no_old_name_is_left() -> None:
    left = set(old_names())
    assert left - STILL_OLD == set()
    assert not STILL_OLD - left, "these are left no more: take them from the list"
