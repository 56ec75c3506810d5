"""A dashboard as rows of panels: positions and numbers follow from the order; what is on top of each is shared."""

import json
from collections.abc import Sequence
from itertools import count

from charts.dashboards import look
from grafana_foundation_sdk.builders import bargauge, dashboard, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

Panel = bargauge.Panel | stat.Panel | statetimeline.Panel | table.Panel | timeseries.Panel
Row = tuple[str, Sequence[Panel]]

TAG = "modelserver"
# Links lead by them, so they never change.
UIDS = {"fleet": "modelserver-fleet", "server": "modelserver-server", "operator": "modelserver-operator"}
# From a row of a table that has these two columns to that server's dashboard, with its time range.
SERVER_ADDRESS = (
    f"/d/{UIDS['server']}?var-namespace=${{__data.fields.Namespace}}&var-modelserver=${{__data.fields.Server}}"
    "&${datasource:queryparam}&${__url_time_range}"
)
# Either of them is enough: a server whose pods are all gone has no first, one whose operator is not scraped no second.
KNOWN = '__name__=~"modelserver_build_info|modelserver_condition"'
STEPS = ("15s", "30s", "1m", "5m", "15m", "1h")


def begun(name: str, title: str, told: str) -> dashboard.Dashboard:
    """An empty dashboard with the variables `datasource` and `interval`, and links to the others."""
    page = dashboard.Dashboard(title).uid(UIDS[name]).description(told).tags([TAG]).editable()
    page = page.time("now-1h", "now").refresh("30s").timezone("browser").tooltip(models.DashboardCursorSync.CROSSHAIR)
    page = page.links([_link(other) for other in UIDS if other != name])
    source = dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus").multi(False)
    return page.with_variable(source.include_all(False)).with_variable(_interval())


def _link(other: str) -> dashboard.DashboardLink:
    """To another of them, with the data source. Nothing else is handed on: `All` means nothing to a single server."""
    link = dashboard.DashboardLink(other.title()).type(models.DashboardLinkType.LINK).icon("dashboard")
    return link.url(f"/d/{UIDS[other]}?${{datasource:queryparam}}").keep_time(True).include_vars(False)


def _interval() -> dashboard.IntervalVariable:
    """The least time between two points, and with it the least window of a rate."""
    options = [models.VariableOption(text=step, value=step, selected=step == "30s") for step in STEPS]
    variable = dashboard.IntervalVariable("interval").label("Resolution").values(",".join(STEPS))
    return variable.options(options).current(options[1]).auto(False)


def chosen(name: str, label: str, query: str, *, several: bool) -> dashboard.QueryVariable:
    """A variable that Prometheus answers; where several may be chosen, all are at first."""
    variable = dashboard.QueryVariable(name).label(label).query(query).datasource(look.SOURCE)
    variable = variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
    variable = variable.sort(models.VariableSort.ALPHABETICAL_ASC).multi(several).include_all(several)
    if not several:
        return variable
    # All is a pattern of its own: a list of all names would be too long for an address.
    return variable.all_value(".+").current(models.VariableOption(text=["All"], value=["$__all"], selected=True))


def of_servers(page: dashboard.Dashboard, *, several: bool) -> dashboard.Dashboard:
    """With the variables `namespace` and `modelserver`, chosen from all that are known."""
    matches = "=~" if several else "="
    servers = f'label_values({{{KNOWN}, namespace{matches}"$namespace"}}, modelserver)'
    page = page.with_variable(
        chosen("namespace", "Namespace", f"label_values({{{KNOWN}}}, namespace)", several=several)
    )
    return page.with_variable(chosen("modelserver", "Server", servers, several=several))


def marked(page: dashboard.Dashboard, alerts: str) -> dashboard.Dashboard:
    """With a mark in every graph where one of these alerts fires."""
    marks = dashboard.AnnotationQuery().name("Alerts that fire").datasource(look.SOURCE).expr(alerts)
    return page.annotation(marks.enable(True).hide(False).icon_color(look.BAD))


def text(page: dashboard.Dashboard, rows: Sequence[Row]) -> str:
    """The dashboard's JSON with the rows in it; panels of a row that is wider than 24 columns go below each other."""
    number = count(1)
    for title, panels in rows:
        page = page.with_row(dashboard.Row(title).id(next(number)))
        for panel in panels:
            page = page.with_panel(panel.id(next(number)).datasource(look.SOURCE))
    return _written(JSONEncoder().encode(page.build()))


def _written(encoded: str) -> str:
    """Without what the SDK for Grafana 10.1 writes and newer schemas do not know: `style`, and variables' `id`."""
    dashboard = json.loads(encoded)
    del dashboard["style"]
    for variable in dashboard["templating"]["list"]:
        del variable["id"]
    return json.dumps(dashboard, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
