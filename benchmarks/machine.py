"""The facts about the machine that figures depend on, and nothing that tells which one it is."""

import os
import platform
import sysconfig
from collections.abc import Iterable

from benchmarks.peers.peer import Peer


def facts(peers: Iterable[Peer]) -> list[str]:
    """A line for each fact."""
    versions = {f"{peer.name.partition(',')[0]} {peer.version}" for peer in peers if peer.version}
    return [
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}, {_build()}",
        *sorted(versions),
    ]


def _build() -> str:
    """How the interpreter was optimized when it was built: some 10 % of its speed."""
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    named = {"--enable-optimizations": "PGO", "--with-lto": "LTO"}
    found = [name for option, name in named.items() if option in options]
    return f"built with {' and '.join(found)}" if found else "built without PGO and LTO"
