"""What a client remembers, cut in half, as after a crash or on a disk that was full."""

import os
from pathlib import Path
from typing import Any

_NOT_MEMORY = ("tmp",)  # folders of HOME


def halve_memory(state: dict[str, Any], folder: str) -> None:
    """Cut the state of a function, and each file in the HOME of a program."""
    for name, value in state.items():
        state[name] = _half(value)
    home = Path(folder, "home")
    for parent, folders, names in os.walk(home):
        folders[:] = [each for each in folders if each not in _NOT_MEMORY]
        for path in (Path(parent, name) for name in names):
            if path.is_file() and not path.is_symlink():
                os.truncate(path, path.stat().st_size // 2)


def _half(value: Any) -> Any:
    if isinstance(value, str | bytes | list | tuple):
        return value[: len(value) // 2]
    if isinstance(value, dict):
        return {key: value[key] for key in list(value)[: len(value) // 2]}
    if isinstance(value, set | frozenset):
        return type(value)(sorted(value, key=repr)[: len(value) // 2])
    return value
