"""The operator's own client against the real API server: preconditions, pages, deadlines, and the tree of errors."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from kubernetes.aio.client.exceptions import ApiException
from tests.controlplane.kube import Kube, Manifest
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster as Devcluster

from modelserver_operator.cluster import (
    ABSENT,
    CONFIG_MAP,
    MODEL_SERVER,
    Cluster,
    Conflict,
    Login,
    LoginError,
    NotFound,
    NotLeading,
    Rejected,
    Unavailable,
    client,
    kind_of,
    uid_is,
)


@pytest.fixture
async def admin(cluster: Devcluster, kube: Kube, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cluster]:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    async with Cluster(await Login.load(), deadline_seconds=20) as client:
        yield client


def config_map(world: World, name: str = "one", **data: str) -> Manifest:
    metadata = {"name": name, "namespace": world.namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def test_apply_creates_changes_and_leaves_alone(admin: Cluster, world: World) -> None:
    first = await admin.apply(config_map(world, a="1"), manager="t", precondition=ABSENT)
    same = uid_is(first["metadata"]["uid"])
    again = await admin.apply(config_map(world, a="1"), manager="t", precondition=same)
    assert again == first
    changed = await admin.apply(config_map(world, a="2"), manager="t", precondition=same)
    assert changed["data"] == {"a": "2"}
    assert await admin.get(CONFIG_MAP, world.namespace, "one") == changed


async def test_what_exists_is_never_taken_over_by_an_apply_that_expects_nothing(admin: Cluster, world: World) -> None:
    theirs = world.kube.apply(config_map(world, a="theirs"))
    with pytest.raises(Conflict) as conflict:
        await admin.apply(config_map(world, a="ours"), manager="t", precondition=ABSENT)
    assert isinstance(conflict.value.__cause__, ApiException)
    assert world.kube.read("ConfigMap", "one", world.namespace) == theirs


async def test_an_object_of_another_uid_is_a_conflict(admin: Cluster, world: World) -> None:
    first = await admin.apply(config_map(world), manager="t", precondition=ABSENT)
    world.kube.delete("ConfigMap", "one", world.namespace)
    with pytest.raises(Conflict):
        await admin.apply(config_map(world), manager="t", precondition=uid_is(first["metadata"]["uid"]))
    second = world.kube.apply(config_map(world))
    with pytest.raises(Conflict):
        await admin.apply(config_map(world), manager="t", precondition=uid_is(first["metadata"]["uid"]))
    with pytest.raises(Conflict):
        await admin.delete(first)
    assert world.kube.read("ConfigMap", "one", world.namespace) == second


async def test_deleting_what_is_gone_is_no_error(admin: Cluster, world: World) -> None:
    made = await admin.apply(config_map(world), manager="t")
    await admin.delete(made)
    await admin.delete(made)
    assert await admin.get(CONFIG_MAP, world.namespace, "one") is None


async def test_a_list_has_all_pages_and_whole_items(
    admin: Cluster, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE", 2)
    for index in range(5):
        labelled = config_map(world, f"m{index}")
        labelled["metadata"]["labels"] = {"a": "b"}
        world.kube.apply(labelled)
    found = await admin.list_all(CONFIG_MAP, world.namespace, labels="a=b")
    assert [each["metadata"]["name"] for each in found] == [f"m{index}" for index in range(5)]
    assert {kind_of(each) for each in found} == {CONFIG_MAP}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"data": {"not a key!": "x"}}, Rejected),
        ({"unknown": "field"}, Rejected),
        ({"metadata": {"name": "one", "namespace": "nowhere"}}, NotFound),
    ],
    ids=["invalid", "unknown field", "no namespace"],
)
async def test_refusals(admin: Cluster, world: World, change: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as refused:
        await admin.apply(config_map(world) | change, manager="t")
    assert isinstance(refused.value.__cause__, ApiException)


async def test_an_answer_that_takes_too_long_is_unavailable(
    cluster: Devcluster, kube: Kube, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    async with Cluster(await Login.load(), deadline_seconds=0.0001) as hasty:
        with pytest.raises(Unavailable, match="no answer"):
            await hasty.list_all(MODEL_SERVER)


async def test_a_token_that_is_not_known_is_unavailable_and_read_again(
    world: World, as_account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lists the test's own namespace: others have their ModelServers elsewhere."""
    kubeconfig = as_account("modelserver")
    good = kubeconfig.read_text()
    kubeconfig.write_text(good.replace("token: ", "token: not"))
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    async with Cluster(await Login.load(), deadline_seconds=20) as client:
        with pytest.raises(Unavailable):
            await client.list_all(MODEL_SERVER, world.namespace)
        kubeconfig.write_text(good)
        with pytest.raises(Unavailable):  # this answer makes it read the token again
            await client.list_all(MODEL_SERVER, world.namespace)
        assert await client.list_all(MODEL_SERVER, world.namespace) == []


