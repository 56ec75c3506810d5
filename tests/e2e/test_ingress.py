"""Real requests through a proxy that is configured from the server's Ingress, with the Secret's certificate."""

import json
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
from tests.ports import free_port
from tests.waiting import until
from tools.demo.kubectl import Kubectl

HOST = f"shared.{DOMAIN}"
SECRET = "shared-tls"
SECONDS = 300  # for what takes a few on an idle machine
QUESTION = "How was the concert?"


def trust(request: Any) -> None:
    """The certificate is to be the host's, although the address is nginx's."""
    request.extensions["sni_hostname"] = HOST


@dataclass(frozen=True)
class Proxy:
    """Where nginx listens, and whom it is trusted for."""

    url: str
    trusted: ssl.SSLContext

    def http(self, host: str = HOST) -> httpx.Client:
        """A client for a host whose name leads to nginx."""
        client = httpx.Client(base_url=self.url, verify=self.trusted, trust_env=False, timeout=SECONDS)
        client.headers["Host"] = host
        client.event_hooks = {"request": [trust]}
        return client

    def openai(self) -> openai.OpenAI:
        """A client to which a DNS entry for the host would lead here."""

        http = openai.DefaultHttpxClient(
            headers={"Host": HOST}, verify=self.trusted, trust_env=False, event_hooks={"request": [trust]}
        )
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
    made = until(lambda: ingress.find(kubectl, shared.name, shared.namespace), SECONDS, "the Ingress is made")
    port = free_port()
    home = folder / "nginx"
    home.mkdir()
    controller = ingress.Controller(kubectl, INGRESS_CLASS, f"127.0.0.1:{port}", home)
    with controller.serving(made):
        yield Proxy(f"https://127.0.0.1:{port}", ssl.create_default_context(cafile=str(certificate)))
    expose(kubectl, shared, None)
    until(lambda: ingress.find(kubectl, shared.name, shared.namespace) is None, SECONDS, "the Ingress is gone")
    assert {pod["metadata"]["uid"] for pod in shared.pods()} == pods, "a way in is no reason for a new pod"


@pytest.fixture
def client(proxy: Proxy) -> Iterator[openai.OpenAI]:
    with proxy.openai() as client:
        yield client


def test_an_answer_comes_through_the_ingress(client: openai.OpenAI) -> None:
    said = client.chat.completions.create(
        model="shared", messages=[{"role": "user", "content": QUESTION}], max_tokens=16, temperature=0
    )
    assert said.model == "shared"
    assert said.choices[0].message.content


def test_a_stream_comes_through_the_ingress(client: openai.OpenAI) -> None:
    asked = client.chat.completions.create(
        model="shared", messages=[{"role": "user", "content": QUESTION}], max_tokens=16, temperature=0, stream=True
    )
    choices = [chunk.choices[0] for chunk in asked if chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices)
    assert choices[-1].finish_reason in {"stop", "length"}


def test_a_stream_is_not_held_back(proxy: Proxy) -> None:
    """Read without a client library, which may take longer over the events than the engine."""
    body = {"model": "shared", "prompt": "Once", "max_tokens": 256, "stream": True, "ignore_eos": True}
    with proxy.http() as http:
        assert http.get("/v1/models").status_code == httpx.codes.OK  # the connection is made, which takes its time
        start = time.monotonic()
        with http.stream("POST", "/v1/completions", json=body) as answer:
            came = [time.monotonic() - start for _ in answer.iter_raw()]
    assert came[0] < came[-1] / 2, f"the first event came after {came[0]:.2f} s, the last after {came[-1]:.2f} s"


def test_another_host_is_not_found(proxy: Proxy) -> None:
    with proxy.http(f"other.{DOMAIN}") as other, proxy.http() as http:
        answer = other.get("/v1/models")
        assert answer.status_code == httpx.codes.NOT_FOUND
        assert "nginx" in answer.text
        assert http.get("/v1/models").status_code == httpx.codes.OK
