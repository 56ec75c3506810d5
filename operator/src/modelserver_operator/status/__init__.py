"""From what was decided and what is seen to the status: pure.

status(outcome, children, previous, generation, class_generation, now) -> dict
"""

from modelserver_operator.status.observed import Children, Failure
from modelserver_operator.status.report import status

__all__ = ["Children", "Failure", "status"]
