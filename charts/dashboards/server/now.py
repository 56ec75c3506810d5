"""Whether the server is well, in a line, and what it says itself about what is wrong."""

from charts.dashboards import alerts, look
from charts.dashboards.page import Row
from charts.dashboards.panels import figure, spread, word
from charts.dashboards.queries import NOT_REFUSED, Query, most, share
from charts.dashboards.server.view import HOLDS, VIEW, conditions
from charts.dashboards.tables import Column, joined
from grafana_foundation_sdk.builders import stat, table

READY = VIEW.series("modelserver_condition", 'type="Ready"')


def now() -> Row:
    """Figures, conditions and alerts."""
    return "Now", (*_figures(), _conditions(), alerts.listed(VIEW, width=12, height=7))


def _figures() -> tuple[stat.Panel, ...]:
    failed = VIEW.rate("modelserver_requests_total", "", 'outcome="failed"')
    not_refused = VIEW.rate("modelserver_requests_total", "", NOT_REFUSED)
    ended = VIEW.rate("modelserver_requests_total")
    return spread(
        (
            word(
                "Ready",
                "The reason of the condition Ready, red while it is not True. docs/modelserver.md says what helps.",
                Query(most(READY, "reason"), "{{reason}}"),
                steps=look.TRUE,
            ),
            figure(
                "Pods ready",
                "Pods that are ready. How many are wanted stands below, under Pods.",
                Query(most(VIEW.series("modelserver_ready_replicas"))),
                steps={0: look.BAD, 1: look.GOOD},
            ),
            figure("Requests", "Requests that end, however.", Query(ended), unit="reqps"),
            figure(
                "Errors",
                "Of the requests not refused, the part that failed: an engine's error, or a deadline that was missed.",
                Query(share(failed, not_refused)),
                unit="percentunit",
                steps=look.ANY,
            ),
            figure(
                "TTFT P95",
                "95 % of the streams showed something within this time.",
                Query(VIEW.percentile(95, "modelserver_time_to_first_token_seconds")),
                unit="s",
            ),
            figure(
                "End to end P95",
                "95 % of the answered requests were done within this time.",
                Query(VIEW.percentile(95, "modelserver_request_seconds")),
                unit="s",
            ),
            figure(
                "Waiting",
                "Requests in the lines of all pods.",
                Query(f"sum({VIEW.series('modelserver_waiting_requests')})"),
                steps=look.SOME,
            ),
            figure("Alerts that fire", "Alerts about this server.", alerts.number(VIEW), steps=look.ANY),
        )
    )


def _conditions() -> table.Panel:
    """The one place that gives a cause in words."""
    status = Column("Status", conditions("type, reason"), meanings=HOLDS)
    told = (
        "The conditions of the ModelServer, as the operator tells them, with their reasons. "
        "Their messages are in `modelserver status` and `kubectl describe`."
    )
    return joined("Conditions", told, {"type": "Condition", "reason": "Reason"}, [status], width=12, height=7)
