"""One server: is it well, what do callers see, and why."""

from charts.dashboards.page import begun, chosen, marked, text
from charts.dashboards.server.engine import emotions, tokens
from charts.dashboards.server.now import now
from charts.dashboards.server.pods import scaling
from charts.dashboards.server.requests import latency, load, names, trouble
from charts.dashboards.server.view import VIEW

# As in the fleet's: a server whose pods are all gone is told of by the operator, one without it by its pods.
KNOWN = '{__name__=~"modelserver_build_info|modelserver_condition"'
TOLD = "One ModelServer: what callers see of it, what its engine does, and what its pods and its scaler are at."


def dashboard() -> str:
    """Its JSON."""
    page = begun("server", "ModelServer / Server", TOLD)
    page = page.with_variable(chosen("namespace", "Namespace", f"label_values({KNOWN}}}, namespace)", several=False))
    servers = f'label_values({KNOWN}, namespace="$namespace"}}, modelserver)'
    page = page.with_variable(chosen("modelserver", "Server", servers, several=False))
    page = marked(page, VIEW.series("ALERTS", 'alertstate="firing"'))
    return text(page, [now(), latency(), load(), trouble(), names(), tokens(), emotions(), scaling()])
