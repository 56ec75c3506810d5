"""From what was decided and what is seen to the status: pure.

status(outcome, children, previous, generation, class_generation, now) -> dict
changes_within(status) -> seconds | None
"""

from modelserver_operator.status.observed import Children, Failure, Turn
from modelserver_operator.status.report import changes_within, status

__all__ = ["Children", "Failure", "Turn", "changes_within", "status"]
