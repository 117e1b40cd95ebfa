"""What a server's processes have used, as /proc tells it."""

import os
from collections import defaultdict
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")

# Places in /proc/PID/stat after the name in parentheses.
PARENT = 1
TIMES = slice(11, 15)  # utime, stime, and the same of the children already waited for


def cpu_seconds(pid: int) -> float:
    """User and system seconds of a process and all its descendants, the ended ones too."""
    while True:
        members = family(pid)
        total = sum(_ticks(member) for member in members) / TICKS
        # One that ended meanwhile would be counted twice or not at all.
        if family(pid) == members:
            return total


def pss_kilobytes(pid: int) -> float:
    """Memory of a process and its descendants, shared pages divided among those who share them."""
    return sum(_pss(member) for member in family(pid))


def family(pid: int) -> list[int]:
    """The process and its living descendants."""
    children = _children()
    members = [pid]
    for member in members:
        members += children[member]
    return members


def _children() -> dict[int, list[int]]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[PARENT])].append(int(entry.name))
    return children


def _stat(pid: int) -> list[str]:
    """The fields after the name; none when the process has gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _ticks(pid: int) -> int:
    return sum(int(ticks) for ticks in _stat(pid)[TIMES])


def _pss(pid: int) -> int:
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
