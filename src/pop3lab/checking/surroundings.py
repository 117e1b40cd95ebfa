"""The files around the folder of a case, which no client may make, change or remove."""

import os

_NEIGHBOUR = "neighbour"  # a file of somebody else


class Surroundings:
    """Looks at a folder, of which one folder belongs to the client."""

    def __init__(self, folder: str, own: str) -> None:
        """own: the name of the client's in the folder."""
        self._folder = folder
        self._own = own
        with open(os.path.join(folder, _NEIGHBOUR), "w", encoding="utf-8") as file:
            file.write("a file of somebody else\n")
        self._known = self._look()

    def _look(self) -> dict[str, tuple[int, int]]:
        """The time and the size of each file."""
        with os.scandir(self._folder) as entries:
            others = [entry for entry in entries if entry.name != self._own]
        stats = {entry.path: entry.stat(follow_symlinks=False) for entry in others}
        return {path: (stat.st_mtime_ns, stat.st_size) for path, stat in stats.items()}

    def touched(self) -> list[str]:
        """The paths of files that were made, changed or removed since the last look."""
        before, self._known = self._known, self._look()
        paths = sorted({*before, *self._known})
        return [path for path in paths if before.get(path) != self._known.get(path)]
