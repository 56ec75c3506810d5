"""From what was decided and what is seen to the status: pure.

status(outcome, children, previous, generation, class_generation, now) -> dict
changes_within(status) -> seconds | None
is_stuck(pod, now), can_speak(pod) -> bool
answering(pods) -> list
asked(pod) -> Asked
answer(stats) -> Answer
condition(status, type) -> dict
is_made(pod), is_ready(pod) -> bool
counts(deployment, replica_sets) -> Counts
"""

from modelserver_operator.status.answers import (
    Answer,
    Asked,
    Document,
    Mute,
    Steering,
    Steers,
    answer,
    asked,
)
from modelserver_operator.status.counts import counts
from modelserver_operator.status.load import Load
from modelserver_operator.status.observed import Children, Failure, Observed, Turn, ignored_replicas
from modelserver_operator.status.pods import (
    Seen,
    answering,
    condition,
    is_leaving,
    is_made,
    is_ready,
    live_config_of,
    unscheduled,
)
from modelserver_operator.status.readings import Verdict, news, reading
from modelserver_operator.status.report import changes_within, status
from modelserver_operator.status.scalers import Scalers
from modelserver_operator.status.scaling import is_news
from modelserver_operator.status.stuck import can_speak, is_stuck

__all__ = [
    "Answer",
    "Asked",
    "Children",
    "Document",
    "Failure",
    "Load",
    "Mute",
    "Observed",
    "Scalers",
    "Seen",
    "Steering",
    "Steers",
    "Turn",
    "Verdict",
    "answer",
    "answering",
    "asked",
    "can_speak",
    "changes_within",
    "condition",
    "counts",
    "ignored_replicas",
    "is_leaving",
    "is_made",
    "is_news",
    "is_ready",
    "is_stuck",
    "live_config_of",
    "news",
    "reading",
    "status",
    "unscheduled",
]
