"""The plots of a report as SVG for within a page: colours are the page's variables, and nothing is loaded or run."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from xml.etree import ElementTree

import pygal
from pygal.style import Style

from modelserver_operator.cli.loadtest.reporting.figures import rate, seconds
from modelserver_operator.cli.loadtest.reporting.report import Moment, Report, Summary
from modelserver_operator.cli.loadtest.reporting.text import shown
from modelserver_operator.cli.loadtest.wanted.claims import CURVE_PERCENTS

# pygal leaves a hook for imports of a kind that Python 3.12 has no more, and at which 3.11 warns at every import.
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != pygal.__name__]

Point = tuple[float, float | None]
Lines = Mapping[str, Sequence[Point]]
WIDTH, HEIGHT = 640, 270  # of the drawing; the page scales it
FONT = "ui-sans-serif, system-ui, sans-serif"
MOST_DOTS = 60  # more than that hide the line
COLORS = ("1", "2", "3", "5", "quiet", "soft-1", "soft-2")  # of lines that are alike; 4 is that of failures
TICKS = 6  # of an axis, at most
LAST_PERCENT = 99.5  # of a distribution: the few slowest ones would squash all others; the table has them


def latency(report: Report) -> str:
    """Time to the first token and to the end, over when requests were due."""
    moments = report.timeline.moments
    lines: dict[str, list[Point]] = {
        "TTFT P50": [(each.at, each.ttft_p50) for each in moments],
        "TTFT P95": [(each.at, each.ttft_p95) for each in moments],
        "End to end P50": [(each.at, each.e2e_p50) for each in moments],
        "End to end P95": [(each.at, each.e2e_p95) for each in moments],
    }
    there = {name: line for name, line in lines.items() if any(value is not None for _, value in line)}
    colors = {"TTFT P50": "soft-1", "TTFT P95": "1", "End to end P50": "soft-2", "End to end P95": "2"}
    return _drawn(there, [colors[name] for name in there], x=_second, y=seconds)


def distribution(report: Report, metric: str) -> str:
    """What share of the requests took no longer, by scenario. metric: ttft, itl or e2e."""
    lines = {name: curve for name, each in shown(report).items() if (curve := _curve(each, metric))}
    colors = [COLORS[number % len(COLORS)] for number in range(len(lines))]
    return _drawn(lines, colors, x=seconds, y=lambda percent: f"{percent:g} %")


def throughput(report: Report) -> str:
    """What was asked and what became of it, a second."""
    moments, length = _whole(report), report.timeline.slice_seconds

    def per_second(of: Callable[[Moment], int]) -> list[Point]:
        return [(each.at, of(each) / length) for each in moments]

    lines = {
        "asked": per_second(lambda each: each.asked),
        "answered": per_second(lambda each: each.answered),
        "refused": per_second(lambda each: each.refused),
        "failed": per_second(lambda each: each.failed),
    }
    colors = {"asked": "quiet", "answered": "1", "refused": "3", "failed": "4"}
    there = {name: line for name, line in lines.items() if name in ("asked", "answered") or any(y for _, y in line)}
    return _drawn(there, [colors[name] for name in there], x=_second, y=rate)


def tokens(report: Report) -> str:
    """Tokens of the answers that ended, a second."""
    length = report.timeline.slice_seconds
    line = [(each.at, each.tokens / length) for each in _whole(report)]
    return _drawn({"tokens/s": line}, ["5"], x=_second, y=rate)


def in_flight(report: Report) -> str:
    """Requests that were open."""
    line = [(each.at, float(each.in_flight)) for each in report.timeline.moments]
    return _drawn({"open requests": line}, ["2"], x=_second, y=rate)


def _whole(report: Report) -> Sequence[Moment]:
    """The slices that have their full length: less is done in the last one because it is shorter."""
    return report.timeline.moments[:-1] or report.timeline.moments


def _curve(summary: Summary, metric: str) -> list[Point]:
    times = getattr(summary, metric)
    points = zip(times.curve, CURVE_PERCENTS, strict=True) if times else ()
    return [(took, percent) for took, percent in points if percent <= LAST_PERCENT]


def _ticks(values: Iterable[float | None]) -> list[float]:
    """From 0 on, in steps that people count in, to the first one that none of the values is above."""
    top = max((value for value in values if value is not None), default=0) or 1.0
    unit = 10 ** math.floor(math.log10(top / TICKS))
    step = next(unit * each for each in (1, 2, 2.5, 5, 10) if unit * each * TICKS >= top)
    return [round(step * number, 12) for number in range(math.ceil(round(top / step, 9)) + 1)]


def _second(moment: float) -> str:
    return f"{moment:g} s"


def _drawn(lines: Lines, colors: Sequence[str], *, x: Callable[[float], str], y: Callable[[float], str]) -> str:
    x_ticks, y_ticks = (_ticks(point[axis] for line in lines.values() for point in line) for axis in (0, 1))
    chart = pygal.XY(
        style=_style(colors),
        js=(),
        disable_xml_declaration=True,
        width=WIDTH,
        height=HEIGHT,
        margin=8,
        margin_right=28,
        show_dots=max((len(line) for line in lines.values()), default=0) <= MOST_DOTS,
        dots_size=2,
        show_legend=len(lines) > 1,  # one line is what the title says
        legend_at_bottom=True,
        legend_at_bottom_columns=max(1, len(lines)),
        legend_box_size=10,
        show_x_guides=False,
        x_labels=x_ticks,
        y_labels=y_ticks,
        xrange=(0, x_ticks[-1]),
        range=(0, y_ticks[-1]),
        x_value_formatter=x,
        value_formatter=y,
        no_data_text="Nothing was measured.",
    )
    for name, line in lines.items():
        chart.add(name, list(line), allow_interruptions=True)
    chart.add_xml_filter(_still)
    svg: str = chart.render(is_unicode=True)
    return svg


def _style(colors: Sequence[str]) -> Style:
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--quiet)",
        foreground_strong="var(--ink)",
        foreground_subtle="var(--line)",
        guide_stroke_color="var(--line)",
        major_guide_stroke_color="var(--line)",
        guide_stroke_dasharray="none",
        major_guide_stroke_dasharray="none",
        colors=tuple(f"var(--plot-{each})" for each in colors),
        font_family=FONT,
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=13,
        stroke_width=2,
        stroke_opacity="1",
        transition="none",
    )


def _still(root: ElementTree.Element) -> ElementTree.Element:
    """Without scripts; what they would have shown under the pointer is a title, which browsers show by themselves."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] == "script":
                parent.remove(child)
        _titled(parent)
    return root


def _titled(element: ElementTree.Element) -> None:
    told = {each.get("class"): each for each in element if _name(each) == "desc"}
    for each in told.values():
        element.remove(each)
    if "value" in told:
        title = ElementTree.Element("title")
        title.text = told["value"].text
        element.insert(0, title)


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
