"""A development cluster by its name: what the command line and the tests do with one.

cluster = Cluster("tests")
cluster.up(nodes="kwok")
cluster.kubectl("get", "nodes")
cluster.down()
"""

import contextlib
import fcntl
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.devcluster import cgroups, images, kubelet_node, machine, mountpoints, namespace, network
from tools.devcluster.api import Api
from tools.devcluster.binaries import Binaries, build
from tools.devcluster.bringup import READY_SECONDS, Plan, bring_up
from tools.devcluster.control_plane import api_server
from tools.devcluster.errors import DevclusterError, StartError, UnknownClusterError
from tools.devcluster.places import Layout, clusters, locks
from tools.devcluster.processes import output, wait_for
from tools.devcluster.record import Nodes, Record
from tools.devcluster.sites import Site

NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")  # it becomes part of a node's name and of a cgroup's
API_SERVER = "kube-apiserver"


@dataclass(frozen=True)
class Status:
    """What a cluster is doing: it is running, broken (its `up` was cut short, or its process has gone) or absent."""

    name: str
    state: str
    record: Record | None
    programs: list[str]


class Cluster:
    """One development cluster; several may run side by side. Two of the same name are the same."""

    def __init__(self, name: str) -> None:
        """Starts nothing. Raises DevclusterError where the name is no name for a cluster."""
        if not NAME.fullmatch(name):
            raise DevclusterError(f"{name!r} is no name for a cluster: up to 40 of a-z, 0-9 and -, a letter first")
        self.name = name
        self._layout = Layout(clusters() / name)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; it is there from `up` to `down`. Raises UnknownClusterError."""
        self._running()
        return self._layout.kubeconfig

    @property
    def audit_log(self) -> Path:
        """What ServiceAccounts asked the API server for: an audit.k8s.io/v1 Event a line, metadata only.

        Those of kube-system are left out. Raises UnknownClusterError.
        """
        self._running()
        return self._layout.audit_log

    def log(self, program: str) -> Path:
        """What a program of the control plane has written, such as kube-apiserver. Raises UnknownClusterError."""
        self._running()
        return self._layout.logs / f"{program}.log"

    @property
    def gateway(self) -> str:
        """The address under which the cluster reaches a server on this machine. Raises UnknownClusterError."""
        return self._running().block.gateway

    def up(self, nodes: Nodes = "kubelet", *, hpa_sync_seconds: int = 15, guard_owners: bool = False) -> bool:
        """Makes the cluster run, from nothing or from what an interrupted `up` left; False when it did already.

        nodes: "kubelet" runs pods, "kwok" only says so. hpa_sync_seconds: how often autoscalers decide; 15 is
        Kubernetes' own default. guard_owners: as control_plane.api_server says. Raises MachineError, BuildError or
        StartError, and then has left only logs.
        """
        machine.require(nodes)
        with self._lock():
            record = Record.read(self._layout)
            if record and record.ready and record.holder.alive():
                return self._already(record, nodes)
            binaries = build()
            self._end()
            self._delete()
            self._start(Plan(self.name, nodes, hpa_sync_seconds, guard_owners), binaries)
        return True

    def down(self) -> bool:
        """Ends the cluster and deletes all that it was, logs too; False when there was none."""
        with self._lock():
            existed = self._layout.folder.exists()
            self._end()
            self._delete()
        return existed

    def status(self) -> Status:
        """Looks; changes nothing."""
        record = Record.read(self._layout)
        if record is None:
            return Status(self.name, "broken" if self._layout.folder.exists() else "absent", None, [])
        if not (record.ready and record.holder.alive()):
            return Status(self.name, "broken", record, [])
        return Status(self.name, "running", record, self._site(record).running())

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Runs kubectl as the administrator and returns what it prints. Raises DevclusterError with kubectl's words."""
        site = self._site(self._running())
        command = (site.binaries.path("kubectl"), f"--kubeconfig={self._layout.kubeconfig}", *arguments)
        return output(*command, stdin=stdin).stdout

    def load_image(self, *archives: Path) -> list[str]:
        """Puts the images of OCI or docker archives on the node; returns their references.

        Raises UnknownClusterError, and DevclusterError for a cluster without a kubelet or an archive that is none.
        """
        record = self._running()
        if record.nodes != "kubelet":
            raise DevclusterError(f"cluster {self.name} has no kubelet: kwok runs no images, so there is none to load")
        names = [name for archive in archives for name in images.references(archive)]
        site = self._site(record)
        for archive in archives:
            kubelet_node.load_image(site, record.holder, archive)
        return names

    def stop_apiserver(self) -> None:
        """Kills the API server, as a crash would, and leaves it dead. The rest of the cluster goes on."""
        site = self._site(self._running())
        site.unwant(API_SERVER)
        if not wait_for(lambda: API_SERVER not in site.running(), READY_SECONDS):
            raise DevclusterError("the supervisor does not kill the API server")

    def start_apiserver(self) -> None:
        """Starts the API server again and returns when it is ready. Raises StartError."""
        record = self._running()
        site = self._site(record)
        site.want(api_server(site, guard_owners=record.guard_owners))
        if not wait_for(Api(site).ready, READY_SECONDS):
            raise StartError(f"the API server is not ready after {READY_SECONDS} s; log: {self._layout.logs}")

    def restart_apiserver(self) -> None:
        """Kills it and starts it again."""
        self.stop_apiserver()
        self.start_apiserver()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One `up` or `down` at a time for a name; the next one waits."""
        with _locked(f"cluster-{self.name}"):
            yield

    def _already(self, record: Record, nodes: Nodes) -> bool:
        if record.nodes != nodes:
            raise DevclusterError(f"cluster {self.name} already runs with nodes of {record.nodes}: end it first (down)")
        return False

    def _start(self, plan: Plan, binaries: Binaries) -> None:
        """Brings the cluster up or, on whatever error and on Ctrl-C too, ends what had been started."""
        with _locked("clusters"):  # nobody removes the folders that it lies in before it is there
            self._layout.folder.mkdir(parents=True)
        done = False
        try:
            bring_up(plan, self._layout, binaries)
            done = True
        finally:
            if not done:
                self._end()

    def _end(self) -> None:
        record = Record.read(self._layout)
        if record is not None:
            if record.holder.alive():  # else its link is gone, and another cluster may have taken the addresses
                network.detach(record.block)
                namespace.end(record.holder)
            self._layout.record.unlink()
        cgroups.remove(self._layout)
        mountpoints.remove_unused()

    def _delete(self) -> None:
        try:
            if self._layout.folder.exists():
                shutil.rmtree(self._layout.folder)
        except OSError as error:
            raise DevclusterError(f"cannot delete what cluster {self.name} was: {error}") from error
        # Other clusters, or something else of the owner's, may be in them.
        with _locked("clusters"), contextlib.suppress(OSError):
            clusters().rmdir()
            clusters().parent.rmdir()

    def _running(self) -> Record:
        record = Record.read(self._layout)
        if record is None or not record.ready or not record.holder.alive():
            raise UnknownClusterError(
                f"no cluster {self.name} is running; start it: python3 -m tools.devcluster up {self.name}"
            )
        return record

    def _site(self, record: Record) -> Site:
        return Site(self.name, self._layout, record.block, Binaries(Path(record.binaries)))


@contextmanager
def _locked(name: str) -> Iterator[None]:
    with (locks() / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
