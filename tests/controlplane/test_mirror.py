"""Copies of objects, kept against the real API server: through events, cut connections, expired versions, outages."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.controlplane.fault_proxy import FaultProxy
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import account
from tests.controlplane.test_watch_faults import error
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster as Devcluster

from modelserver_operator.cluster import MODEL_SERVER, POD, Cluster, ClusterError, Kind, Login, watching
from modelserver_operator.cluster.mirror import Mirror

SERVERS = "/modelservers"
Follow = Callable[..., "Followed"]


@dataclass
class Followed:
    """A mirror at work, in a thread of its own; of each object it keeps a new dict with its uid and spec."""

    mirror: Mirror[Manifest]
    changes: list[int] = field(default_factory=list)

    def names(self) -> set[str]:
        return {name for _, name in self.mirror.objects}

    def one(self, name: str) -> Manifest | None:
        return next((view for (_, each), view in self.mirror.objects.items() if each == name), None)


def view(manifest: Manifest) -> Manifest:
    return {"uid": manifest["metadata"]["uid"], "spec": manifest["spec"], "kind": manifest["kind"]}


@contextmanager
def followed(cluster: Cluster, loop: asyncio.AbstractEventLoop, kind: Kind, **scope: Any) -> Iterator[Followed]:
    """A mirror that runs in the loop until the block ends."""
    changes = list[int]()
    mirror = Mirror(cluster, kind, view, lambda: changes.append(1), pause=lambda _: 0.2, **scope)
    running = asyncio.run_coroutine_threadsafe(mirror.run(), loop)
    try:
        yield Followed(mirror, changes)
        assert not running.done(), running.exception()
    finally:
        running.cancel()


@contextmanager
def loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()


@contextmanager
def logged_in(kubeconfig: Path) -> Iterator[Follow]:
    """Makes mirrors that run until the block ends."""

    async def log_in() -> Cluster:
        return Cluster(await Login.load(), deadline_seconds=20)

    with pytest.MonkeyPatch.context() as patch, loop_in_a_thread() as loop, ExitStack() as stack:
        patch.setenv("KUBECONFIG", str(kubeconfig))
        cluster = asyncio.run_coroutine_threadsafe(log_in(), loop).result(20)
        stack.callback(lambda: asyncio.run_coroutine_threadsafe(cluster.__aexit__(None, None, None), loop).result(20))
        yield lambda kind, **scope: stack.enter_context(followed(cluster, loop, kind, **scope))


@pytest.fixture
def follow(kube: Kube, cluster: Devcluster) -> Iterator[Follow]:
    """As the administrator."""
    with logged_in(cluster.kubeconfig) as follow:
        yield follow


@pytest.fixture
def proxy(as_account: Callable[[str], Path]) -> Iterator[FaultProxy]:
    with FaultProxy(as_account("modelserver")).running() as proxy:
        yield proxy


@pytest.fixture
def faulty(proxy: FaultProxy, tmp_path: Path) -> Iterator[Follow]:
    """As the operator's account, through the proxy."""
    with logged_in(proxy.kubeconfig(tmp_path)) as follow:
        yield follow


def watches(proxy: FaultProxy) -> int:
    """How many have begun."""
    return len([each for each in proxy.asked if each.verb == "WATCH" and each.status == 200])


def lists(proxy: FaultProxy) -> int:
    return len(proxy.read(SERVERS, 200))


def test_what_is_made_changed_and_deleted_is_so_in_the_copy(follow: Follow, world: World) -> None:
    world.make_server("before")
    mirror = follow(MODEL_SERVER, namespace=world.namespace)
    eventually(lambda: mirror.names() == {"before"}, "it is listed")
    assert mirror.mirror.synced
    made = world.make_server("after")
    eventually(lambda: mirror.names() == {"before", "after"}, "it is watched")
    assert mirror.one("after") == view(made)
    changed = world.make_server("before", replicas=3)
    eventually(lambda: mirror.one("before") == view(changed), "it changes")
    world.kube.delete("ModelServer", "after", world.namespace)
    eventually(lambda: mirror.names() == {"before"}, "it is gone")
    eventually(lambda: len(mirror.changes) == 4, "it tells of the list and of three events")


