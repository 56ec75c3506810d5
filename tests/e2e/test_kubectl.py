"""What a user of kubectl and of `modelserver status` sees of a served model."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from openai import OpenAI
from tests.e2e.served import Served, modelserver
from tests.status_says import status
from tests.waiting import until
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl

SECONDS = 300  # for what takes a few on an idle machine


def test_get_shows_readiness_model_and_replicas(shared: Served, kubectl: Kubectl) -> None:
    header, row = kubectl.run("get", "ms", "shared", *shared.here).strip().splitlines()
    assert header.split() == ["NAME", "READY", "MODEL", "REPLICAS", "AGE"]
    assert row.split()[:2] == ["shared", "True"]


def test_get_wide_shows_the_reason_and_the_url(shared: Served, kubectl: Kubectl) -> None:
    header = kubectl.run("get", "ms", *shared.here, "-o", "wide").splitlines()[0]
    assert {"REASON", "URL"} <= set(header.split())


def test_get_all_shows_it(shared: Served, kubectl: Kubectl) -> None:
    assert "modelserver.modelserver.dev/shared" in kubectl.run("get", "all", *shared.here, "-o", "name").split()


def test_wait_returns_at_once(shared: Served, kubectl: Kubectl) -> None:
    said = kubectl.run("wait", "--for=condition=Ready", "modelserver/shared", *shared.here, f"--timeout={SECONDS}s")
    assert said.strip() == "modelserver.modelserver.dev/shared condition met"


def test_describe_tells_every_condition_and_the_url(shared: Served, kubectl: Kubectl) -> None:
    said = kubectl.run("describe", "ms", "shared", *shared.here)
    for kind in ("Ready", "Reconciled", "Available", "Progressing"):
        assert re.search(rf"Type:\s+{kind}\n", said), said
    assert "http://shared.team.svc" in said


def test_explain_reads_like_a_page(operator: None, kubectl: Kubectl) -> None:
    said = kubectl.run("explain", "modelserver.spec")
    for field in ("model", "profile", "servedNames", "className"):
        assert re.search(rf"^  {field}\s", said, re.MULTILINE), said
    assert "<no description>" not in said


def test_pods_run_under_restricted_pod_security(shared: Served, kubectl: Kubectl) -> None:
    labels = kubectl.get("namespace", shared.namespace)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    (pod,) = shared.pods()
    assert pod["status"]["phase"] == "Running"
    assert pod["spec"]["automountServiceAccountToken"] is False


def test_scale_goes_to_zero_and_says_so(operator: None, kubectl: Kubectl, namespace: str) -> None:
    idle = Served(kubectl, namespace, "idle")
    kubectl.apply(modelserver("idle", namespace, replicas=0))
    try:
        until(lambda: idle.not_ready_because("ScaledToZero"), SECONDS, "Ready is False because of ScaledToZero")
        assert idle.pods() == []
    finally:
        kubectl.run("delete", "ms", "idle", *idle.here, "--wait")
    until(lambda: not idle.children(), SECONDS, "the children of a deleted ModelServer are gone")


@pytest.fixture
def streams(url: str) -> Iterator[None]:
    """Somebody asks for one long stream after the other meanwhile."""
    over = Event()

    def ask(client: OpenAI) -> None:
        while not over.is_set():
            assert list(
                client.completions.create(
                    model="shared", prompt="hi", max_tokens=300, stream=True, extra_body={"ignore_eos": True}
                )
            )

    with OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, client)
        yield
        over.set()
        asking.result()


def test_status_tells_what_the_pods_do_at_the_moment(shared: Served, cluster: DemoCluster, streams: None) -> None:
    def busy() -> dict[str, Any] | None:
        (row,) = (each for each in status(cluster.kubeconfig, *shared.here)["servers"] if each["name"] == "shared")
        return row if row["running"] else None

    row = until(busy, SECONDS, "status sees a request that runs")
    assert (row["ready"], row["running"], row["waiting"]) == ("True", 1, 0)
    assert row["sentence"].startswith("Serves: 1 pod answers.")  # and whatever a test before has left to tell of


def test_status_of_one_tells_the_state_of_each_pod(shared: Served, cluster: DemoCluster) -> None:
    def heard() -> dict[str, Any] | None:
        found: dict[str, Any] = status(cluster.kubeconfig, "shared", *shared.here)
        return found if all(pod["running"] is not None for pod in found["podStates"]) else None

    found = until(heard, SECONDS, "the pod answers in time, which on a busy machine it may not")
    (pod,) = found["podStates"]
    assert (pod["ready"], pod["state"], pod["waiting"], pod["note"]) == (True, "serving", 0, None)
    assert found["url"] == "http://shared.team.svc"
    assert {"shared", "team/shared", "shared-happy"} <= set(found["servedNames"])
    assert "Ready" in {event["reason"] for event in found["events"]}
