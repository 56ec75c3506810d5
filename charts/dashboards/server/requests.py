"""How much is asked, how long it takes, and what does not work out."""

from charts.dashboards.page import Row
from charts.dashboards.panels import graph
from charts.dashboards.queries import NOT_REFUSED, Query, share
from charts.dashboards.server.view import VIEW

REQUESTS = "modelserver_requests_total"


def latency() -> Row:
    """What a caller waits for, and what of it is the line."""
    return "How long callers wait", (
        graph(
            "Time to first token",
            "Streams: from the request to the first event with something to see in it. Hidden reasoning is none.",
            *VIEW.percentiles("modelserver_time_to_first_token_seconds"),
            unit="s",
        ),
        graph(
            "Between tokens",
            "Streams: the time between two events, each of which has `engine.streamIntervalTokens` tokens.",
            *VIEW.percentiles("modelserver_inter_token_latency_seconds"),
            unit="s",
        ),
        graph(
            "End to end",
            "Answered requests: from the request to the end of the answer. Long answers take long.",
            *VIEW.percentiles("modelserver_request_seconds"),
            unit="s",
        ),
        graph(
            "Time in the line",
            "How long requests waited before they were let into the engine. It grows before anything else does.",
            *VIEW.percentiles("modelserver_wait_seconds"),
            unit="s",
        ),
        graph(
            "Reading the prompt",
            "vLLM's own: how long it works on prompts before the first token. Long prompts and full batches raise it.",
            *VIEW.percentiles("vllm:request_prefill_time_seconds"),
            unit="s",
        ),
        graph(
            "Waiting inside the engine",
            "vLLM's own: the time between being let in and the first step. Much of it means that the cache is short.",
            *VIEW.percentiles("vllm:request_queue_time_seconds"),
            unit="s",
        ),
    )


def load() -> Row:
    """Running and waiting, and how requests end."""
    running, waiting = (VIEW.series(f"modelserver_{kind}_requests") for kind in ("running", "waiting"))
    return "Requests", (
        graph(
            "Running and waiting",
            "Requests in the engines and in the lines before them, of all pods: together the load that scales.",
            Query(f"sum({running})", "running"),
            Query(f"sum({waiting})", "waiting"),
            stacked=True,
        ),
        graph(
            "Unfinished, each pod",
            "Requests that each pod has, running and waiting. Pods that differ for long are not evenly asked.",
            Query(f"sum by (pod) ({VIEW.series('modelserver_unfinished_requests')})", "{{pod}}"),
        ),
        graph(
            "How requests end",
            "`refused` are those below 500, `failed` those from 500 on, and with `gone` the caller hung up.",
            Query(VIEW.rate(REQUESTS, "outcome"), "{{outcome}}"),
            unit="reqps",
            stacked=True,
        ),
    )


def trouble() -> Row:
    """What does not work out, by cause."""
    refused = VIEW.rate("modelserver_requests_refused_total", "reason")
    failed, ended = (VIEW.rate(REQUESTS, "model", which) for which in ('outcome="failed"', NOT_REFUSED))
    return "Refusals and errors", (
        graph(
            "Refusals, by reason",
            "Requests that were refused on any route. docs/runtime.md lists the reasons; those that do not occur are "
            "left out.",
            Query(f"{refused} > 0", "{{reason}}"),
            unit="reqps",
            stacked=True,
        ),
        graph(
            "Errors, by served name",
            "Of the requests not refused, the part that failed. The error objective, if there is one, is about this.",
            Query(share(failed, ended), "{{model}}"),
            unit="percentunit",
        ),
        graph(
            "Deadlines and callers who left",
            "Requests whose time ran out, in the line or in the engine; callers who hung up; repeated tries.",
            Query(VIEW.rate("modelserver_deadlines_missed_total", "phase"), "out of time while {{phase}}"),
            Query(VIEW.rate("modelserver_clients_gone_total", "phase"), "caller left: {{phase}}"),
            Query(VIEW.rate("modelserver_client_retries_total"), "tried again by an SDK"),
            unit="reqps",
        ),
    )


def names() -> Row:
    """The same figures for each name that callers ask for."""
    return "By served name", (
        graph(
            "Requests, by served name",
            "Requests that end, by the name that callers wrote as `model`; variants have names of their own.",
            Query(VIEW.rate(REQUESTS, "model"), "{{model}}"),
            unit="reqps",
            stacked=True,
        ),
        graph(
            "Time to first token P95, by served name",
            "95 % of the streams showed something within this time.",
            Query(VIEW.percentile(95, "modelserver_time_to_first_token_seconds", "model"), "{{model}}"),
            unit="s",
        ),
        graph(
            "End to end P95, by served name",
            "95 % of the answered requests were done within this time.",
            Query(VIEW.percentile(95, "modelserver_request_seconds", "model"), "{{model}}"),
            unit="s",
        ),
    )
