"""How many times less CPU than tuned Dovecot, as data for the picture in the manual."""

import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks.figures import Load
from benchmarks.peers.dovecot import TUNED
from benchmarks.peers.plain import CANNED, TWISTED
from benchmarks.peers.pop3lab import FOLDER, MAILDIR, TRANSCRIPT
from benchmarks.results import Results

RATIOS = Path(__file__).parent / "ratios.json"
SHOWN = (FOLDER, MAILDIR, TRANSCRIPT, TWISTED, CANNED)


def write_ratios(results: Results, loads: Iterable[Load]) -> None:
    """Write the medians, by figure and peer."""
    found = {
        load.name: {
            peer: round(ratio.median, 3)
            for peer in SHOWN
            if (ratio := results.cpu_ratio(load.name, peer, TUNED))
        }
        for load in loads
    }
    RATIOS.write_text(json.dumps(found, indent=1) + "\n")
