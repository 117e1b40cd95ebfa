"""How much memory a server's process takes, as the kernel counts it."""

from pathlib import Path

MEBIBYTE = 1024 * 1024

FLAT = 4 * MEBIBYTE  # what a server may grow by, whatever a client does


class Footprint:
    """The memory of a process from now on."""

    def __init__(self, process: int) -> None:
        self._proc = Path(f"/proc/{process}")
        self._before = self._octets("VmRSS")
        self._read_before = self._read()

    @property
    def growth(self) -> int:
        """How far the most that there ever was is above what there was at the beginning."""
        return self._octets("VmHWM") - self._before

    @property
    def read(self) -> int:
        """Octets that the process has read from files."""
        return self._read() - self._read_before

    def _read(self) -> int:
        return int(self._field("io", "rchar"))

    def _octets(self, name: str) -> int:
        return int(self._field("status", name).removesuffix("kB")) * 1024

    def _field(self, file: str, name: str) -> str:
        lines = (self._proc / file).read_text("ascii").splitlines()
        return dict(line.split(":", 1) for line in lines)[name].strip()
