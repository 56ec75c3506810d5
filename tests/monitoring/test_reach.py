"""A real runtime with real vLLM has all that Prometheus is asked about a server, and each alert's comparison comes true
when what it waits for happens to it, and not before.

The expressions are the rules' own, with their own windows: what Prometheus has seen of them is as good as all.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests import waiting
from tests.engine import tiny_model
from tests.engine.server import Server
from tests.keda.prometheus import running
from tests.monitoring import loaded, sources
from tests.monitoring.asking import asking
from tests.monitoring.contract import unmet
from tests.monitoring.names import Need
from tests.monitoring.prometheus import Prometheus
from tests.unit.monitoring import full

SECONDS = 400  # for what takes twenty on an idle machine
EXPRESSIONS = loaded.expressions()
TOLD_BY_THE_OPERATOR = (
    "modelserver_operator_",
    "modelserver_condition",
    "modelserver_wanted_replicas",
    "modelserver_ready_replicas",
)
DOWN = "ModelServerDown (critical)"
UNDER_LOAD = {
    "ModelServerQueueSaturated (warning)",
    "ModelServerRefusing (warning)",
    "ModelServerCacheFull (warning)",
    "ModelServerDeadlinesMissed (warning)",
    "ModelServerErrors (critical)",
    *(
        f"{promise} ({severity})"
        for promise in ("ModelServerTTFTBurn", "ModelServerE2EBurn", "ModelServerErrorBurn")
        for severity in ("critical", "warning")
    ),
}


@pytest.fixture(scope="module")
def starting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with little room, which has just begun to start."""
    folder = tmp_path_factory.mktemp("reach")
    server = loaded.server(folder, tiny_model.write(folder / "model"))
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def server(starting: Server) -> Server:
    """It, ready."""
    waiting.until(lambda: starting.probe("/readyz") == 200, SECONDS, "it is ready, beside a cluster that comes up, too")
    return starting


@pytest.fixture
def prometheus(server: Server, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus that has scraped it three times, and knows nothing of what was before."""
    with running([loaded.job(server)], tmp_path) as url:
        found = Prometheus(url)
        waiting.until(lambda: found.query("count_over_time(up[5m]) >= 3"), SECONDS, "three scrapes")
        yield found


def true(prometheus: Prometheus, alert: str) -> bool:
    return bool(prometheus.query(EXPRESSIONS[alert]))


def has_an_engine(server: Server) -> bool:
    """Whether there is the process in which it will compute; before that it imports."""
    with suppress(ValueError):
        return server.engine_pid() > 0
    return False


def of_runtime() -> list[Need]:
    """What all questions together need of a server itself."""
    asked = [need for need in sources.needed(full.questions()) if need.metric.startswith(("modelserver_", "vllm:"))]
    found = [need for need in asked if not need.metric.startswith(TOLD_BY_THE_OPERATOR)]
    assert len(found) > len(asked) / 2
    return found


def test_one_that_starts_for_longer_than_its_budget_is_not_ready(starting: Server, tmp_path: Path) -> None:
    """It starts within seconds, so its budget is less, and it is held up until that is seen. The branch of an
    operator's condition is shown elsewhere.
    """
    with running([loaded.job(starting)], tmp_path) as url:
        waiting.until(lambda: has_an_engine(starting), SECONDS, "its engine starts")
        with starting.standing_still():
            waiting.until(
                lambda: true(Prometheus(url), "ModelServerNotReady (warning)"), SECONDS, "it counts as not ready"
            )


def test_of_an_idle_server_none_is_true(prometheus: Prometheus) -> None:
    assert {alert for alert in EXPRESSIONS if true(prometheus, alert)} <= {DOWN}
    waiting.until(lambda: not true(prometheus, DOWN), SECONDS, "it is up: a busy machine may leave out a scrape")


def test_under_more_load_than_it_can_bear_each_about_load_is_true(server: Server, prometheus: Prometheus) -> None:
    never = set(UNDER_LOAD)

    def seen() -> bool:
        never.difference_update([alert for alert in never if true(prometheus, alert)])
        return not never

    with asking(server.url, *loaded.crowd()):
        try:
            waiting.until(seen, SECONDS, "each comparison has been true")
        except AssertionError as error:
            raise AssertionError(f"never true: {sorted(never)}") from error
        needs, there = of_runtime(), prometheus.series('{__name__=~".+"}')
        assert unmet(needs, there) == []
        histograms = {need.metric.removesuffix("_bucket") for need in needs if need.metric.endswith("_bucket")}
        assert [name for name in sorted(histograms) if not prometheus.query(f"sum({name}_count) > 0")] == []


def test_an_engine_that_hangs_is_stalled(server: Server, prometheus: Prometheus) -> None:
    waiting.until(lambda: server.metric("modelserver_unfinished_requests") == 0, SECONDS, "the load is gone")
    os.kill(server.engine_pid(), signal.SIGSTOP)
    try:
        with asking(server.url, next(loaded.crowd())):
            waiting.until(lambda: true(prometheus, "ModelServerStalled (critical)"), SECONDS, "it counts as stalled")
            os.kill(server.engine_pid(), signal.SIGCONT)
            waiting.until(lambda: not true(prometheus, "ModelServerStalled (critical)"), SECONDS, "it moves again")
    finally:
        os.kill(server.engine_pid(), signal.SIGCONT)


def test_a_server_that_is_gone_is_down(server: Server, prometheus: Prometheus) -> None:
    server.kill()
    waiting.until(lambda: true(prometheus, DOWN), SECONDS, "it counts as down")
