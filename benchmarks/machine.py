"""The facts about the machine that figures depend on, and nothing that tells which one it is."""

import os
import platform
from collections.abc import Iterable

from benchmarks.peers.peer import Peer


def facts(peers: Iterable[Peer]) -> list[str]:
    """A line for each fact."""
    versions = {f"{peer.name.partition(',')[0]} {peer.version}" for peer in peers if peer.version}
    return [
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}",
        *sorted(versions),
    ]
