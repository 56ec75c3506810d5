"""KEDA itself: its operator, its metrics adapter and its admission webhook, as processes of this machine."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from types import TracebackType

import httpx
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.process import account
from tests.keda import installed
from tests.ports import free_port
from tools.setup import keda

ENDING_SECONDS = 30


@dataclass
class Program:
    """One of them. It ends when it is told to, and nobody starts it again but the test."""

    name: str
    log: Path
    environment: dict[str, str]
    arguments: list[str]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [str(keda.program(self.name)), *self.arguments]
            self._process = subprocess.Popen(command, env=os.environ | self.environment, stdout=log, stderr=log)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self) -> int:
        """The exit code, when it ends by itself."""
        assert self._process is not None
        return self._process.wait(ENDING_SECONDS)

    def kill(self) -> None:
        """As a crash would; nothing happens when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(ENDING_SECONDS)


class Keda:
    """KEDA at work from the block's begin to its end, under its own account and with its own rights alone."""

    def __init__(self, kube: Kube, admin: Path, gateway: str, folder: Path) -> None:
        """admin: the administrator's kubeconfig. folder: an empty one, for logs, certificates and a kubeconfig."""
        self._kube, self._admin, self._gateway, self._folder = kube, admin, gateway, folder
        self._grpc, self._probes, self._api, self._webhook = (free_port() for _ in range(4))

    def __enter__(self) -> "Keda":
        ports = {installed.ADAPTER: self._api, installed.WEBHOOKS: self._webhook}
        installed.install(self._kube, self._gateway, ports)
        self._account = account(self._kube, self._admin, self._folder, installed.NAMESPACE, installed.ACCOUNT)
        self.operator, self.adapter, self.webhooks = (self._operator(), self._adapter(), self._webhooks())
        with ExitStack() as unless_ready:
            unless_ready.callback(self._end)
            self._make_certificates()
            self.start()
            unless_ready.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """One of the three, by the name of its command, is killed for the block and started again after it."""
        next(each for each in (self.operator, self.adapter, self.webhooks) if each.name == name).kill()
        try:
            yield
        finally:
            self.start()

    def start(self) -> None:
        """All that does not run; returns when the cluster's HPA controller and API server can ask them."""
        for each in (self.operator, self.adapter, self.webhooks):
            if not each.running():
                each.start()
        eventually(self._answers, "KEDA's operator is ready")
        eventually(self._is_served, "KEDA's metrics are served")
        eventually(self._listens, "KEDA's webhook listens")

    def _end(self) -> None:
        for each in (self.webhooks, self.adapter, self.operator):
            each.kill()
            if each.log.exists():
                print(f"--- {each.name}\n{each.log.read_text()}")

    def _make_certificates(self) -> None:
        """The operator's first act, after which it wants to be started again with them."""
        self.operator.start()
        assert self.operator.wait() == 0, self.operator.log.read_text()
        files = eventually(lambda: installed.certificates(self._kube), "KEDA has made its certificates")
        installed.mount(files, self._folder / "certs")

    def _answers(self) -> bool:
        assert self.operator.running(), self.operator.log.read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{self._probes}/readyz", timeout=5).is_success
        except httpx.ConnectError:
            return False

    def _is_served(self) -> bool:
        assert self.adapter.running(), self.adapter.log.read_text()
        return self._kube.raw("GET", "/apis/external.metrics.k8s.io/v1beta1").is_success

    def _listens(self) -> bool:
        assert self.webhooks.running(), self.webhooks.log.read_text()
        with socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._webhook)) == 0

    def _operator(self) -> Program:
        return self._program(
            "operator",
            "--enable-cert-rotation=true",
            "--metrics-bind-address=0",
            f"--health-probe-bind-address=127.0.0.1:{self._probes}",
            f"--metrics-service-bind-address=127.0.0.1:{self._grpc}",
        )

    def _adapter(self) -> Program:
        certs = self._folder / "certs"
        return self._program(
            "adapter",
            f"--secure-port={self._api}",
            f"--port={free_port()}",
            f"--client-ca-file={certs}/ca.crt",
            f"--tls-cert-file={certs}/tls.crt",
            f"--tls-private-key-file={certs}/tls.key",
            f"--metrics-service-address=127.0.0.1:{self._grpc}",
            f"--metrics-service-grpc-authority={installed.ACCOUNT}.{installed.NAMESPACE}.svc",
            *(f"--{what}-kubeconfig={self._account}" for what in ("lister", "authentication", "authorization")),
        )

    def _webhooks(self) -> Program:
        return self._program(
            "webhooks",
            f"--port={self._webhook}",
            "--metrics-bind-address=0",
            "--health-probe-bind-address=0",
        )

    def _program(self, name: str, *arguments: str) -> Program:
        here = ("POD_NAMESPACE", "KEDA_CLUSTER_OBJECT_NAMESPACE")
        environment = {
            "KUBECONFIG": str(self._account),
            "WATCH_NAMESPACE": "",
            **dict.fromkeys(here, installed.NAMESPACE),
        }
        whole = [f"--cert-dir={self._folder / 'certs'}", "--zap-time-encoding=rfc3339nano", *arguments]
        return Program(name, self._folder / f"{name}.log", environment, whole)
