"""What the rows of one server's dashboard have in view: one ModelServer, with all its pods."""

from charts.dashboards import look
from charts.dashboards.queries import Whose, most

VIEW = Whose('namespace="$namespace", modelserver="$modelserver"')
# What `conditions` yields. What Progressing says is neither good nor bad: True is on its way by itself.
HOLDS = {"0": ("False", look.BAD), "1": ("True", look.GOOD), "2": ("False", look.IDLE), "3": ("True", look.CALM)}


def conditions(by: str) -> str:
    """The status of each condition by labels, one of HOLDS."""
    others, moves = (VIEW.series("modelserver_condition", f'type{sign}"Progressing"') for sign in ("!=", "="))
    return f"{most(others, by)} or {most(moves, by)} + 2"
