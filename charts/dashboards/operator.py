"""The operator: does one lead, does it keep up, and does the API server answer it."""

from charts.dashboards import alerts, look
from charts.dashboards.page import Row, begun, chosen, marked, text
from charts.dashboards.panels import figure, graph, history, spread, still, word
from charts.dashboards.queries import Query, Whose, most, or_zero, share
from charts.dashboards.tables import Column, joined
from grafana_foundation_sdk.builders import table

# Not `namespace`: in the other dashboards that is one of served models.
VIEW = Whose('namespace="$installation"')
ALERTS = 'alertname=~"ModelServerOperator.*"'
# What processes of other programs in the namespace have too is the operator's where there is this beside it.
OURS = f"on (namespace, pod) group_left () {VIEW.series('modelserver_operator_leader')}"
LEADS = {"0": ("stands by", look.IDLE), "1": ("leads", look.GOOD)}
API = "modelserver_operator_api_requests_total"
# Seconds, from which on ModelServerOperatorQueueOld waits to fire.
LATE: look.Steps = {300.0: look.BAD}
# Seconds, from which on ModelServerOperatorStuck waits to fire: three resyncs by default. The file is the same for
# every release, whatever its values.
STUCK: look.Steps = {900.0: look.BAD}
# As in ModelServerOperatorApiErrors.
API_ERRORS = or_zero(share(VIEW.rate(API, "", 'code=~"5..|429|0"'), VIEW.rate(API)))
MUCH: look.Steps = {1e-9: look.NOTICE, 0.1: look.BAD}
TOLD = "ModelServer's operator: leadership, work, the API server, repairs, what it costs. Served models run without it."


def dashboard() -> str:
    """Its JSON."""
    page = begun("operator", "ModelServer / Operator", TOLD)
    installed = "label_values(modelserver_operator_leader, namespace)"
    page = page.with_variable(chosen("installation", "Namespace", installed, several=False))
    page = marked(page, VIEW.series("ALERTS", ALERTS, 'alertstate="firing"'))
    return text(page, [_now(), _work(), _api(), _others(), _process()])


def _now() -> Row:
    errors = VIEW.rate("modelserver_operator_reconcile_errors_total")
    leader = f"{most(VIEW.series('modelserver_operator_leader'), 'pod')} == 1"
    short = f'label_replace({leader}, "pod", "$1", "pod", ".+-(.+)")'
    figures = (
        word(
            "Leads",
            "The pod that holds the Lease and works: the end of its name, which stands whole below, under Who leads.",
            Query(short, "{{pod}}"),
            steps=look.TRUE,
        ),
        figure(
            "In the queue",
            "ModelServers that wait for a worker.",
            Query(most(VIEW.series("modelserver_operator_queue_depth"))),
        ),
        figure(
            "First one waits",
            "How long the first of them has been waiting; red from where the alert ModelServerOperatorQueueOld waits.",
            Query(most(VIEW.series("modelserver_operator_queue_oldest_seconds"))),
            unit="s",
            steps=LATE,
        ),
        figure(
            "A pass, P95",
            "95 % of the passes over a ModelServer took no longer.",
            Query(VIEW.percentile(95, "modelserver_operator_reconcile_seconds")),
            unit="s",
        ),
        figure("Errors", "Passes that have to be tried again.", Query(or_zero(errors)), unit="ops", steps=look.SOME),
        figure(
            "API errors",
            "The part of the calls to the API server that got a 5xx, a 429 or no answer; red above a tenth.",
            Query(API_ERRORS),
            unit="percentunit",
            steps=MUCH,
        ),
        still(
            "Repairs",
            "Times that a child was put back as wished after somebody had changed it, in the range in view.",
            Query(VIEW.growth("modelserver_operator_drift_repairs_total")),
            steps=look.SOME,
        ),
        figure("Alerts that fire", "Alerts about the operator.", alerts.number(VIEW, ALERTS), steps=look.ANY),
    )
    return "Now", (*spread(figures), alerts.listed(VIEW, ALERTS, height=5))


