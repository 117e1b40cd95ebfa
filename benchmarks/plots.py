"""`python -m benchmarks.plots`: the pictures of the manual, of what the last full runs have found.

They need matplotlib, which is in the extra `bench`.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Checked with and without matplotlib, which only those have who run the benchmarks.
import matplotlib as mpl  # type: ignore[import-not-found,unused-ignore]
from matplotlib import pyplot as plt  # type: ignore[import-not-found,unused-ignore]
from matplotlib.ticker import (  # type: ignore[import-not-found,unused-ignore]
    LogLocator,
    NullLocator,
)

from benchmarks import growth
from benchmarks.peers.dovecot import TUNED
from benchmarks.peers.plain import CANNED
from benchmarks.ratios import RATIOS, SHOWN

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"

_STYLE: dict[str, Any] = {
    "svg.hashsalt": "pop3lab",  # the same picture each time
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#dddddd",
}


def draw_beside(found: Mapping[str, Mapping[str, float]]) -> None:
    """Draw a row of bars for each figure."""
    height = 0.8 / len(SHOWN)
    picture, axes = plt.subplots(figsize=(9, 1 + 0.75 * len(found)), layout="constrained")
    for nth, peer in enumerate(SHOWN):
        places = [row + height * (nth - (len(SHOWN) - 1) / 2) for row in range(len(found))]
        widths = [by_peer.get(peer, 1) - 1 for by_peer in found.values()]
        color = "#bbbbbb" if peer == CANNED else None
        axes.barh(places, widths, left=1, height=height * 0.9, label=peer, color=color)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_yticks(range(len(found)), list(found))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"times less CPU than {TUNED} (the line); more is better")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    _save(picture, "speed-beside")


def draw_growth(curves: Sequence[Mapping[str, Any]]) -> None:
    """Draw a small plot for each curve, both axes logarithmic, with a line of slope 1."""
    columns = 3
    rows = -(-len(curves) // columns)
    picture, grid = plt.subplots(
        rows, columns, figsize=(9, 2.6 * rows), layout="constrained", squeeze=False
    )
    for axes in grid.flat[len(curves) :]:
        axes.set_visible(False)
    for axes, curve in zip(grid.flat, curves, strict=False):
        sizes, figures = zip(*curve["points"], strict=True)
        linear = [figures[-1] * size / sizes[-1] for size in sizes]
        axes.loglog(sizes, linear, color="#bbbbbb", linestyle="--")
        axes.loglog(sizes, figures, marker="o")
        axes.set_title(curve["title"], fontsize=9)
        axes.set_xlabel(curve["of"], fontsize=8)
        axes.set_ylabel(curve["unit"], fontsize=8)
    _save(picture, "speed-growth")


def _save(picture: Any, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    picture.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})


def main() -> int:
    """Draw all."""
    mpl.use("svg")
    with plt.rc_context(_STYLE):
        draw_beside(json.loads(RATIOS.read_text()))
        draw_growth(json.loads(growth.DATA.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
