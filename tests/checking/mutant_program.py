"""A mutant as a program of its own: it can be killed, crash, and take memory.

python -m tests.checking.mutant_program OPERATION HOST PORT ... DEFECT ...
"""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

from pop3lab.clients.driver import Driver
from pop3lab.clients.job import Job
from tests.checking.mutant import mutant

_ROOT = Path(__file__).parents[2]
_WORDS = ("{host}", "{port}", "{user}", "{password}", "{timeout}", "{out}", "{home}", "{auth}")


def driver_of(*defects: str) -> Driver:
    """Drives the mutant with these defects."""
    module = "tests.checking.mutant_program"
    path = f"PYTHONPATH={_ROOT / 'src'}{os.pathsep}{_ROOT}"
    return Driver(
        name="mutant",
        auth={name: name for name in ("", "scram-sha-256")},
        operations={
            operation: ("env", path, sys.executable, "-m", module, operation, *_WORDS, *defects)
            for operation in ("delete", "keep")
        },
    )


def main() -> None:
    """Deliver each message under a name that shows it when it is whole."""
    operation, host, port, user, password, timeout, out, home, auth, *defects = sys.argv[1:]
    memory = Path(home, "memory")
    state: dict[str, Any] = pickle.loads(memory.read_bytes()) if memory.exists() else {}

    def save() -> None:
        kept = {name: value for name, value in state.items() if name != "save"}
        memory.with_suffix(".new").write_bytes(pickle.dumps(kept))
        memory.with_suffix(".new").rename(memory)

    state["save"] = save
    job = Job(
        host=host,
        port=int(port),
        user=user,
        password=password,
        timeout=float(timeout),
        auth=auth,
        delete=operation == "delete",
        folder=str(Path(out).parent),
        state=state,
    )
    try:
        for message in mutant(*defects)(job):
            place = len(os.listdir(out))
            Path(out, f".{place}").write_bytes(message)
            Path(out, f".{place}").rename(Path(out, f"{place}"))
            save()
    finally:
        save()


if __name__ == "__main__":
    main()
