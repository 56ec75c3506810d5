"""Real requests through a proxy that is configured from the server's Ingress, with the Secret's certificate."""

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from tests.e2e import ingress
from tests.e2e.installed import DOMAIN, INGRESS_CLASS
from tests.e2e.served import Served
from tests.waiting import until
from tools.demo.kubectl import Kubectl

HOST = f"shared.{DOMAIN}"
SECRET = "shared-tls"
QUESTION = "How was the concert?"


@dataclass(frozen=True)
class Proxy:
    """Where nginx listens, and whom it is trusted for."""

    url: str
    trusted: ssl.SSLContext

    def get(self, host: str) -> httpx.Response:
        """The list of models, asked of a host whose name leads to nginx."""
        with httpx.Client(verify=self.trusted, trust_env=False, timeout=60) as client:
            return client.get(f"{self.url}/v1/models", headers={"Host": host}, extensions={"sni_hostname": HOST})

    def openai(self) -> openai.OpenAI:
        """A client to which a DNS entry for the host would lead here."""

        def address(request: Any) -> None:
            request.headers["Host"] = HOST
            request.extensions["sni_hostname"] = HOST

        http = openai.DefaultHttpxClient(verify=self.trusted, trust_env=False, event_hooks={"request": [address]})
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key="none", max_retries=0, http_client=http)


def expose(kubectl: Kubectl, served: Served, how: object) -> None:
    patch = json.dumps({"spec": {"expose": how}})
    kubectl.run("patch", "ms", served.name, *served.here, "--type=merge", "--patch", patch)


@pytest.fixture(scope="module")
def certificate(kubectl: Kubectl, namespace: str, folder: Path) -> Path:
    """A certificate for the host, and the Secret with it; returns the file."""
    key, file = folder / "tls.key", folder / "tls.crt"
    names = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
    fresh = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1")
    command = ("openssl", "req", *fresh, *names, "-keyout", key, "-out", file)
    subprocess.run(command, check=True, capture_output=True)
    kubectl.run("create", "secret", "tls", SECRET, "--namespace", namespace, f"--key={key}", f"--cert={file}")
    return file


@pytest.fixture(scope="module")
def proxy(shared: Served, kubectl: Kubectl, certificate: Path, folder: Path) -> Iterator[Proxy]:
    """nginx, which serves the shared server's Ingress."""
    pods = {pod["metadata"]["uid"] for pod in shared.pods()}
    expose(kubectl, shared, {"ingress": {"host": HOST, "tlsSecretName": SECRET}})
    made = until(lambda: ingress.find(kubectl, shared.name, shared.namespace), 60, "the Ingress is made")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    home = folder / "nginx"
    home.mkdir()
    controller = ingress.Controller(kubectl, INGRESS_CLASS, f"127.0.0.1:{port}", home)
    with controller.serving(made):
        yield Proxy(f"https://127.0.0.1:{port}", ssl.create_default_context(cafile=str(certificate)))
    expose(kubectl, shared, None)
    until(lambda: ingress.find(kubectl, shared.name, shared.namespace) is None, 60, "the Ingress is gone")
    assert {pod["metadata"]["uid"] for pod in shared.pods()} == pods, "a way in is no reason for a new pod"


@pytest.fixture
def client(proxy: Proxy) -> Iterator[openai.OpenAI]:
    with proxy.openai() as client:
        yield client


def test_an_answer_comes_through_the_ingress(client: openai.OpenAI) -> None:
    said = client.chat.completions.create(
        model="shared", messages=[{"role": "user", "content": QUESTION}], max_tokens=16
    )
    assert said.model == "shared"
    assert said.choices[0].message.content


def test_a_stream_comes_through_the_ingress_as_it_is_made(client: openai.OpenAI) -> None:
    start = time.monotonic()
    asked = client.completions.create(
        model="shared", prompt="Once", max_tokens=256, stream=True, extra_body={"ignore_eos": True}
    )
    chunks = [(time.monotonic() - start, chunk) for chunk in asked]
    (first, _), (end, last) = chunks[0], chunks[-1]
    assert last.choices[0].finish_reason == "length"
    assert first < end / 2, f"the first event came after {first:.2f} s, the last after {end:.2f} s"


def test_another_host_is_not_found(proxy: Proxy) -> None:
    answer = proxy.get(f"other.{DOMAIN}")
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert "nginx" in answer.text
    assert proxy.get(HOST).status_code == httpx.codes.OK
