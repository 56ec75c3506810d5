"""An ingress controller for one Ingress: nginx, configured from the object as a real controller would read it.

No ingress controller could be had for these tests. This one knows what an Ingress of ours may hold, and refuses more.
"""

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import until
from tools.demo.kubectl import Kubectl, KubectlError
from tools.setup.nginx import nginx

Manifest = dict[str, Any]

CONFIG = """
daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    {scratch}
    server {{ listen {address} ssl default_server; {certificate} return 404; }}
    {servers}
}}
"""
SERVER = """
    server {{
        listen {address} ssl; server_name {host}; {certificate}
        location {path} {{
            proxy_pass http://{backend}; proxy_http_version 1.1; proxy_read_timeout 600s;
            proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
"""


@dataclass(frozen=True)
class Controller:
    """Serves an Ingress of its class at an address, with files in a folder of its own."""

    kubectl: Kubectl
    ingress_class: str
    address: str
    folder: Path

    @contextmanager
    def serving(self, ingress: Manifest) -> Iterator[None]:
        """Runs nginx for the Ingress while the block runs."""
        assert ingress["spec"]["ingressClassName"] == self.ingress_class
        config = self.folder / "nginx.conf"
        config.write_text(self._config(ingress))
        with subprocess.Popen([nginx(), "-p", self.folder, "-e", self.folder / "error.log", "-c", config]) as process:
            try:
                until((self.folder / "pid").exists, 120, "nginx runs")
                yield
            finally:
                process.terminate()

    def _config(self, ingress: Manifest) -> str:
        certificate = self._certificate(ingress)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        return CONFIG.format(
            folder=self.folder,
            address=self.address,
            scratch=" ".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds),
            certificate=certificate,
            servers="".join(self._servers(ingress, certificate)),
        )

    def _certificate(self, ingress: Manifest) -> str:
        """The Secret's key pair as files, for the one host that the Ingress has."""
        (tls,) = ingress["spec"]["tls"]
        assert tls["hosts"] == [rule["host"] for rule in ingress["spec"]["rules"]]
        secret = self.kubectl.get("secret", tls["secretName"], *_beside(ingress))
        for name in ("tls.crt", "tls.key"):
            (self.folder / name).write_bytes(base64.b64decode(secret["data"][name]))
        return f"ssl_certificate {self.folder}/tls.crt; ssl_certificate_key {self.folder}/tls.key;"

    def _servers(self, ingress: Manifest, certificate: str) -> Iterator[str]:
        for rule in ingress["spec"]["rules"]:
            for each in rule["http"]["paths"]:
                assert (each["pathType"], each["path"]) == ("Prefix", "/"), "other paths than all are not known here"
                backend = self._backend(each["backend"]["service"], ingress)
                host, path = rule["host"], each["path"]
                yield SERVER.format(
                    address=self.address, host=host, path=path, backend=backend, certificate=certificate
                )

    def _backend(self, service: Manifest, ingress: Manifest) -> str:
        """The Service's own address, which this machine reaches, and the port that the Ingress names."""
        spec = self.kubectl.get("service", service["name"], *_beside(ingress))["spec"]
        (port,) = (each["port"] for each in spec["ports"] if each["name"] == service["port"]["name"])
        return f"{spec['clusterIP']}:{port}"


def find(kubectl: Kubectl, name: str, namespace: str) -> Manifest | None:
    """The Ingress, or None."""
    try:
        return kubectl.get("ingress", name, "--namespace", namespace)
    except KubectlError as error:
        if "NotFound" in str(error):
            return None
        raise


def _beside(ingress: Manifest) -> tuple[str, str]:
    return "--namespace", ingress["metadata"]["namespace"]
