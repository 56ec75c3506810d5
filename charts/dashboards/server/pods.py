"""The pods: how many, in which state, since when; and whether their number follows the load."""

from charts.dashboards import look
from charts.dashboards.page import Row
from charts.dashboards.panels import graph, history
from charts.dashboards.queries import Query, most
from charts.dashboards.server.view import HOLDS, VIEW, conditions
from charts.dashboards.tables import Column, joined
from grafana_foundation_sdk.builders import table

# The runtime's own words, docs/runtime.md, and how each looks.
STATES = {
    "serving": look.GOOD,
    "starting": look.CALM,
    "leaving": look.IDLE,
    "draining": look.IDLE,
    "stalled": look.NOTICE,
    "breaker_open": look.NOTICE,
    "main_loop_stuck": look.BAD,
    "broken": look.BAD,
}
WORDS = {str(code): (state, colour) for code, (state, colour) in enumerate(STATES.items(), 1)}


def scaling() -> Row:
    """Wanted, ready, and what the scaler looks at."""
    unfinished = f"sum({VIEW.series('modelserver_unfinished_requests')})"
    ready, wanted = (most(VIEW.series(f"modelserver_{kind}_replicas")) for kind in ("ready", "wanted"))
    return "Pods", (
        graph(
            "Pods wanted and ready",
            "How many are asked for, by the spec or by a scaler, and how many answer. Apart for long: see Conditions.",
            Query(wanted, "wanted"),
            Query(ready, "ready"),
        ),
        graph(
            "Unfinished, a ready pod",
            "The load of a pod on average. A scaler holds it near `autoscaling.targetUnfinishedRequests`.",
            Query(f"{unfinished} / ({ready} > 0)", "requests"),
        ),
        graph(
            "Restarts",
            "How often each pod's process has begun anew within ten minutes. New pods are none; those that end before "
            "they are scraped are seen in Conditions only.",
            Query(f"sum by (pod) (changes({VIEW.series('process_start_time_seconds')}[10m]))", "{{pod}}"),
        ),
        history(
            "State of each pod",
            "What each pod's runtime says of itself; where there is nothing it could not be scraped.",
            Query(_state(), "{{pod}}"),
            meanings=WORDS,
        ),
        history(
            "Conditions",
            "What the operator has said of the server. ScalingActive and EmotionsLive are there where they apply.",
            Query(conditions("type"), "{{type}}"),
            meanings=HOLDS,
        ),
        graph(
            "Memory",
            "Resident memory of each pod's first process. vLLM's engine may have others beside it.",
            Query(most(VIEW.series("process_resident_memory_bytes"), "pod"), "{{pod}}"),
            unit="bytes",
        ),
        graph(
            "Processor",
            "Processors that each pod's first process keeps busy.",
            Query(VIEW.rate("process_cpu_seconds_total", "pod"), "{{pod}}"),
        ),
        _processes(),
    )


def _age() -> str:
    return f"(time() - {VIEW.series('process_start_time_seconds')})"


def _state() -> str:
    """Its number in STATES: a time line has one value for each series at a time."""
    each = (
        f"{VIEW.series('modelserver_state', f'state={chr(34)}{state}{chr(34)}')} * {code}"
        for code, state in enumerate(STATES, 1)
    )
    return most(" or ".join(each), "pod")


def _processes() -> table.Panel:
    labels = {"pod": "Pod", "version": "Runtime"}
    age = f"max by (pod, version) ({VIEW.series('modelserver_build_info')} * on (pod) group_left () {_age()})"
    told = "Which release of the runtime each pod runs, and for how long. Two releases for long are a stuck rollout."
    return joined("Processes", told, labels, [Column("Runs for", age, unit="dtdurations")], width=8)
