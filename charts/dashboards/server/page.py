"""One server: is it well, what do callers see, and why."""

from charts.dashboards.page import begun, marked, of_servers, text
from charts.dashboards.server.engine import emotions, tokens
from charts.dashboards.server.now import now
from charts.dashboards.server.pods import scaling
from charts.dashboards.server.requests import latency, load, names, trouble
from charts.dashboards.server.view import VIEW

TOLD = "One ModelServer: what callers see of it, what its engine does, and what its pods and its scaler are at."


def dashboard() -> str:
    """Its JSON."""
    page = of_servers(begun("server", "ModelServer / Server", TOLD), several=False)
    page = marked(page, VIEW.series("ALERTS", 'alertstate="firing"'))
    return text(page, [now(), latency(), load(), trouble(), names(), tokens(), emotions(), scaling()])
