"""Whether there is a server at all: pods that cannot be reached, do not start, or end again and again."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.desired.alerts.alert import (
    BY_SERVER,
    ON_SERVER,
    Alert,
    among,
    condition,
    duration,
    graded,
    other_than,
    pods,
    selected,
    status,
    title,
)
from modelserver_operator.desired.alerts.following import NOT_STEERING
from modelserver_operator.resolve import SCHEDULING_SECONDS, Resolved

# As long as a container waits at the most between two starts: the kubelet's own bound.
BACKOFF_SECONDS = 300
# Three restarts are four processes, and each may live for the whole startup budget before it is ended.
PROCESSES = 4

# Why there is no pod yet that could be scraped, and nobody is called at once. These pass by themselves as a rule, or
# ModelServerNotReady tells of them, and do not end where a node is lost, a volume stays with it, or its drain with it.
HELD = (Reason.CONTAINER_CREATING, Reason.DRAINING, Reason.UNSCHEDULABLE)
# Of the time that is looked at: as good as all of it, for the reason may be another one for a moment.
MOST_OF_IT = 0.9
# This one has a bound of its own: an attempt that gets nothing ends, and DownloadFailed is told.
NOT_BEGUN = (*HELD, Reason.DOWNLOADING)
# Why a server is not Ready and nobody is called: it passes by itself and is bounded (here, if by nobody else), somebody
# wants it so, or another alert tells of it.
PASSING = (
    Reason.CONTAINER_CREATING,
    Reason.DOWNLOADING,
    Reason.DRAINING,
    Reason.LOADING,
    Reason.ROLLOUT_IN_PROGRESS,
    Reason.ADDING_PODS,
    Reason.WAITING_FOR_TURN,
    Reason.PAUSED,
    Reason.SCALED_TO_ZERO,
    *NOT_STEERING,
)


def standing(resolved: Resolved) -> Iterator[Alert]:
    """The alerts about pods as such."""
    yield _down(resolved)
    yield from graded(resolved, _not_ready(resolved))
    yield from graded(resolved, _restarting(resolved))


def _down(resolved: Resolved) -> Alert:
    """A single pod may go: the others are there. Without our ServiceMonitor nobody knows which target is missing.

    While no pod has begun it is silent, but not for longer than a drain and a start may take.
    """
    up = selected(resolved, "up")
    absent = f"\n  or absent({up})" if resolved.service_monitor.value else ""
    wanted = f"max {BY_SERVER} ({selected(resolved, 'modelserver_wanted_replicas')})"
    begins = f"{condition(resolved, ConditionType.AVAILABLE, among(NOT_BEGUN))} == 0"
    return Alert(
        name="ModelServerDown",
        expr=(
            f"(\n  max {BY_SERVER} ({up}) == 0{absent}\n)"
            f"\nunless {ON_SERVER} {wanted} == 0"
            f"\nunless {ON_SERVER} (\n  {begins}\n  unless {_held(resolved, ConditionType.AVAILABLE)}\n)"
        ),
        lasts="5m",  # five scrapes at Prometheus' own default; a restart of Prometheus or a new pod takes less
        severity="critical",
        summary=f"ModelServer {title(resolved)} is down.",
        description=(
            "For 5 minutes Prometheus could not scrape any of its pods, though pods are wanted. "
            f"`{status(resolved)}` and `{pods(resolved)}` say what they do. If they answer requests, Prometheus "
            "does not reach them: look at NetworkPolicies and at the ServiceMonitor."
        ),
    )


def _not_ready(resolved: Resolved) -> Alert:
    """What needs help by its reason; a pod that starts for longer than its budget, begun anew or not; and one that is
    not even begun for longer than a drain and a start may take."""
    budget = resolved.rollout.startup_timeout_seconds.value
    stuck = condition(resolved, ConditionType.READY, other_than(PASSING))
    starting = selected(resolved, "modelserver_state", 'state="starting"')
    throughout = f"min_over_time({starting}[{duration(budget)}]) == 1"
    before = f"last_over_time({starting}[{duration(2 * BACKOFF_SECONDS)}] offset {duration(budget)})"
    return Alert(
        name="ModelServerNotReady",
        expr=(
            f"{stuck} == 0\nor max {BY_SERVER} (\n  {throughout}\n  and {before}\n)"
            f"\nor {_held(resolved, ConditionType.READY)}"
        ),
        lasts="10m",  # a node that a cluster adds is there by then, and a pod that did not answer for a moment is back
        severity="warning",
        summary=f"ModelServer {title(resolved)} is not ready.",
        description=(
            "For 10 minutes it has not been as its owner wants it, for a reason that does not pass by itself, or a pod "
            f"has been starting for longer than its budget of {duration(budget)} (rollout.startupTimeoutSeconds), or "
            f"one has not begun to start for {duration(_longest(resolved))}, in which an old pod ends and a new one "
            "is placed and starts. "
            f"`{status(resolved)}` says why and what helps."
        ),
    )


def _held(resolved: Resolved, kind: ConditionType) -> str:
    """Something where a condition has had reasons of HELD for as good as all of the longest time that they may last,
    and was told of before; so that a server that was just made is not meant."""
    longest = duration(_longest(resolved))
    told = selected(resolved, "modelserver_condition", f'type="{kind}"')
    held = selected(resolved, "modelserver_condition", f'type="{kind}"', among(HELD))
    share = f"{_told(held, longest)} / {_told(told, longest)} > {MOST_OF_IT:g}"
    before = f"last_over_time({told}[{duration(2 * BACKOFF_SECONDS)}] offset {longest})"
    return f"(\n    {share}\n    and {ON_SERVER} {before}\n  )"


def _told(conditions: str, window: str) -> str:
    """For how many scrapes of a window, whatever the answer was."""
    return f"sum {BY_SERVER} (count_over_time({conditions}[{window}]))"


def _longest(resolved: Resolved) -> int:
    """Seconds in which an old pod has gone and a new one has its place and its image, and has started."""
    times = resolved.rollout
    return times.grace_period_seconds.value + SCHEDULING_SECONDS + times.startup_timeout_seconds.value


def _restarting(resolved: Resolved) -> Alert:
    """By the processes that were scraped; and for those that end before, by how much of the time the kubelet waits."""
    started = selected(resolved, "process_start_time_seconds")
    life = resolved.rollout.startup_timeout_seconds.value + BACKOFF_SECONDS
    often, lately = f"changes({started}[{duration(PROCESSES * life)}])", f"changes({started}[{duration(life)}])"
    ready = selected(resolved, "modelserver_condition", f'type="{ConditionType.READY}"')
    looping = selected(
        resolved, "modelserver_condition", f'type="{ConditionType.READY}"', f'reason="{Reason.CRASH_LOOPING}"'
    )
    waits = f"{_told(looping, '15m')} / {_told(ready, '15m')}"
    return Alert(
        name="ModelServerRestarting",
        expr=f"max {BY_SERVER} (\n  {often} >= {PROCESSES - 1}\n  and {lately} > 0\n)\nor {waits} > 0.5",
        lasts="5m",  # a single crash is over by then, and the next start is under way
        severity="warning",
        summary=f"ModelServer {title(resolved)} keeps restarting.",
        description=(
            "{{ if ge $value 2.0 }}"  # starts are three and more, a share is one at the most
            f"The process of one of its pods has started anew {{{{ $value | humanize }}}} times within "
            f"{duration(PROCESSES * life)}."
            "{{ else }}One of its pods ends right after its start, again and again.{{ end }} "
            f"`{status(resolved)}` has its last words, `kubectl -n {resolved.namespace} logs POD --previous` what it "
            "did before. Exit code 137 is the memory limit of the class, 2 a configuration that cannot be used."
        ),
    )
