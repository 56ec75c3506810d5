"""Operators come and go, and the number of pods does not mind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.autoscaling.scaled import TARGET, Scaled
from tests.autoscaling.site import Site
from tests.controlplane.kube import eventually
from tests.controlplane.process import Operator


@pytest.fixture
def leader(site: Site, tmp_path: Path) -> Iterator[Operator]:
    """An operator that the test may end."""
    leader = site.operator(tmp_path / "leader.log").start()
    with site.reached(leader):
        yield leader
    leader.kill()
    print(leader.log.read_text())


def frozen(demo: Scaled) -> bool:
    """Whether the scaler knows no load."""
    return demo.hpa_condition("ScalingActive").get("status") == "False"


def test_restarted_in_between(demo: Scaled, leader: Operator) -> None:
    """Nobody tells the load, so nothing moves; and a new operator tells none before it has heard all pods."""
    demo.played.queue = 3 * TARGET
    demo.asks()
    demo.rests(3)
    leader.kill()
    eventually(lambda: frozen(demo), "the scaler knows no load")
    leader.start()
    demo.rests(3)
    demo.played.queue = 4 * TARGET
    demo.rests(4)
    assert demo.sizes.seen == [1, 3, 4]


def test_the_stand_by_answers_too(demo: Scaled, leader: Operator, site: Site, tmp_path: Path) -> None:
    """Who does not lead knows the load as well, and who leads may go."""
    demo.played.queue = 2 * TARGET
    demo.asks()
    demo.rests(2)
    stand_by = site.operator(tmp_path / "stand-by.log")
    with stand_by.at_work(), site.reached(stand_by):
        leader.stop()
        demo.played.queue = 3 * TARGET
        demo.rests(3)
    assert demo.sizes.seen == [1, 2, 3]
