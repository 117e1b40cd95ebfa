"""Runs of pytest: in this process, unless they have workers or other plugins."""

import warnings

import pytest

FETCH = """
import poplib
import pytest

def fetch(server):
    client = poplib.POP3(*server.address, timeout=10)
    try:
        client.user(server.user)
        client.pass_(server.password)
        texts = [client.retr(number)[1] for number in range(1, client.stat()[0] + 1)]
        client.quit()
    finally:
        client.close()
    return texts
"""


class Run:
    """Runs tests, given as text. apart: in a process of their own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester

    def __call__(
        self, tests: str, *arguments: str, ini: str = "", apart: bool = False
    ) -> pytest.RunResult:
        self.pytester.makeini(f"[pytest]\n{ini}")
        self.pytester.makepyfile(FETCH + tests)
        options = [
            "-p",
            "no:cacheprovider",
            "-p",
            "no:asyncio",
            "-p",
            "no:anyio",
            "--strict-markers",
        ]
        if apart:
            return self.pytester.runpytest_subprocess(*options, *arguments)
        with warnings.catch_warnings():
            warnings.resetwarnings()  # those that are errors here
            return self.pytester.runpytest_inprocess(*options, *arguments)
