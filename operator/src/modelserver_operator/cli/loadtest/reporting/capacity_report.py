"""What `--find-capacity` has found, as the report has it. All durations are seconds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from modelserver_operator.cli.loadtest.reporting.part import Part


class Try(Part):
    """A short run at one rate."""

    rate: float = Field(description="Requests a second that were wanted.")
    met: bool = Field(description="The objectives were met.")
    why: str = Field(description="Where not: the first objective that was not, or that the line only grew.")
    asked_per_second: float = Field(
        0.0, description="As chance had it: what was asked in the measured time; 0: not told."
    )
    answered_per_second: float
    seconds: float
    seed: int | None = Field(
        None, description="Of this run: with --rate and --seed it is asked the same again; null: not told."
    )


class Proposal(Part):
    """How many unfinished requests a pod should have before another is asked for."""

    target_unfinished_requests: int
    unfinished_at_capacity: float = Field(description="Of all pods: answers a second times their mean time.")
    mean_e2e: float = Field(description="At the rate that was found.")
    pods: int
    margin: float = Field(description="The share of what a pod holds at capacity that is proposed.")
    why: list[str]
    manifest: str = Field(description="What to paste into the ModelServer.")


class Capacity(Part):
    """The largest rate that meets the objectives."""

    outcome: Literal["Found", "NeverMet", "NotReached", "LoadTester", "Stopped"] = Field(
        description="NeverMet: not even at the least rate that was tried. NotReached: also at the largest one. "
        "LoadTester: the load tester could do no more. Stopped: ended before it was found."
    )
    rate: float | None = Field(description="Requests a second; null: none met them.")
    first_too_much: float | None = Field(description="The smallest rate that did not meet them; null: none was tried.")
    tries: list[Try]
    proposal: Proposal | None = None
