"""A sheet in pixels from the upper left corner, on which panels lie; saved as SVG that is the same bytes every time."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from docs.pictures.dashboards import theme
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Rectangle

# Text stays text: it can be searched for, and a page of it is half as large as one of outlines. Browsers take the first
# font that they have; all of them are narrower than the one that places are reckoned with.
STYLE: Any = {"svg.hashsalt": "modelserver", "svg.fonttype": "none", "font.family": "DejaVu Sans"}
FONTS = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
POINTS = 72  # to the inch: a pixel is a point here, as in SVG
# What matplotlib says with each text, and is said once for all.
REPEATED = re.compile(r"font-family: [^;]*; |text-anchor: start; | transform=\"rotate\(-0 [^)]*\)\"|<!--.*?-->\n *")
OUTLINE = re.compile(r' d="[^"]*"')
NUMBER = re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True)
class Place:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, left: float, top: float, right: float, bottom: float) -> "Place":
        """What is left of it without these margins."""
        return Place(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)


def place(grid: dict[str, int]) -> Place:
    """Where a panel lies, by its gridPos."""
    cell = (theme.WIDTH - 2 * theme.MARGIN + theme.GAP) / theme.COLUMNS
    x, y = theme.MARGIN + grid["x"] * cell, theme.TOP + grid["y"] * theme.UNIT
    return Place(x, y, grid["w"] * cell - theme.GAP, grid["h"] * theme.UNIT - theme.GAP)


class Sheet:
    """Text and shapes on it; graphs have axes of their own."""

    def __init__(self, height: float) -> None:
        self.height = height
        with mpl.rc_context(STYLE):
            self._figure = plt.figure(figsize=(theme.WIDTH / POINTS, height / POINTS), facecolor=theme.CANVAS)
        self._all = self._figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._all.set_xlim(0, theme.WIDTH)
        self._all.set_ylim(height, 0)
        self._all.axis("off")

    def text(self, x: float, y: float, words: str, **how: Any) -> None:
        """Words; `y` is their middle, `x` their left edge unless `ha` says otherwise."""
        self._all.text(x, y, words, **{"size": 11, "color": theme.TEXT, "va": "center", **how})

    def box(self, where: Place, colour: str, edge: str = "none", radius: float = 2.0) -> None:
        """A rectangle with round corners."""
        rounded = f"round,pad=0,rounding_size={radius}"
        corner = (where.x, where.y)
        shape = FancyBboxPatch(corner, where.width, where.height, boxstyle=rounded, fc=colour, ec=edge, lw=1)
        self._all.add_patch(shape)

    def bar(self, where: Place, colour: str, alpha: float = 1.0) -> None:
        """A rectangle."""
        corner = (where.x, where.y)
        self._all.add_patch(Rectangle(corner, where.width, where.height, fc=colour, ec="none", alpha=alpha))

    def rule(self, x: float, y: float, width: float) -> None:
        """A thin line from left to right."""
        self._all.plot([x, x + width], [y, y], color=theme.LINES, lw=1, solid_capstyle="butt")

    def axes(self, where: Place) -> Axes:
        """Empty axes on that rectangle, with the grid and the look of a graph of Grafana."""
        lower = self.height - where.y - where.height
        box = (where.x / theme.WIDTH, lower / self.height, where.width / theme.WIDTH, where.height / self.height)
        axes = self._figure.add_axes(box, facecolor="none")
        for side in axes.spines.values():
            side.set_visible(False)
        axes.tick_params(length=0, pad=4, labelsize=9.5, labelcolor=theme.MUTED)
        axes.grid(color=theme.LINES, lw=0.8)
        axes.set_axisbelow(True)
        return axes

    def save(self, target: Path) -> None:
        """As SVG; a tenth of a pixel is enough, and makes the file small."""
        with mpl.rc_context(STYLE):
            self._figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(self._figure)
        drawn = REPEATED.sub("", target.read_text()).replace('pt"', 'px"', 2)
        drawn = drawn.replace("</style>", f"text{{font-family: {FONTS}; white-space: pre}}</style>", 1)
        target.write_text(OUTLINE.sub(_rounded, drawn))


def _rounded(outline: re.Match[str]) -> str:
    return NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), outline[0])
