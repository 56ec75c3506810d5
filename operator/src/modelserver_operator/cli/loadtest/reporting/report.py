"""The report of a load test: its JSON, whose schema is docs/schemas/loadtest.json. All durations are seconds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from modelserver_operator.cli.loadtest.reporting.capacity_report import Capacity
from modelserver_operator.cli.loadtest.reporting.comparison_report import Compared
from modelserver_operator.cli.loadtest.reporting.part import Part


class Figure(Part):
    """A figure, and what it may well have been by chance."""

    value: float
    low: float | None = Field(
        None, description="Of the interval in which the figure lies in 95 of 100 such runs; null: too little was seen."
    )
    high: float | None = None


class Times(Part):
    """How long something took."""

    samples: int
    mean: Figure
    p50: Figure
    p90: Figure
    p95: Figure
    p99: Figure
    max: float
    curve: list[float] = Field(
        description="The percentiles 0, 1, 2, … 99, 99.5, 99.9 and 100: of so many percent it took no longer."
    )


class Refusals(Part):
    """Refusals of one kind."""

    kind: str = Field(description="The status, and the code of the answer's error where it has one.")
    count: int
    retry_after: list[float] = Field(
        description="The least, the median and the largest Retry-After in seconds; empty: none was sent."
    )


class Goodput(Part):
    """What was answered as the objectives want it."""

    requests: int
    share: Figure = Field(description="Of the requests that were asked, refused and failed ones included.")
    per_second: Figure


class Summary(Part):
    """One scenario, or all of them together, without the warm-up."""

    asked: int
    answered: int
    refused: int
    failed: int
    abandoned: int = Field(description="Still open when the test was ended early: neither answered nor failed.")
    error_share: Figure
    refusal_share: Figure
    errors: dict[str, int] = Field(description="How many failed, by kind.")
    refusals: list[Refusals]
    requests_per_second: Figure = Field(description="Answered, by when the answers ended.")
    tokens_per_second: Figure = Field(description="Of answers; by their usage where they tell it, else by events.")
    tokens_in: int = Field(description="Of prompts, by the answers' usage; 0: not told.")
    tokens_out: int
    goodput: Goodput | None = Field(None, description="null: no objective was given.")
    ttft: Times | None = Field(None, description="To the first token, from when the request was due. null: no streams.")
    itl: Times | None = Field(None, description="From one token event to the next.")
    e2e: Times | None = Field(None, description="To the end of the answer, from when the request was due.")


class Moment(Part):
    """A slice of the timeline."""

    at: float = Field(description="Where it begins, since the load began.")
    asked: int = Field(description="Due in it.")
    answered: int = Field(description="Ended in it, as are the three that follow.")
    refused: int
    failed: int
    tokens: int
    in_flight: int = Field(description="Requests that were open at its end.")
    ttft_p50: float | None = Field(None, description="Of the requests that were due in it; null: none was answered.")
    ttft_p95: float | None = None
    e2e_p50: float | None = None
    e2e_p95: float | None = None


class Timeline(Part):
    """The whole run, the warm-up included."""

    slice_seconds: float
    moments: list[Moment]


class Delays(Part):
    """Some durations of the load tester's own; null where there were none."""

    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


class Own(Part):
    """What the load tester itself has cost."""

    lateness: Delays = Field(description="From when requests were due until the load tester came to them.")
    loop_lag: Delays = Field(description="How late its event loop came to what was due.")
    cpu_seconds: float
    cpu_share: float = Field(description="Of one core, the most in any second.")
    cpu_per_request: float
    connections: int
    most_in_flight: int
    bottleneck: str | None = Field(description="Why the load tester, not the server, may be what was measured.")


class Target(Part):
    """Whom the test has asked, and the way there."""

    asked: str = Field(description="URL or NAME, as on the command line.")
    url: str
    way: Literal["Direct", "ServiceProxy"]
    note: str = Field("", description="What is to be kept in mind about the way.")
    model_server: str | None = Field(None, description="namespace/name, where a ModelServer was named.")
    ready_pods: int | None = Field(None, description="At the beginning; null: not known.")
    ready_pods_after: int | None = None
    server: str | None = Field(None, description="What the server says that it is, with its version.")
    models: list[str] = Field(description="Served names that were asked.")
    max_model_len: int | None = None
    steering: dict[str, int] = Field(description="Answers by their x-modelserver-steering.")


class Load(Part):
    """What was asked for."""

    arrivals: Literal["Poisson", "Constant", "Closed"]
    rate: float | None = Field(None, description="Requests a second, open loop.")
    concurrency: int | None = Field(None, description="Callers, closed loop.")
    api: str
    stream: bool
    scenarios: dict[str, float] = Field(description="Each one's share of the requests.")
    shared_prefix_words: int
    emotions: list[str] = Field(description="Emotions and variants among which requests were shared out.")
    warm_up_seconds: float
    duration_seconds: float | None
    requests: int | None
    timeout_seconds: float
    seed: int = Field(description="As asked for; with --find-capacity each run has one of its own.")


class Held(Part):
    """An assertion, and what became of it."""

    text: str
    holds: bool
    figure: float | None = Field(description="In seconds, a share of 1, a count or a rate; null: nothing was measured.")
    said: str


class Report(Part):
    """A load test."""

    schema_version: Literal[1] = 1
    tool: str = Field(description="Name and version of the load tester.")
    command_line: list[str] = Field(description="Without keys and headers' values.")
    started_at: str
    measured_seconds: float
    ended_early: bool
    target: Target
    load: Load
    objectives: list[str]
    overall: Summary
    scenarios: dict[str, Summary]
    timeline: Timeline
    own: Own
    assertions: list[Held]
    capacity: Capacity | None = None
    comparison: Compared | None = Field(None, description="With a report of before; null: none was asked for.")
