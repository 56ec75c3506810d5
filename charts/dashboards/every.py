"""The dashboards by the names of their files."""

from charts.dashboards import fleet, operator
from charts.dashboards.server import page as server

DASHBOARDS = {"fleet": fleet.dashboard, "server": server.dashboard, "operator": operator.dashboard}
