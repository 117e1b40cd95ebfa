"""A monotonic clock that continues when a test freezes or moves the time.

Libraries for that replace time.monotonic wherever they find it. They do not find this one: it comes
from a second copy of the module, so it is genuine even if it is first imported while time is
frozen.
"""

from collections.abc import Callable
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec


def _monotonic() -> Callable[[], float]:
    spec = BuiltinImporter.find_spec("time")
    assert spec
    found: Callable[[], float] = module_from_spec(spec).monotonic
    return found


steady = _monotonic()  # monotonic seconds
