"""Fields that rows of several groups share: what a client is to do, and why."""

from collections.abc import Mapping
from typing import Any

FETCH_ALL = "Fetch and delete all."
NEXT_RUN = "Say failure, and fetch all in the next run."
IN_TIME = "Give up in time, say failure, and fetch all in the next run."

FETCHES_ALL: Mapping[str, Any] = {"expected": FETCH_ALL, "fail": "MISSING UNDELETED FAILED"}
GIVES_UP: Mapping[str, Any] = {
    "why": "A client that waits for ever fetches no more mail until somebody restarts it.",
    "expected": IN_TIME,
    "runs": 2,
}
