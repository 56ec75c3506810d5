"""What a comparison says in JSON: alone, or as a part of the newer report."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from modelserver_operator.cli.loadtest.reporting.part import Part

Said = Literal["Better", "Worse", "Noise", "Unknown"]


class Change(Part):
    """A figure that both reports have: times in seconds, shares of 1."""

    scenario: str = Field(description="`all`: of all requests together.")
    figure: str
    old: float
    new: float
    change: float | None = Field(description="New over old, less 1; null: the old one is 0.")
    verdict: Said = Field(description="Noise: it is no more than chance. Unknown: too little was measured to tell.")


class Compared(Part):
    """Two reports side by side."""

    old_started_at: str
    new_started_at: str
    not_alike: list[str] = Field(description="What was asked for otherwise, a sentence each.")
    differences: list[Change] = Field(description="Of all requests together, then of each scenario that both have.")