def test_only_what_the_selector_selects_and_in_all_namespaces(follow: Follow, world: World) -> None:
    labels = {"mirror": world.namespace}
    mirror, other = follow(POD, labels=f"mirror={world.namespace}"), follow(POD, namespace="default")
    for name, its in (("one", labels), ("two", {})):
        world.kube.apply(pod(world, name, its))
    eventually(lambda: mirror.names() == {"one"}, "it is there")
    world.kube.apply(pod(world, "one", {"mirror": "no"}))
    eventually(lambda: mirror.names() == set(), "it is no longer selected")
    eventually(lambda: other.mirror.synced, "the other namespace was listed")
    assert not other.names() & {"one", "two"}


def pod(world: World, name: str, labels: dict[str, str]) -> Manifest:
    secure = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}
    container = {"name": "c", "image": "registry.example.com/c:1", "securityContext": secure}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": world.namespace, "labels": labels},
        "spec": {"containers": [container], "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
    }


def test_after_a_cut_a_watch_goes_on_where_it_was(faulty: Follow, proxy: FaultProxy, world: World) -> None:
    world.make_server("one")
    mirror = faulty(MODEL_SERVER, namespace=world.namespace)
    eventually(lambda: watches(proxy) == 1, "it watches")
    proxy.answer("WATCH", SERVERS, 502)  # once, so that something happens while nobody watches
    before = mirror.one("one")
    assert proxy.cut(SERVERS) == 1
    world.make_server("two")
    eventually(lambda: mirror.names() == {"one", "two"}, "what has happened meanwhile is seen")
    assert mirror.one("one") is before, "nothing is told twice"
    eventually(lambda: len(mirror.changes) == 2, "it tells of the list and of one event")


def test_a_cut_alone_needs_no_list(faulty: Follow, proxy: FaultProxy, world: World) -> None:
    mirror = faulty(MODEL_SERVER, namespace=world.namespace)
    for turn in range(3):
        eventually(lambda turn=turn: watches(proxy) == turn + 1, "it watches")  # type: ignore[misc]
        assert proxy.cut(SERVERS) == 1
    world.make_server("one")
    eventually(lambda: mirror.names() == {"one"}, "it goes on")
    assert lists(proxy) == 1


def in_stream(proxy: FaultProxy) -> None:
    assert proxy.inject(SERVERS, error(410, "Expired")) == 1


def as_answer(proxy: FaultProxy) -> None:
    proxy.answer("WATCH", SERVERS, 410)
    assert proxy.cut(SERVERS) == 1


def in_words(proxy: FaultProxy) -> None:
    """Of something that is no API server."""
    assert proxy.inject(SERVERS, {"type": "MODIFIED"}) == 1
    eventually(lambda: watches(proxy) == 2, "it watches again")
    in_stream(proxy)


@pytest.mark.parametrize("fail", [in_stream, as_answer, in_words])
def test_what_a_watch_has_missed_is_gone_after_the_list_that_follows_an_error(
    faulty: Follow, proxy: FaultProxy, world: World, fail: Callable[[FaultProxy], None]
) -> None:
    world.make_server("one")
    world.make_server("ghost")
    mirror = faulty(MODEL_SERVER, namespace=world.namespace)
    eventually(lambda: watches(proxy) == 1, "it watches")
    before = mirror.one("one")
    proxy.swallow(SERVERS, "DELETED", "ghost")
    world.kube.delete("ModelServer", "ghost", world.namespace)
    eventually(lambda: proxy.swallowed, "the event is swallowed")
    assert mirror.names() == {"one", "ghost"}
    fail(proxy)
    eventually(lambda: mirror.names() == {"one"}, "there are no ghosts")
    assert mirror.one("one") is before, "nothing is told twice"
    eventually(lambda: len(mirror.changes) == 2, "it tells of two lists")
    world.make_server("two")
    eventually(lambda: mirror.names() == {"one", "two"}, "it watches again")


