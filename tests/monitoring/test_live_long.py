"""One alert as it is told in the cluster of a user: by the operator's own rule, in the minutes that stand in it."""

import pytest
from tests.monitoring import troubles
from tests.monitoring.alerted import Alertmanager
from tests.monitoring.servers import FLEET, HUNG
from tests.monitoring.site import Site
from tests.monitoring.watchers import NAME, NAMESPACE


@pytest.mark.long
def test_a_hang_is_told_of_in_its_own_time_and_so_is_its_end(site: Site, alerted: Alertmanager) -> None:
    told = len(alerted.webhook.told())
    hang = {"alertname": "ModelServerStalled", "namespace": FLEET, "modelserver": HUNG}
    with troubles.hanging(site):
        firing = alerted.arrives("firing", told, in_a_hurry=False, **hang)
        assert firing.labels == {**hang, "severity": "critical", "prometheus": f"{NAMESPACE}/{NAME}"}
    alerted.arrives("resolved", told, in_a_hurry=False, **hang)
