import poplib
from pathlib import Path

import pytest
from fetcher import fetch

from pop3lab import load_scenario

OUTAGE = Path(__file__).with_name("outage.toml")


def test_the_outage():
    scenario = load_scenario(OUTAGE)
    with scenario.server() as server:
        for _ in range(2):
            with pytest.raises((OSError, poplib.error_proto)):
                fetch(server.url, "ann", "secret")
        assert len(fetch(server.url, "ann", "secret")) == 3
        server.wait(sessions=3)
        assert list(scenario.mismatches(server.sessions)) == []
        server.verify(violations=False)  # it comes back at once
