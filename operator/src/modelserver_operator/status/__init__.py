"""From what was decided and what is seen to the status: pure.

status(outcome, children, previous, generation, class_generation, now) -> dict
changes_within(status) -> seconds | None
is_stuck(pod, now) -> bool
answering(pods) -> list
asked(pod) -> Asked
answer(stats) -> Answer
condition(status, type) -> dict
"""

from modelserver_operator.status.answers import Answer, Asked, Document, Mute, Steering, Steers, answer, asked
from modelserver_operator.status.observed import Children, Failure, Seen, Turn, answering, condition
from modelserver_operator.status.report import changes_within, status
from modelserver_operator.status.stuck import is_stuck

__all__ = [
    "Answer",
    "Asked",
    "Children",
    "Document",
    "Failure",
    "Mute",
    "Seen",
    "Steering",
    "Steers",
    "Turn",
    "answer",
    "answering",
    "asked",
    "changes_within",
    "condition",
    "is_stuck",
    "status",
]