def _work() -> Row:
    histogram = "modelserver_operator_reconcile_seconds"
    return "Work", (
        graph(
            "Queue",
            "ModelServers that wait for a worker. Those that back off after an error are not among them.",
            Query(most(VIEW.series("modelserver_operator_queue_depth"), "pod"), "{{pod}}"),
        ),
        graph(
            "First one waits",
            "How long the first in the queue has been waiting. More workers help while the API server is quick.",
            Query(most(VIEW.series("modelserver_operator_queue_oldest_seconds"), "pod"), "{{pod}}"),
            unit="s",
            limits=LATE,
        ),
        graph(
            "Last look at all",
            "How long ago all ModelServers were listed. It goes up to the resync period and falls back to 0. The line "
            "is at three periods of 300 s, the chart's default: ModelServerOperatorStuck waits from there.",
            Query(f"time() - ({most(VIEW.series('modelserver_operator_last_resync_timestamp_seconds'))} > 0)", "ago"),
            unit="s",
            limits=STUCK,
        ),
        graph(
            "Passes",
            "Passes over a ModelServer. A settled one is looked at when something of it changes, and at each resync.",
            Query(VIEW.rate(f"{histogram}_count"), "passes"),
            unit="ops",
        ),
        graph(
            "Duration of a pass",
            "From the ModelServer being taken up to its status being written. Slow passes mean a slow API server.",
            *VIEW.percentiles(histogram),
            unit="s",
        ),
        graph(
            "Errors, by reason",
            "Passes that have to be tried again, by the reasons of docs/operating.md. Now and then they are normal.",
            Query(VIEW.rate("modelserver_operator_reconcile_errors_total", "reason"), "{{reason}}"),
            unit="ops",
            stacked=True,
        ),
    )


def _api() -> Row:
    return "API server", (
        graph(
            "Calls, by verb",
            "Where nothing changes APPLY and DELETE stand still; PUT counts renewals of the Lease.",
            Query(VIEW.rate(API, "verb"), "{{verb}}"),
            unit="reqps",
            stacked=True,
        ),
        graph(
            "Calls, by status",
            "0 are those without an answer. 409 now and then is normal: somebody else wrote first.",
            Query(VIEW.rate(API, "code"), "{{code}}"),
            unit="reqps",
            stacked=True,
        ),
        graph(
            "Errors of the API server",
            "The part of the calls that got a 5xx, a 429 or no answer. Above the line for long, an alert fires.",
            Query(API_ERRORS, "of all calls"),
            unit="percentunit",
            limits={0.1: look.BAD},
        ),
    )


def _others() -> Row:
    return "ModelServers and other writers", (
        graph(
            "ModelServers that are not well",
            "How many have a condition that is not True, by condition; in all namespaces that this operator serves.",
            Query(f"count by (type) ({most(_told(), 'namespace, modelserver, type')} == 0)", "{{type}}"),
        ),
        graph(
            "Repairs",
            "Times that a child was put back as wished. The ModelServer's Events name the writer and the field.",
            Query(VIEW.rate("modelserver_operator_drift_repairs_total"), "repairs"),
            unit="ops",
        ),
        graph(
            "Contested",
            "Objects that somebody else changes back each time, so that they are let be. ModelServers name the writer.",
            Query(most(VIEW.series("modelserver_operator_contested")), "objects"),
        ),
    )


def _told() -> str:
    """What this operator tells of its ModelServers, wherever they are: their series name their own namespace."""
    return f'modelserver_condition{{type!="Progressing"}} and on (pod) {VIEW.series("modelserver_operator_leader")}'


def _process() -> Row:
    return "Processes", (
        history(
            "Who leads",
            "Which pod has held the Lease when. With one replica there is one line.",
            Query(most(VIEW.series("modelserver_operator_leader"), "pod"), "{{pod}}"),
            meanings=LEADS,
            width=8,
        ),
        graph(
            "Memory",
            "Resident memory of each pod's process. Its limit is `operator.resources` of the chart.",
            Query(f"{VIEW.series('process_resident_memory_bytes')} * {OURS} ^ 0", "{{pod}}"),
            unit="bytes",
        ),
        graph(
            "Processor",
            "Processors that each pod's process keeps busy.",
            Query(f"{VIEW.rate('process_cpu_seconds_total', 'namespace, pod')} * {OURS} ^ 0", "{{pod}}"),
        ),
        _pods(),
    )


def _pods() -> table.Panel:
    age = f"time() - max by (pod) ({VIEW.series('process_start_time_seconds')} * {OURS} ^ 0)"
    told = (
        "For how long each pod's process runs. A short time where nothing was upgraded is a restart: look at its log."
    )
    return joined("Pods", told, {"pod": "Pod"}, [Column("Runs for", age, unit="dtdurations")], width=24, height=4)