async def test_the_operator_may_not_do_what_it_does_not_do(
    kube: Kube, world: World, as_account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chart's rights: no class is written, no ModelServer is changed, no Secret is read."""
    monkeypatch.setenv("KUBECONFIG", str(as_account("modelserver")))
    forbidden = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServerClass", "metadata": {"name": "mine"}}
    async with Cluster(await Login.load(), deadline_seconds=20) as client:
        for manifest in (forbidden | {"spec": {}}, world.server_manifest()):
            with pytest.raises(Rejected, match="forbidden"):
                await client.apply(manifest, manager="t")


async def test_no_login_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    with pytest.raises(LoginError, match="no kubeconfig file /nowhere"):
        await Login.load()
    monkeypatch.delenv("KUBECONFIG")
    with pytest.raises(LoginError, match="service account"):
        await Login.load()


async def test_a_status_is_written_only_into_what_was_read(
    cluster: Devcluster, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    former = world.make_server()
    told = former | {"metadata": {key: former["metadata"][key] for key in ("namespace", "name")}}
    told = {key: told[key] for key in ("apiVersion", "kind", "metadata")} | {"status": {"observedGeneration": 1}}
    world.kube.delete("ModelServer", "demo", world.namespace)
    anew = world.make_server()

    async with Cluster(await Login.load(), deadline_seconds=20) as admin:
        with pytest.raises(Conflict):
            await admin.apply_status(told, manager="t", version=former["metadata"]["resourceVersion"])
        assert "status" not in world.server()
        written = await admin.apply_status(told, manager="t", version=anew["metadata"]["resourceVersion"])
    assert written["status"] == {"observedGeneration": 1}


async def test_who_may_not_write_does_not_and_still_reads(
    cluster: Devcluster, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leader election's gate: asked before each write, and what it refuses was never sent."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    theirs = world.kube.apply(config_map(world, a="theirs"))
    asked: list[tuple[str, int]] = []

    def answered(verb: str, status: int) -> None:
        asked.append((verb, status))

    async with Cluster(await Login.load(), deadline_seconds=20, may_write=lambda: False, answered=answered) as barred:
        for write in (
            barred.apply(config_map(world, a="ours"), manager="t"),
            barred.apply_status(theirs, manager="t", version=theirs["metadata"]["resourceVersion"]),
            barred.create(config_map(world, "two")),
            barred.replace(theirs),
            barred.delete(theirs),
        ):
            with pytest.raises(NotLeading):
                await write
        assert asked == []
        assert await barred.get(CONFIG_MAP, world.namespace, "one") == theirs
        assert theirs in await barred.list_all(CONFIG_MAP, world.namespace)
        assert await barred.serves(CONFIG_MAP)
    assert asked == [("GET", 200), ("LIST", 200), ("GET", 200)]


async def test_calls_are_told_with_their_verb_and_status(
    cluster: Devcluster, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    told: list[tuple[str, int]] = []
    async with Cluster(
        await Login.load(), deadline_seconds=20, answered=lambda verb, status: told.append((verb, status))
    ) as admin:
        created = await admin.apply(config_map(world), manager="t", precondition=ABSENT)
        await admin.apply(config_map(world, a="1"), manager="t")
        with pytest.raises(Conflict):
            await admin.apply(config_map(world), manager="t", precondition=ABSENT)
        assert await admin.get(CONFIG_MAP, world.namespace, "none") is None
        await admin.delete(created)
    assert told == [("APPLY", 201), ("APPLY", 200), ("APPLY", 409), ("GET", 404), ("DELETE", 200)]


async def test_no_answer_is_told_as_zero(monkeypatch: pytest.MonkeyPatch, cluster: Devcluster, kube: Kube) -> None:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    told: list[tuple[str, int]] = []
    async with Cluster(
        await Login.load(), deadline_seconds=1e-6, answered=lambda verb, status: told.append((verb, status))
    ) as hasty:
        with pytest.raises(Unavailable):
            await hasty.list_all(CONFIG_MAP)
    assert told == [("LIST", 0)]


async def test_of_two_who_replace_the_same_version_one_is_too_late(admin: Cluster, world: World) -> None:
    first = await admin.create(config_map(world, a="1"))
    with pytest.raises(Conflict):
        await admin.create(config_map(world, a="2"))
    second = await admin.replace(first | {"data": {"a": "2"}})
    with pytest.raises(Conflict):
        await admin.replace(first | {"data": {"a": "3"}})
    assert await admin.get(CONFIG_MAP, world.namespace, "one") == second
