"""Where the tool keeps things: binaries in a cache that may be deleted, clusters and their logs in a state folder."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tools.setup.places import cache, state

SOURCE = Path(__file__).resolve().parent
MODULE = SOURCE / "binary"


def clusters() -> Path:
    """Where the clusters' folders lie."""
    return state() / "clusters"


def locks() -> Path:
    """Where files lie that outlive a cluster, since somebody may be waiting for their lock."""
    folder = cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True)
class Layout:
    """The folder of one cluster: everything that the cluster is lies in it."""

    folder: Path

    @cached_property
    def record(self) -> Path:
        """What `up` found and chose, written before anything runs."""
        return self.folder / "cluster.json"

    @cached_property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.pki / "admin.kubeconfig"

    @cached_property
    def pki(self) -> Path:
        """Keys, certificates and the kubeconfigs of the components."""
        return self.folder / "pki"

    @cached_property
    def logs(self) -> Path:
        """One file per program."""
        return self.folder / "logs"

    @cached_property
    def audit_log(self) -> Path:
        """What ServiceAccounts asked the API server for: a JSON object a line."""
        return self.logs / "audit.log"

    @cached_property
    def wanted(self) -> Path:
        """One file per program that shall run."""
        return self.folder / "wanted"

    @cached_property
    def running(self) -> Path:
        """What the supervisor last saw running."""
        return self.folder / "running.json"

    @cached_property
    def config(self) -> Path:
        """Config files of the programs."""
        return self.folder / "config"

    @cached_property
    def data(self) -> Path:
        """What the programs store: etcd's data, images, volumes, pods' logs."""
        return self.folder / "data"
