"""The table of alerts that wait or fire, in every dashboard. They are Prometheus' own series: no Grafana alerting."""

from charts.dashboards.page import SERVER_ADDRESS
from charts.dashboards.queries import Query, Whose, firing, or_zero
from charts.dashboards.tables import Column, joined
from grafana_foundation_sdk.builders import table

SINCE = "dateTimeFromNow"
TOLD = (
    "Alerts whose condition holds: those that fire, and those that wait for it to have held long enough. "
    "Empty is well. docs/alerts.md says what to do at each."
)


def number(whose: Whose, *more: str) -> Query:
    """How many fire."""
    fire = whose.series("ALERTS", *more, 'alertstate="firing"')
    return Query(or_zero(f"count({fire})"))


def listed(whose: Whose, *more: str, server: bool = False, width: int = 24, height: int = 6) -> table.Panel:
    """One a row; `server` names the ModelServer, with a link to its dashboard."""
    place = {"namespace": "Namespace", "modelserver": "Server"} if server else {}
    labels = {"alertname": "Alert", "severity": "Severity", "alertstate": "State", **place}
    expr = f"max by ({', '.join(labels)}) ({firing(whose, *more)})"
    links = {"Server": ("Look at this server", SERVER_ADDRESS)} if server else {}
    since = Column("Since", expr, unit=SINCE)
    return joined("Alerts", TOLD, labels, [since], links=links, width=width, height=height)
