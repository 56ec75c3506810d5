"""What KEDA's trigger metrics-api is told at the operator's health port."""

from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import CollectorRegistry
from tests.ports import free_port
from tests.unit.autoscale.served import Loads

from modelserver_operator.health import Health
from modelserver_operator.status.load import Load


@pytest.fixture
def loads() -> Loads:
    unknown = Load(None, 4, pods=2, why="none of its 2 pods answers")
    return Loads({("team", "demo"): Load(12, 4), ("team", "idle"): Load(0, 4), ("team", "lost"): unknown})


@pytest.fixture
async def http(loads: Loads) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    health = Health(port, live=lambda: None, ready=lambda: None, registry=CollectorRegistry(), known=loads)
    await health.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client
    await health.stop()


async def test_the_load_is_a_number(http: httpx.AsyncClient) -> None:
    assert (await http.get("/load/team/demo")).json() == {"unfinished_requests": 12}
    assert (await http.get("/load/team/idle")).json() == {"unfinished_requests": 0}


async def test_what_is_not_known_is_no_number(http: httpx.AsyncClient, loads: Loads) -> None:
    lost = await http.get("/load/team/lost")
    assert (lost.status_code, "none of its 2 pods answers" in lost.text) == (503, True)
    loads.synced = False
    early = await http.get("/load/team/demo")
    assert (early.status_code, "not yet listed" in early.text) == (503, True)


async def test_there_is_none_of_what_is_not_autoscaled(http: httpx.AsyncClient) -> None:
    for where in ("team/nobody", "other/demo"):
        answer = await http.get(f"/load/{where}")
        assert (answer.status_code, where in answer.text) == (404, True)
    assert (await http.get("/load/team")).status_code == 404


async def test_an_operator_that_reads_no_loads_has_none_to_tell() -> None:
    port = free_port()
    health = Health(port, live=lambda: None, ready=lambda: None, registry=CollectorRegistry())
    await health.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/load/team/demo")).status_code == 404
    await health.stop()
