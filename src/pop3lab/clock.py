"""The steady clock, which goes on where a test has stopped or moved the time.

Libraries that do so put another function in the place of time.monotonic, wherever they find it.
They do not find this one: it is of a second copy of the module, and always the true one, even if
it is first imported while the time stands still.
"""

from collections.abc import Callable
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec


def _monotonic() -> Callable[[], float]:
    spec = BuiltinImporter.find_spec("time")
    assert spec
    found: Callable[[], float] = module_from_spec(spec).monotonic
    return found


steady = _monotonic()  # seconds, which never go back nor jump
