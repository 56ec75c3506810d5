"""The operator of a release at work: the command, account and settings of its Deployment, in a process on this machine.

The nodes of the tests' cluster only say that they run pods.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.chart.chart import Manifest
from tests.chart.release import NAME, Release, eventually
from tests.controlplane.kube import Kube
from tests.controlplane.world import World
from tests.ports import free_port

STOP_SECONDS = 60

Running = tuple[str, str, frozenset[str]]


@dataclass
class LiveOperator:
    """One pod of the release's Deployment, as it is when `with` begins."""

    release: Release
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _port: int = field(default_factory=free_port, init=False)

    def __enter__(self) -> "LiveOperator":
        """Start and wait until it is ready."""
        self._start()
        try:
            eventually(self._ready, "the operator is ready")
        except AssertionError:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        pod = self.release.get("deployment", NAME)["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        kubeconfig = self.release.kubeconfig(pod["serviceAccountName"])
        variables = _variables(container, self.release.namespace)
        # Beside each other on this machine, operators need ports of their own.
        ports = {"MODELSERVER_HEALTH_PORT": str(self._port), "MODELSERVER_METRICS_API_PORT": str(free_port())}
        own = {name: port for name, port in ports.items() if name in variables}
        own |= {"KUBECONFIG": str(kubeconfig), "PYTHONWARNINGS": "error"}
        command = [sys.executable if word == "python3" else word for word in container["command"]]
        with self.log.open("wb") as log:
            environment = os.environ | variables | own
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    @property
    def log(self) -> Path:
        """Where it writes what it says."""
        return self.release.helm.home / f"operator-{self.release.namespace}-{self._port}.log"

    def stop(self) -> None:
        """End it as a node would, which must succeed; nothing happens when it does not run."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=STOP_SECONDS)
        self._process = None
        print(self.log.read_text())
        assert code == 0, self.log.read_text()

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the operator has ended:\n{self.log.read_text()}"
        try:
            return httpx.get(f"http://127.0.0.1:{self._port}/readyz", timeout=30).is_success
        except httpx.ConnectError:
            return False


def make_world(kube: Kube, namespace: str) -> World:
    """A namespace under restricted Pod Security, with a model in it."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
    world = World(kube, namespace)
    world.make_claim()
    return world


def _variables(container: Manifest, namespace: str) -> dict[str, str]:
    """The container's environment; what a pod knows of itself is its namespace."""
    return {each["name"]: namespace if "valueFrom" in each else each.get("value", "") for each in container["env"]}


def running(release: Release, namespace: str, name: str) -> Running:
    """What serves a ModelServer: the Deployment's uid, its pod template, and the uids of its pods."""
    where, label = f"--namespace={namespace}", f"app.kubernetes.io/instance={name}"
    deployment = json.loads(release.cluster.kubectl("get", "deployment", name, where, "-o", "json"))
    pods = json.loads(release.cluster.kubectl("get", "pods", where, f"--selector={label}", "-o", "json"))["items"]
    template = json.dumps(deployment["spec"]["template"], sort_keys=True)
    return deployment["metadata"]["uid"], template, frozenset(pod["metadata"]["uid"] for pod in pods)
