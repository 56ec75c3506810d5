"""Boxes and arrows in the project's look, as SVG that is the same bytes whenever it is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

INK, MUTED = "#1f2933", "#52606d"
STYLE: Any = {"svg.hashsalt": "modelserver", "svg.fonttype": "path", "font.family": "DejaVu Sans"}


@dataclass(frozen=True)
class Box:
    """A rectangle in figure units: its left lower corner, its size, a title and lines below it."""

    x: float
    y: float
    width: float
    height: float
    title: str
    lines: tuple[str, ...] = ()
    colour: str = "#ffffff"

    @property
    def left(self) -> tuple[float, float]:
        """The middle of the left edge."""
        return self.x, self.y + self.height / 2

    @property
    def right(self) -> tuple[float, float]:
        """The middle of the right edge."""
        return self.x + self.width, self.y + self.height / 2

    @property
    def top(self) -> tuple[float, float]:
        """The middle of the upper edge."""
        return self.x + self.width / 2, self.y + self.height


@contextmanager
def drawing(target: Path, width: float, height: float) -> Iterator[Axes]:
    """An empty sheet, saved as SVG when the block ends; one unit is a tenth of an inch."""
    with mpl.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(width / 10, height / 10))
        figure.subplots_adjust(0, 0, 1, 1)
        axes.set_xlim(0, width)
        axes.set_ylim(0, height)
        axes.axis("off")
        yield axes
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")
        plt.close(figure)


def put(axes: Axes, box: Box) -> Box:
    """Draws the box."""
    shape = FancyBboxPatch(
        (box.x, box.y), box.width, box.height, boxstyle="round,pad=0,rounding_size=0.8", fc=box.colour, ec=INK, lw=1.1
    )
    axes.add_patch(shape)
    middle, top = box.x + box.width / 2, box.y + box.height
    axes.text(middle, top - 1.9, box.title, ha="center", va="center", fontsize=9.5, color=INK, weight="bold")
    for number, line in enumerate(box.lines):
        axes.text(middle, top - 4.2 - 1.9 * number, line, ha="center", va="center", fontsize=8, color=MUTED)
    return box


def arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], words: str = "", *, above: float = 1.0
) -> None:
    """Draws an arrow with words at its middle, `above` units over it."""
    line = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=11, color=INK, lw=1.1, shrinkA=1, shrinkB=1)
    axes.add_patch(line)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + above
    axes.text(x, y, words, ha="center", va="center", fontsize=8, color=INK)
