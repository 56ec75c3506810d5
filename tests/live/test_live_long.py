"""One alert as it is told in the cluster of a user: by the operator's own rule, in the minutes that stand in it."""

import pytest
from tests.live import troubles
from tests.live.alerted import Alertmanager
from tests.live.servers import FLEET, HUNG
from tests.live.site import Site
from tests.live.watchers import NAME, NAMESPACE


@pytest.mark.long
def test_a_hang_is_told_of_in_its_own_time_and_so_is_its_end(site: Site, alerted: Alertmanager) -> None:
    hang = {"alertname": "ModelServerStalled", "namespace": FLEET, "modelserver": HUNG}
    before = len(alerted.webhook.told())
    with troubles.hanging(site):
        told = alerted.fires(hang, before, in_a_hurry=False)
        assert told.labels == {**hang, "severity": "critical", "prometheus": f"{NAMESPACE}/{NAME}"}
    alerted.is_resolved(hang, in_a_hurry=False)
