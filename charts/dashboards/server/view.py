"""What the rows of one server's dashboard have in view: one ModelServer, with all its pods."""

from charts.dashboards.queries import Whose

VIEW = Whose('namespace="$namespace", modelserver="$modelserver"')
