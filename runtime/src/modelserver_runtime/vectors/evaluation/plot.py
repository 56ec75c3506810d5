"""The picture of a report: effect, fluency and distinctness over the scale, a line for each emotion."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modelserver_runtime.vectors.evaluation.report import Emotion, Point, Report

# Six colours that people who see colours differently tell apart (Okabe and Ito), then matplotlib's own.
_COLOURS = ("#D55E00", "#009E73", "#0072B2", "#E69F00", "#56B4E9", "#CC79A7")
_STYLE: Any = {"svg.hashsalt": "modelserver", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}


def draw(report: Report, target: Path) -> None:
    """Write the picture as what `target`'s name ends in: .png or .svg."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(12, 4.2), layout="constrained")
        effect, fluency, distinct = figure.subplots(1, 3)
        _lines(effect, report, lambda point: point.effect)
        _labelled(effect, "effect", "1 = what scale 1 adds")
        _lines(fluency, report, lambda point: point.perplexity)
        _labelled(fluency, "fluency: perplexity under the unsteered model", "×: text has broken down")
        _broken(fluency, report)
        _lines(distinct, report, lambda point: point.told_apart)
        _labelled(distinct, "distinctness", "share told apart; dots: chance")
        distinct.axhline(1 / (len(report.emotions) + 1), color="grey", linestyle=":", linewidth=1)
        distinct.set_ylim(-0.03, 1.05)
        handles, labels = effect.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 8), frameon=False)
        figure.suptitle(f"{report.model.name}: {report.prompts} prompts, temperature {report.temperature:g}")
        figure.savefig(target, dpi=130, metadata=_undated(target), facecolor="white")


def _lines(axes: Axes, report: Report, value: Callable[[Point], float | None]) -> None:
    for number, (name, emotion) in enumerate(report.emotions.items()):
        known = [(point.scale, found) for point in emotion.points if (found := value(point)) is not None]
        colour = _COLOURS[number] if number < len(_COLOURS) else None
        axes.plot(*zip(*known, strict=True), marker="o", markersize=3.5, linewidth=1.3, color=colour, label=name)


def _labelled(axes: Axes, title: str, below: str) -> None:
    axes.set_title(title, fontsize=9.5)
    axes.set_xlabel(f"scale\n({below})")
    axes.grid(alpha=0.25)


def _broken(axes: Axes, report: Report) -> None:
    axes.set_yscale("log")
    limit = report.breakdown_times * report.unsteered_perplexity
    axes.axhline(limit, color="grey", linestyle="--", linewidth=1)
    for emotion in report.emotions.values():
        if point := _at_breakdown(emotion):
            axes.plot(point.scale, point.perplexity, marker="x", markersize=9, markeredgewidth=2, color="black")


def _at_breakdown(emotion: Emotion) -> Point | None:
    return next((point for point in emotion.points if point.scale == emotion.breaks_down_at), None)


def _undated(target: Path) -> dict[str, None]:
    """Without the date and the library's version, the same report gives the same bytes."""
    return {"Date": None, "Creator": None} if target.suffix == ".svg" else {"Software": None}
