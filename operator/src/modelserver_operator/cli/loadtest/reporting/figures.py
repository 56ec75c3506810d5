"""Figures for people: times in the unit that they are read in, shares in percent."""

from __future__ import annotations


def seconds(value: float | None) -> str:
    """A time with three digits that count."""
    if value is None:
        return "-"
    if not value:
        return "0 s"
    if value < 0.9995:
        return f"{_three(value * 1000)} ms"
    return f"{_three(value)} s" if value < 600 else f"{value / 60:.1f} min"


def share(value: float) -> str:
    """A share of 1 in percent; what is above nothing never reads as 0."""
    percent = 100 * value
    return f"{percent:.3g} %" if percent < 1 else f"{percent:.1f} %"


def rate(value: float) -> str:
    """A second, without the unit."""
    return _three(value)


def said(figure: float, unit: str, metric: str = "") -> str:
    """A figure in the unit of a claim: s, % or none."""
    if unit == "s":
        return seconds(figure)
    if unit == "%":
        return share(figure)
    return f"{figure:.0f}" if metric in ("errors", "refusals") else f"{rate(figure)}/s"


def _three(value: float) -> str:
    """Three digits that count, and never fewer than there are before the point; 0 as it is."""
    if not value:
        return "0"
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