def test_a_list_that_tells_nothing_new_is_no_change(faulty: Follow, proxy: FaultProxy, world: World) -> None:
    world.make_server("one")
    mirror = faulty(MODEL_SERVER, namespace=world.namespace)
    eventually(lambda: watches(proxy) == 1, "it watches")
    in_stream(proxy)
    eventually(lambda: watches(proxy) == 2, "it watches again")
    assert (lists(proxy), len(mirror.changes)) == (2, 1)


def test_a_watch_that_says_nothing_is_begun_anew(
    faulty: Follow, proxy: FaultProxy, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SILENT_SECONDS", 0.5)
    mirror = faulty(MODEL_SERVER, namespace=world.namespace)
    eventually(lambda: watches(proxy) >= 3, "it watches again and again")
    monkeypatch.undo()
    world.make_server("one")
    eventually(lambda: mirror.names() == {"one"}, "and sees what happens")
    assert lists(proxy) == 1, "from where it was"


def test_a_watch_that_the_api_server_ends_is_followed_by_a_list(
    faulty: Follow, proxy: FaultProxy, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a ghost would be gone after some minutes, whatever has made it."""
    monkeypatch.setattr(watching, "LASTING_SECONDS", (1, 1))
    mirror = faulty(MODEL_SERVER, namespace=world.namespace)
    world.make_server("ghost")
    eventually(lambda: mirror.names() == {"ghost"}, "it is there")
    proxy.swallow(SERVERS, "DELETED", "ghost")
    world.kube.delete("ModelServer", "ghost", world.namespace)
    eventually(lambda: mirror.names() == set(), "there are no ghosts")


def test_a_role_of_one_namespace_is_enough_for_that_one(
    world: World, cluster: Devcluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bind_to_pods(world)
    world.kube.apply(pod(world, "one", {}))
    with logged_in(account(world.kube, cluster.kubeconfig, tmp_path, world.namespace, "follower")) as follow:
        mine, everybodys = follow(POD, namespace=world.namespace), follow(POD)
        eventually(lambda: mine.names() == {"one"}, "its pods are seen")
        eventually(lambda: "cannot follow pods in any namespace" in caplog.text, "the others' are not, which is said")
        assert not everybodys.mirror.synced
        world.kube.apply(pod(world, "two", {}))
        eventually(lambda: mine.names() == {"one", "two"}, "watching is granted, too")


def bind_to_pods(world: World) -> None:
    """A ServiceAccount that may list and watch the pods of its namespace."""
    meta = {"name": "follower", "namespace": world.namespace}
    rbac, group = "rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io"
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]}]
    subject = {"kind": "ServiceAccount", **meta}
    role = {"apiGroup": group, "kind": "Role", "name": "follower"}
    world.kube.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    world.kube.apply({"apiVersion": rbac, "kind": "Role", "metadata": meta, "rules": rules})
    binding = {"apiVersion": rbac, "kind": "RoleBinding", "metadata": meta}
    world.kube.apply(binding | {"subjects": [subject], "roleRef": role})


def test_after_an_outage_the_copy_is_true_again(follow: Follow, world: World, cluster: Devcluster) -> None:
    world.make_server("one")
    world.make_server("two")
    mirror = follow(MODEL_SERVER, namespace=world.namespace)
    eventually(lambda: mirror.names() == {"one", "two"}, "it is listed")
    cluster.restart_apiserver()
    world.kube.reconnect()
    world.kube.delete("ModelServer", "two", world.namespace)
    world.make_server("three")
    eventually(lambda: mirror.names() == {"one", "three"}, "it goes on")
    assert refusal_of_the_first_version(cluster) == 410, "an API server knows nothing of what was before its start"


def refusal_of_the_first_version(cluster: Devcluster) -> int:
    """The status with which a watch from the cluster's first version is refused."""

    async def watch() -> None:
        async with Cluster(await Login.load(), deadline_seconds=20) as client:
            async for _ in client.watch(MODEL_SERVER, version="1"):
                pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(cluster.kubeconfig))
        with pytest.raises(ClusterError) as expired:
            asyncio.run(asyncio.wait_for(watch(), 60))
    return expired.value.status
