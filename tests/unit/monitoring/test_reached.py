"""A row for each alert: which test has seen it fire, or its comparison come true, and in which words it says so."""

from typing import NamedTuple

import pytest
from tests.monitoring.sources import ROOT
from tests.unit.monitoring.full import of_chart, of_server


class Seen(NamedTuple):
    """A test's file, and the words in it that show what it waits for."""

    file: str
    words: str


# The alert itself, with minutes shortened to seconds, from the Prometheus of a cluster to a webhook.
LIVE = "tests/live/test_live.py"
# The comparison with its own windows, on a runtime with real vLLM.
LOADED = "tests/monitoring/test_reach.py"
# Likewise, on a real operator before a real API server.
OPERATOR = "tests/controlplane/test_alerts_reached.py"

REACHED = {
    "ModelServerDown": Seen(LIVE, 'Trouble(KILLED, "ModelServerDown", "critical")'),
    "ModelServerNotReady": Seen(LIVE, 'Trouble(LOST, "ModelServerNotReady", "critical"'),
    "ModelServerRestarting": Seen(LIVE, 'Trouble(KILLED, "ModelServerRestarting", "critical")'),
    "ModelServerQueueSaturated": Seen(LOADED, '"ModelServerQueueSaturated (warning)"'),
    "ModelServerRefusing": Seen(LOADED, '"ModelServerRefusing (warning)"'),
    "ModelServerCacheFull": Seen(LOADED, '"ModelServerCacheFull (warning)"'),
    "ModelServerDeadlinesMissed": Seen(LOADED, '"ModelServerDeadlinesMissed (warning)"'),
    "ModelServerErrors": Seen(LOADED, '"ModelServerErrors (critical)"'),
    "ModelServerStalled": Seen(LOADED, 'true(prometheus, "ModelServerStalled (critical)")'),
    "ModelServerScalerBlind": Seen(OPERATOR, '"ModelServerScalerBlind" in each.where'),
    "ModelServerEmotionsNotLive": Seen(LIVE, 'Trouble(MOODY, "ModelServerEmotionsNotLive", "warning")'),
    "ModelServerTTFTBurn": Seen(LOADED, '"ModelServerTTFTBurn"'),
    "ModelServerE2EBurn": Seen(LOADED, '"ModelServerE2EBurn"'),
    "ModelServerErrorBurn": Seen(LOADED, '"ModelServerErrorBurn"'),
    "ModelServerOperatorAbsent": Seen(OPERATOR, 'come_true(prometheus, "ModelServerOperatorAbsent")'),
    "ModelServerOperatorWithoutLeader": Seen(OPERATOR, 'come_true(prometheus, "ModelServerOperatorWithoutLeader"'),
    "ModelServerOperatorStuck": Seen(OPERATOR, '"ModelServerOperatorStuck")'),
    "ModelServerOperatorRestarting": Seen(OPERATOR, 'come_true(prometheus, "ModelServerOperatorRestarting")'),
    "ModelServerOperatorReconcileErrors": Seen(OPERATOR, 'come_true(prometheus, "ModelServerOperatorReconcileErrors"'),
    "ModelServerOperatorApiErrors": Seen(OPERATOR, '"ModelServerOperatorApiErrors")'),
    "ModelServerOperatorContested": Seen(OPERATOR, 'come_true(prometheus, "ModelServerOperatorContested")'),
    # It takes five minutes of work that does not move. What the gauge tells is the queue's own word.
    "ModelServerOperatorQueueOld": Seen("tests/unit/process/test_health.py", "assert queue.oldest() > STUCK_SECONDS"),
}
# Another branch of an expression. promtool alone shows those by a condition: ModelServerNotReady's of a pod that is not
# made, ModelServerRestarting's of CrashLooping, ModelServerEmotionsNotLive's of pods that differ.
BESIDES = {"ModelServerNotReady": Seen(LOADED, 'true(Prometheus(url), "ModelServerNotReady (warning)")')}


def test_each_alert_has_a_row() -> None:
    rules = [rule for each in (of_server(), of_chart()) for group in each["spec"]["groups"] for rule in group["rules"]]

    assert {rule["alert"] for rule in rules} == REACHED.keys()


@pytest.mark.parametrize("seen", [*REACHED.values(), *BESIDES.values()], ids=lambda seen: seen.words)
def test_the_test_that_a_row_names_says_so(seen: Seen) -> None:
    assert seen.words in (ROOT / seen.file).read_text()
