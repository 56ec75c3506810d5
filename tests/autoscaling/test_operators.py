"""Operators come and go, and the number of pods does not mind."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.autoscaling.scaled import TARGET, Scaled
from tests.autoscaling.site import LEASE, Site
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.kube import eventually
from tests.controlplane.process import Operator


@pytest.fixture
def make(site: Site, tmp_path: Path) -> Iterator[Callable[[str], Operator]]:
    """Starts operators that the test may end, and that scalers do not reach yet; the first one leads."""
    made: list[Operator] = []
    site.kube.delete("Lease", LEASE, RELEASE_NAMESPACE)  # of one that was killed

    def make(name: str) -> Operator:
        made.append(site.operator(tmp_path / f"{name}.log"))
        return made[-1].start()

    yield make
    for operator in made:
        operator.kill()
        print(operator.log.read_text())


def frozen(demo: Scaled) -> bool:
    """Whether the scaler knows no load."""
    return demo.hpa_condition("ScalingActive").get("status") == "False"


def test_restarted_in_between(demo: Scaled, make: Callable[[str], Operator], site: Site) -> None:
    """Nobody tells the load, so nothing moves; and a new operator tells none before it has heard all pods."""
    operator = make("operator")
    demo.played.queue = 3 * TARGET
    demo.asks()
    with site.reached(operator):
        demo.rests(3)
        operator.kill()
        eventually(lambda: frozen(demo), "the scaler knows no load")
        operator.start()
        demo.rests(3)
        demo.played.queue = 4 * TARGET
        demo.rests(4)
    assert demo.sizes.seen == [1, 3, 4]


def test_the_stand_by_answers_too(demo: Scaled, make: Callable[[str], Operator], site: Site) -> None:
    """Who does not lead knows the load as well, and who leads may go."""
    leader, stand_by = make("leader"), make("stand-by")
    demo.played.queue = 2 * TARGET
    demo.asks()
    with ExitStack() as stack:
        with site.reached(leader):
            demo.rests(2)
            stack.enter_context(site.reached(stand_by))
        demo.played.queue = 3 * TARGET
        demo.rests(3)
        assert stand_by.metrics()["modelserver_operator_leader"] == 0
        leader.stop()
        demo.played.queue = 4 * TARGET
        demo.rests(4)
    assert demo.sizes.seen == [1, 2, 3, 4]
