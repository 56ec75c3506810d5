"""All servers at a glance: which of them needs somebody, and where the load is."""

from charts.dashboards import alerts, look
from charts.dashboards.page import SERVER_ADDRESS, Row, begun, marked, of_servers, text
from charts.dashboards.panels import figure, graph, history, spread
from charts.dashboards.queries import NOT_REFUSED, Query, Whose, most, or_zero, share
from charts.dashboards.tables import Column, joined

VIEW = Whose('namespace=~"$namespace", modelserver=~"$modelserver"')
EACH = "namespace, modelserver"
NAMED = "{{namespace}}/{{modelserver}}"
READY = {"0": ("Not ready", look.BAD), "1": ("Ready", look.GOOD)}
TOLD = "All ModelServers: which are ready, how much they do, how long callers wait, what fails."

UNREADY = most(VIEW.series("modelserver_condition", 'type="Ready"'), EACH)
FAILED = VIEW.rate("modelserver_requests_total", EACH, 'outcome="failed"')
ENDED = VIEW.rate("modelserver_requests_total", EACH)
ERRORS = share(FAILED, VIEW.rate("modelserver_requests_total", EACH, NOT_REFUSED))


def dashboard() -> str:
    """Its JSON."""
    page = of_servers(begun("fleet", "ModelServer / Fleet", TOLD), several=True)
    page = marked(page, VIEW.series("ALERTS", 'alertstate="firing"'))
    return text(page, [_now(), _servers(), _service(), _load()])


def _now() -> Row:
    failed = VIEW.rate("modelserver_requests_total", "", 'outcome="failed"')
    figures = (
        figure("Servers", "ModelServers that the operator tells of.", Query(f"count({UNREADY})")),
        figure(
            "Not ready",
            "ModelServers whose condition Ready is not True: not all that was asked for is in force.",
            Query(or_zero(f"count({UNREADY} == 0)")),
            steps=look.ANY,
        ),
        figure("Alerts that fire", "Alerts about these servers.", alerts.number(VIEW), steps=look.ANY),
        figure("Running", "Requests in the engines.", Query(f"sum({VIEW.series('modelserver_running_requests')})")),
        figure(
            "Waiting",
            "Requests in the lines before the engines. A line that stays means that more is asked than can be done.",
            Query(f"sum({VIEW.series('modelserver_waiting_requests')})"),
            steps=look.SOME,
        ),
        figure("Requests", "Requests that end.", Query(VIEW.rate("modelserver_requests_total")), unit="reqps"),
        figure(
            "Errors",
            "Of the requests not refused, the part that failed: an engine's error, or a deadline that was missed.",
            Query(share(failed, VIEW.rate("modelserver_requests_total", "", NOT_REFUSED))),
            unit="percentunit",
            steps=look.ANY,
        ),
        figure(
            "Tokens", "Tokens generated.", Query(VIEW.rate("modelserver_completion_tokens_total")), unit=look.TOKENS
        ),
    )
    return "Now", spread(figures)


def _servers() -> Row:
    refused = VIEW.rate("modelserver_requests_refused_total", EACH)
    columns = (
        Column("Ready", UNREADY, meanings=READY),
        Column("Pods ready", most(VIEW.series("modelserver_ready_replicas"), EACH)),
        Column("Pods wanted", most(VIEW.series("modelserver_wanted_replicas"), EACH)),
        Column("Running", f"sum by ({EACH}) ({VIEW.series('modelserver_running_requests')})"),
        Column("Waiting", f"sum by ({EACH}) ({VIEW.series('modelserver_waiting_requests')})", steps=look.SOME),
        Column("Requests", ENDED, unit="reqps"),
        Column("Errors", ERRORS, unit="percentunit", steps=look.ANY),
        Column("Refusals", refused, unit="reqps", steps=look.SOME),
        Column("TTFT P95", VIEW.percentile(95, "modelserver_time_to_first_token_seconds", EACH), unit="s"),
        Column("End to end P95", VIEW.percentile(95, "modelserver_request_seconds", EACH), unit="s"),
        Column("Tokens", VIEW.rate("modelserver_completion_tokens_total", EACH), unit=look.TOKENS),
    )
    told = "One row a server; its name leads to its dashboard. Rates and percentiles are of the last moments."
    labels = {"namespace": "Namespace", "modelserver": "Server"}
    links = {"Server": ("Look at this server", SERVER_ADDRESS)}
    return "Servers", (
        joined("Servers", told, labels, columns, links=links, height=8),
        history(
            "Ready",
            "When each server was ready: in red it was not, for whatever reason. Its dashboard names the reason.",
            Query(UNREADY, NAMED),
            meanings=READY,
            height=7,
        ),
        alerts.listed(VIEW, server=True, width=12, height=7),
    )


def _service() -> Row:
    refused = VIEW.rate("modelserver_requests_refused_total", EACH)
    return "What callers see", (
        graph("Requests", "Requests that end, of each server.", Query(ENDED, NAMED), unit="reqps", stacked=True),
        graph(
            "Errors",
            "Of the requests not refused, the part that failed, by a missed deadline or else. Gaps had none.",
            Query(ERRORS, NAMED),
            unit="percentunit",
        ),
        graph(
            "Refusals",
            "Requests that were refused at once, for load, rates, keys or what was wrong in them.",
            Query(refused, NAMED),
            unit="reqps",
        ),
        graph(
            "Time to first token, P95",
            "Streams: 95 % of them showed something within this time.",
            Query(VIEW.percentile(95, "modelserver_time_to_first_token_seconds", EACH), NAMED),
            unit="s",
        ),
        graph(
            "End to end, P95",
            "95 % of the answered requests were done within this time.",
            Query(VIEW.percentile(95, "modelserver_request_seconds", EACH), NAMED),
            unit="s",
        ),
        graph(
            "Time in the line, P95",
            "How long requests waited for the engine before they were let in. It is part of both times beside.",
            Query(VIEW.percentile(95, "modelserver_wait_seconds", EACH), NAMED),
            unit="s",
        ),
    )


def _load() -> Row:
    unfinished = VIEW.series("modelserver_unfinished_requests")
    return "Load", (
        graph(
            "Unfinished requests",
            "Running and waiting: the load by which servers are scaled.",
            Query(f"sum by ({EACH}) ({unfinished})", NAMED),
            stacked=True,
        ),
        graph(
            "Tokens",
            "Tokens generated, of each server.",
            Query(VIEW.rate("modelserver_completion_tokens_total", EACH), NAMED),
            unit=look.TOKENS,
            stacked=True,
        ),
        graph(
            "Ready pods",
            "Pods that are ready, of each server.",
            Query(most(VIEW.series("modelserver_ready_replicas"), EACH), NAMED),
            stacked=True,
        ),
    )
