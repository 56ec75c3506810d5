"""The steps that make a cluster, from an empty folder to a ready node."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType

from tools.devcluster import control_plane, fake_node, kubelet_node, namespace, network
from tools.devcluster.api import Api, condition
from tools.devcluster.binaries import Binaries
from tools.devcluster.errors import StartError
from tools.devcluster.places import Layout
from tools.devcluster.processes import Process, output, wait_for
from tools.devcluster.record import Nodes, Record
from tools.devcluster.sites import Site
from tools.devcluster.versions import versions

READY_SECONDS = 180  # an idle machine needs five; the bound is for one where others build
KINDS: dict[Nodes, ModuleType] = {"kubelet": kubelet_node, "kwok": fake_node}


@dataclass(frozen=True)
class Plan:
    """What the user asked for."""

    name: str
    nodes: Nodes
    hpa_sync_seconds: int
    guard_owners: bool


def bring_up(plan: Plan, layout: Layout, binaries: Binaries) -> None:
    """Starts everything in the cluster's empty folder and returns when pods can be made. Raises StartError."""
    kind = KINDS[plan.nodes]
    _make_folders(layout)
    record = _make_namespaces(plan, layout, binaries, kind)
    site = Site(plan.name, layout, record.block, binaries)
    _make_keys(site)
    kind.prepare(site)
    waiting = _Waiting(site, record.holder, Api(site))
    for command in [
        *kind.runtime(site),
        control_plane.etcd(site),
        control_plane.api_server(site, guard_owners=plan.guard_owners),
    ]:
        site.want(command)
    kind.fill_runtime(site, record.holder)
    waiting.until_api_server_ready()
    late = [control_plane.controller_manager(site, plan.hpa_sync_seconds), control_plane.scheduler(site)]
    for command in [*late, *kind.programs(site)]:
        site.want(command)
    _create_objects(site, kind)
    waiting.until_node_ready(kind)
    waiting.until_pods_are_admitted()
    replace(record, ready=True).write(layout)


def _make_folders(layout: Layout) -> None:
    for folder in (layout.logs, layout.wanted, layout.config, layout.data):
        folder.mkdir(parents=True)
    layout.folder.chmod(0o700)  # the keys of the cluster lie here


def _make_namespaces(plan: Plan, layout: Layout, binaries: Binaries, kind: ModuleType) -> Record:
    holder = namespace.create(layout, kind.mounts(layout.data))
    record = Record(
        nodes=plan.nodes,
        kubernetes=versions().kubernetes,
        binaries=str(binaries.folder),
        hpa_sync_seconds=plan.hpa_sync_seconds,
        guard_owners=plan.guard_owners,
        holder_pid=holder.pid,
        holder_started=holder.started,
        index=-1,
    )
    record.write(layout)
    record = replace(record, index=network.attach(holder.pid).index)
    record.write(layout)
    return record


def _make_keys(site: Site) -> None:
    output(
        site.binaries.path("pki"),
        f"--folder={site.layout.pki}",
        f"--cluster={site.name}",
        f"--node={site.node}",
        f"--address={site.block.node}",
        f"--service-address={site.block.kubernetes_service}",
    )


def _create_objects(site: Site, kind: ModuleType) -> None:
    """Unchecked by kubectl: the schemas that it would check against take two seconds to fetch."""
    objects = {"apiVersion": "v1", "kind": "List", "items": kind.objects(site)}
    kubectl = (site.binaries.path("kubectl"), f"--kubeconfig={site.layout.kubeconfig}")
    output(*kubectl, "create", "--validate=false", "--filename=-", stdin=json.dumps(objects))


@dataclass(frozen=True)
class _Waiting:
    site: Site
    holder: Process
    api: Api

    def until_api_server_ready(self) -> None:
        self._wait("kube-apiserver", self.api.ready)

    def until_node_ready(self, kind: ModuleType) -> None:
        node = f"/api/v1/nodes/{self.site.node}"
        self._wait(kind.PROGRAM, lambda: condition(self.api.get(node), "Ready") and kind.ready(self.site))

    def until_pods_are_admitted(self) -> None:
        """Admission refuses a pod whose namespace has no ServiceAccount yet."""
        path = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait("kube-controller-manager", lambda: self.api.get(path) is not None)

    def _wait(self, program: str, probe: Callable[[], bool]) -> None:
        found = wait_for(lambda: probe() or not self.holder.alive(), READY_SECONDS)
        if not found or not self.holder.alive():
            log = self.site.layout.logs / f"{program}.log"
            lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
            raise StartError("\n".join([f"{program} is not ready after {READY_SECONDS} s; the end of {log}:", *lines]))
