"""Imports the modules of the server as Python does, under pytest too.

pytest rewrites the asserts in all modules of a package that has a plugin. It reads each of them
more slowly than Python, and where it may not write beside them, it compiles them anew in each run.
So the first server of a run would take twice as long, or eight times.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_OURS = __name__.partition(".")[0] + "."


class _Finder:
    """Finds our modules before pytest does."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(name, path, target) if name.startswith(_OURS) else None


def import_as_python_does() -> Callable[[], None]:
    """Import our modules without the finder of pytest; return a function that ends that."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    return lambda: sys.meta_path.remove(finder)
