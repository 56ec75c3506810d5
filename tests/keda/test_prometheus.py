"""Where the chart names a Prometheus, KEDA asks that one, and takes an absent series for what it is: unknown."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.autoscaling.scaled import TARGET
from tests.autoscaling.site import Site
from tests.keda.processes import Keda
from tests.keda.prometheus import Exporter, exporting, scraping
from tests.keda.scaled import ByKeda


@pytest.fixture
def exporter(site: Site, keda: Keda, tmp_path: Path) -> Iterator[Exporter]:
    """What Prometheus scrapes, for an operator that names that Prometheus to KEDA."""
    with ExitStack() as stack:
        exporter = stack.enter_context(exporting())
        address = stack.enter_context(scraping(exporter, tmp_path))
        stack.enter_context(site.at_work(site.operator(tmp_path / "operator.log", keda_prometheus_url=address)))
        yield exporter


def test_it_scales_by_the_sum_of_the_series(demo: ByKeda, exporter: Exporter) -> None:
    """The series say more than the pods that the operator asks, so that it is seen who was believed."""
    exporter.tells(demo.world.namespace, demo.name, [TARGET, 2 * TARGET])
    demo.asks_for_keda()
    demo.rests(3)
    assert demo.scaled_object()["spec"]["triggers"][0]["type"] == "prometheus"
    assert demo.sizes.seen == [1, 3]


def test_an_absent_series_freezes(demo: ByKeda, exporter: Exporter) -> None:
    """A Prometheus that has lost its targets is no reason to end pods."""
    exporter.tells(demo.world.namespace, demo.name, [4 * TARGET])
    demo.asks_for_keda()
    demo.rests(4)
    exporter.series = ""
    demo.keda_says("Fallback", "True")
    exporter.tells(demo.world.namespace, demo.name, [2 * TARGET])
    demo.keda_says("Fallback", "False")
    demo.rests(2)
    assert demo.sizes.seen == [1, 4, 2]
