"""The cache of a ModelServer: whose claim it is, when it goes, and what of it can be changed."""

import pytest
from tests.controlplane.kube import Manifest, RefusedError, eventually
from tests.controlplane.world import World, owners

pytestmark = pytest.mark.usefixtures("operator")

HUB = {"huggingFace": {"repo": "org/model"}}
NAME = "demo-cache"
RETAINED = "modelserver.dev/retained-for"
# The garbage collector looks for new kinds of owners every half minute, and takes what they own after that.
COLLECTED_SECONDS = 180


def claim(world: World) -> Manifest | None:
    return world.kube.get("PersistentVolumeClaim", NAME, world.namespace)


def serve(world: World, **cache: str) -> Manifest:
    """A server with a cache of which nothing can be mounted; the claim is what the tests are about."""
    world.make_class()
    world.make_server(model=HUB, cache={"size": "1Gi", **cache})
    return eventually(lambda: claim(world), "there is a claim")


def delete(world: World) -> None:
    world.kube.delete("ModelServer", "demo", world.namespace)
    eventually(lambda: not world.children(), "what belonged to it is gone", seconds=COLLECTED_SECONDS)


def test_a_cache_goes_with_its_server(world: World) -> None:
    assert owners(serve(world)) == [("ModelServer", "demo")]
    delete(world)
    eventually(lambda: claim(world) is None, "the claim is gone", seconds=COLLECTED_SECONDS)


def test_a_cluster_without_storage_classes_is_told_of(world: World) -> None:
    """The words are the scheduler's."""
    serve(world)
    condition = world.wait_for("demo", "Ready", "False", "VolumeMissing")
    assert f"PersistentVolumeClaim {NAME}, the server's cache, has no volume" in condition["message"]
    assert "spec.cache.storageClassName" in condition["message"]


def test_a_retained_cache_stays_and_is_taken_up_again(world: World) -> None:
    first = serve(world, whenDeleted="Retain")
    assert owners(first) == []
    assert first["metadata"]["annotations"][RETAINED] == "demo"
    delete(world)
    stays = claim(world)
    assert stays
    assert "deletionTimestamp" not in stays["metadata"]

    serve(world, whenDeleted="Retain")
    world.wait_for("demo", "Reconciled", "True")
    again = claim(world)
    assert again
    assert again["metadata"]["uid"] == first["metadata"]["uid"]


def test_whose_a_cache_is_can_be_changed_while_it_serves(world: World) -> None:
    def kept(*, retained: bool) -> bool:
        metadata = (claim(world) or {"metadata": {}})["metadata"]
        return (RETAINED in metadata.get("annotations", {}), "ownerReferences" in metadata) == (retained, not retained)

    serve(world)
    serve(world, whenDeleted="Retain")
    eventually(lambda: kept(retained=True), "it is let go of")
    serve(world, whenDeleted="Delete")
    eventually(lambda: kept(retained=False), "it belongs to the server again")


def test_a_cache_that_is_no_longer_asked_for_is_removed(world: World) -> None:
    serve(world)
    world.make_server(model={"persistentVolumeClaim": {"claimName": "models"}})
    eventually(lambda: claim(world) is None, "the claim is gone")


def test_a_cache_does_not_shrink(world: World) -> None:
    """The API server refuses it, and the status says so in its words."""
    serve(world)
    world.make_server(model=HUB, cache={"size": "512Mi"})
    condition = world.wait_for("demo", "Reconciled", "False", "RejectedByAPIServer")
    assert "PersistentVolumeClaim demo-cache" in condition["message"]


def test_storage_class_and_access_mode_stay(world: World) -> None:
    serve(world)
    with pytest.raises(RefusedError, match="storageClassName may not be changed"):
        world.make_server(model=HUB, cache={"size": "1Gi", "storageClassName": "fast"})
    with pytest.raises(RefusedError, match="accessMode may not be changed"):
        world.make_server(model=HUB, cache={"size": "1Gi", "accessMode": "ReadWriteMany"})
