"""The clock of servers, where a test has put another in its place."""

import subprocess
import sys

PROGRAM = """
import time
time.monotonic = time.perf_counter = time.time = lambda: 0.0  # as libraries that stop the time do
from pop3lab.clock import steady
from pop3lab.testing.event_loop import acquire, release
thread = acquire("a test")
began = steady(), thread.loop.time()
time.sleep(0.01)
print(steady() > began[0] > 0, thread.loop.time() > began[1] > 0)
release(thread, "a test")
"""


def test_the_time_of_servers_does_not_stop() -> None:
    command = [sys.executable, "-c", PROGRAM]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert run.stdout == "True True\n"
