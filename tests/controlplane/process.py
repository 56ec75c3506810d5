"""The operator as what it is in a cluster: a process of its own, under the chart's own account and rights."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import yaml
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.ports import free_port

from modelserver_operator.leader import Periods


@dataclass(frozen=True)
class MetricsApi:
    """Where an operator serves custom.metrics.k8s.io: at which port, for which Service of its own namespace."""

    port: int
    service: str
    certificate_seconds: float = 86400.0


@dataclass
class Operator:
    """Starts, watches and ends `python -m modelserver_operator`. Without namespaces it watches all."""

    kubeconfig: Path
    log: Path
    namespaces: Sequence[str] = ()
    resync_seconds: float = 300.0
    discovery_seconds: float = 30.0
    rejected_retry_seconds: float = 60.0
    log_format: str = "plain"
    pod_namespace: str = ""
    monitoring_namespaces: Sequence[str] = ()
    lease: Periods = field(default_factory=Periods)
    metrics_api: MetricsApi | None = None
    keda_prometheus_url: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _log_start: int = field(default=0, init=False)
    _port: int = field(default_factory=free_port, init=False)

    def start(self) -> "Operator":
        """Start and wait until it is ready."""
        self.launch()
        eventually(lambda: self.probe("/readyz") == 200, "the operator is ready")
        return self

    @contextmanager
    def at_work(self) -> Iterator["Operator"]:
        """Started and ready for the block, after which it must still run, and end as it should."""
        try:
            yield self.start()
            assert self.running(), self.said()
            assert self.stop() == 0, self.said()
        finally:
            self.kill()
            print(self.log.read_text())

    def launch(self) -> None:
        """Start, and wait for nothing."""
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        settings = {
            "KUBECONFIG": str(self.kubeconfig),
            "MODELSERVER_NAMESPACES": ",".join(self.namespaces),
            "MODELSERVER_POD_NAMESPACE": self.pod_namespace,
            "MODELSERVER_MONITORING_NAMESPACES": ",".join(self.monitoring_namespaces),
            "MODELSERVER_RESYNC_SECONDS": str(self.resync_seconds),
            "MODELSERVER_DISCOVERY_SECONDS": str(self.discovery_seconds),
            "MODELSERVER_REJECTED_RETRY_SECONDS": str(self.rejected_retry_seconds),
            "MODELSERVER_LEASE_DURATION_SECONDS": str(self.lease.duration),
            "MODELSERVER_LEASE_RENEW_SECONDS": str(self.lease.renew),
            "MODELSERVER_LEASE_RETRY_SECONDS": str(self.lease.retry),
            "MODELSERVER_LOG_FORMAT": self.log_format,
            "MODELSERVER_HEALTH_PORT": str(self._port),
            "MODELSERVER_LOAD_URL": self.url,
            "MODELSERVER_KEDA_PROMETHEUS_URL": self.keda_prometheus_url,
            **self._serving(),
            # Of a TLS connection that is given up during its handshake, as at a stop, Python leaves the socket to the
            # garbage collector; sessions that nobody closes are told of as "Unclosed" and end it.
            "PYTHONWARNINGS": "error,ignore:unclosed:ResourceWarning",
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "modelserver_operator"], env=os.environ | settings, stdout=log, stderr=log
            )

    def _serving(self) -> dict[str, str]:
        if self.metrics_api is None:
            return {}
        return {
            "MODELSERVER_METRICS_API_PORT": str(self.metrics_api.port),
            "MODELSERVER_METRICS_API_SERVICE": self.metrics_api.service,
            "MODELSERVER_METRICS_API_CERTIFICATE_SECONDS": str(self.metrics_api.certificate_seconds),
        }

    @property
    def url(self) -> str:
        """Where its probes, its metrics and the load are."""
        return f"http://127.0.0.1:{self._port}"

    def kill(self) -> None:
        """SIGKILL: no last words. Nothing happens when it does not run."""
        if self.running():
            self.end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self.end(signal.SIGTERM)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def probe(self, where: str) -> int:
        """The HTTP status of a probe; 0 while nobody answers."""
        assert self.running(), f"the operator has ended:\n{self.said()}"
        try:
            return httpx.get(f"{self.url}{where}", timeout=30).status_code
        except httpx.ConnectError:
            return 0

    def metrics(self) -> dict[str, float]:
        """Its own metrics: samples by name and labels, as they stand in the exposition."""
        text = httpx.get(f"{self.url}/metrics", timeout=30).raise_for_status().text
        samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in samples}

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def said(self) -> str:
        """What it has logged since it was last started."""
        return self.log.read_bytes()[self._log_start :].decode()

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """The exit code, when it has ended by itself."""
        assert self._process is not None
        return self._process.wait(timeout=60)


def account(kube: Kube, admin: Path, folder: Path, namespace: str, name: str) -> Path:
    """A kubeconfig that speaks as a ServiceAccount, with a token as a pod would get it."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    answer = kube.raw("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", json=body)
    answer.raise_for_status()
    config: Manifest = yaml.safe_load(admin.read_text())
    config["users"] = [{"name": "account", "user": {"token": answer.json()["status"]["token"]}}]
    config["contexts"][0]["context"]["user"] = "account"
    for entry in config["clusters"]:
        if file := entry["cluster"].get("certificate-authority"):
            entry["cluster"]["certificate-authority"] = str(admin.parent / file)
    kubeconfig = folder / f"{name}.kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    return kubeconfig
