"""What one pod's /metrics says at one moment, of all that is shown: parsed, and nothing asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

Series: TypeAlias = tuple[str, ...]  # a name of COUNTED, and its labels' values in the order that stands there
Counts: TypeAlias = Mapping[Series, float]

STARTED = "process_start_time_seconds"
STATE = "modelserver_state"
RUNNING, WAITING = "modelserver_running_requests", "modelserver_waiting_requests"
CACHE = "vllm:kv_cache_usage_perc"  # 0 to 1, whatever its name says
LIVE_REFUSED = "modelserver_live_refused"
GAUGES = (STARTED, RUNNING, WAITING, LIVE_REFUSED)

REQUESTS = "modelserver_requests_total"
REFUSED = "modelserver_requests_refused_total"
MISSED = "modelserver_deadlines_missed_total"
TOKENS = "modelserver_completion_tokens_total"
# The engine counts a token when it comes; the runtime counts those of a request when that has ended.
ENGINE_TOKENS = "vllm:generation_tokens_total"
EMOTIONS = "modelserver_emotions_requests_total"
RETUNES = "modelserver_live_changes_total"
TTFT = "modelserver_time_to_first_token_seconds_bucket"
E2E = "modelserver_request_seconds_bucket"

# What only grows while a process lives, and the labels that are told apart.
COUNTED: Mapping[str, tuple[str, ...]] = {
    REQUESTS: ("model", "outcome"),
    REFUSED: ("reason",),
    MISSED: ("phase",),
    TOKENS: ("model",),
    ENGINE_TOKENS: (),
    EMOTIONS: ("emotion",),
    RETUNES: (),
    TTFT: ("model", "le"),
    E2E: ("model", "le"),
}
NAMES = (STATE, CACHE, *GAUGES, *COUNTED)
# As a query, which a runtime that does not know it answers with everything: name[]=A&name[]=B
QUERY = tuple(("name[]", name) for name in NAMES)


class UnreadableError(Exception):
    """Not in Prometheus' text format, or not of a runtime; the text goes on a sentence that names the pod."""


@dataclass(frozen=True)
class Scrape:
    """One answer. started: when the process began, in seconds of its own clock; 0 where it does not say.

    cache: how full the KV cache is, 0 to 1; None where the engine does not say.
    """

    state: str
    running: int
    waiting: int
    started: float = 0.0
    cache: float | None = None
    live_refused: bool = False
    counts: Counts = field(default_factory=dict)


def parsed(text: str) -> Scrape:
    """Raises UnreadableError."""
    found = _samples(text)
    gauges = {sample.name: sample.value for sample in found if sample.name in GAUGES}
    states = [sample.labels.get("state", "") for sample in found if sample.name == STATE and sample.value == 1]
    if RUNNING not in gauges or WAITING not in gauges:
        raise UnreadableError("its metrics are not those of a ModelServer's runtime")
    return Scrape(
        state=states[0] if states else "",
        running=int(gauges[RUNNING]),
        waiting=int(gauges[WAITING]),
        started=gauges.get(STARTED, 0.0),
        cache=max((sample.value for sample in found if sample.name == CACHE), default=None),
        live_refused=bool(gauges.get(LIVE_REFUSED, 0)),
        counts=_counts(found),
    )


def _samples(text: str) -> list[Sample]:
    """Of the metrics that are shown. Only their lines are parsed: a whole scrape has some thousand others."""
    lines = "".join(f"{line}\n" for line in text.splitlines() if line.startswith(NAMES))
    try:
        return [sample for family in text_string_to_metric_families(lines) for sample in family.samples]
    except (ValueError, KeyError, IndexError) as error:
        raise UnreadableError("its metrics cannot be read") from error


def _counts(samples: list[Sample]) -> Counts:
    """Series that differ only in labels that are not told apart, such as the engine's number, are added up."""
    counts: dict[Series, float] = {}
    for sample in samples:
        if sample.name in COUNTED:
            series = (sample.name, *(sample.labels.get(label, "") for label in COUNTED[sample.name]))
            counts[series] = counts.get(series, 0.0) + sample.value
    return counts
