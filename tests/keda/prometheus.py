"""A Prometheus that scrapes one exporter, which plays a server's pods, every second."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml
from tests.controlplane.kube import eventually
from tests.monitoring.prometheus import Prometheus
from tests.ports import free_port
from tools.setup.prometheus import prometheus

ENDING_SECONDS = 30


class Exporter(ThreadingHTTPServer):
    """series: what it says, as it stands in an exposition, with the labels that a ServiceMonitor's scrape gives."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.series = ""

    def tells(self, namespace: str, server: str, loads: list[int]) -> None:
        """So many unfinished requests each pod has."""
        labels = f'namespace="{namespace}",modelserver="{server}"'
        lines = [f'modelserver_unfinished_requests{{{labels},pod="{i}"}} {load}\n' for i, load in enumerate(loads)]
        self.series = "".join(lines)


class _Handler(BaseHTTPRequestHandler):
    server: Exporter

    def do_GET(self) -> None:
        body = self.server.series.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def exporting() -> Iterator[Exporter]:
    """An exporter that says nothing yet."""
    with Exporter() as exporter:
        thread = Thread(target=exporter.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield exporter
        exporter.shutdown()
        thread.join()


@contextmanager
def scraping(exporter: Exporter, folder: Path) -> Iterator[str]:
    """The address of a Prometheus that is ready; its data and its log are in the folder."""
    target = f"127.0.0.1:{exporter.server_port}"
    job = {"job_name": "pods", "honor_labels": True, "static_configs": [{"targets": [target]}]}
    with running([job], folder) as address:
        yield address


@contextmanager
def running(jobs: list[dict[str, Any]], folder: Path) -> Iterator[str]:
    """Likewise, of one that scrapes such jobs every second."""
    config = {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_port()}"
    options = (f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data")
    with (folder / "log").open("wb") as log:
        command = [str(prometheus()), *options, f"--web.listen-address={address}"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        eventually(Prometheus(f"http://{address}").ready, "Prometheus is ready")
        yield f"http://{address}"
    finally:
        process.kill()
        process.wait(ENDING_SECONDS)
