"""The end of a pass: when to look again, and what it leaves to the next one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest
from tests.unit.operator.scalers import SERVER
from tests.unit.operator.seen import wanted

from modelserver_operator.api import Reason
from modelserver_operator.blocked import Blocked
from modelserver_operator.children import Family
from modelserver_operator.cluster import Cluster, Unavailable
from modelserver_operator.enforce import Enforcer
from modelserver_operator.reconcile import when_again
from modelserver_operator.repairs import Repair, Repairs
from modelserver_operator.room import Room
from modelserver_operator.situation import Decision, Situation
from modelserver_operator.turns import least
from modelserver_operator.workqueue import Done, Retry

REFUSED = Blocked(Reason.REJECTED_BY_API_SERVER, "Ingress demo was refused")
CONTESTED = Blocked(Reason.CONTESTED, "Service demo is contested", again=500.0)


@pytest.mark.parametrize(
    ("blocked", "again", "expected"),
    [
        (None, (None, 30.0, 2.0), 2.0),
        (None, (None, None), None),
        (REFUSED, (None, 2.0), 2.0),  # a kubelet is to be told again, whatever else was refused
        (REFUSED, (None, None), 60.0),
        (REFUSED, (90.0,), 60.0),
        (CONTESTED, (30.0, None), 30.0),
        (CONTESTED, (None,), 500.0),
    ],
)
def test_whoever_is_first_to_ask_for_another_look_has_it(
    blocked: Blocked | None, again: tuple[float | None, ...], expected: float | None
) -> None:
    assert when_again(blocked, again, rejected=60.0) == Done(again=expected)


def test_without_an_answer_the_pass_is_repeated() -> None:
    lost = Blocked(Reason.REJECTED_BY_API_SERVER, "no answer", unanswered=Unavailable("no answer"))
    assert isinstance(when_again(lost, (2.0,), rejected=60.0), Retry)


@pytest.mark.parametrize(("replicas", "unplaced", "needed"), [(3, 0, 3), (3, 1, 2), (3, 3, 1), (0, 0, 0)])
def test_a_turn_waits_for_no_pod_without_a_place_but_for_one_that_serves(
    replicas: int, unplaced: int, needed: int
) -> None:
    outcome = wanted(replicas=replicas)
    found = Situation(decision=Decision(outcome), family=Family(SERVER), room=Room(unplaced=unplaced))
    assert least(outcome, found) == needed


async def test_what_was_put_back_is_told_though_its_pass_has_ended_in_an_error() -> None:
    """The next one finds nothing amiss any more."""
    nobody = cast("Cluster", None)  # with no wishes there is nothing to ask it
    enforcer = Enforcer(nobody, lambda: datetime(2026, 3, 1, tzinfo=UTC), Repairs(), lambda _: None)
    repair = Repair("Service demo", {("f:spec",): "somebody"})
    enforcer.repaired.append(repair)
    await enforcer.enforce([], Family(SERVER))
    assert enforcer.take_repaired() == (repair,)
    assert enforcer.take_repaired() == ()
