"""The operator comes and goes; what it serves stays."""

from pathlib import Path

import httpx
from tests.e2e import installed, left
from tests.e2e.served import Served
from tests.waiting import until
from tools.demo import release
from tools.demo.kubectl import Kubectl
from tools.setup.helm import helm
from tools.setup.recorder import Recorder

SECONDS = 300  # for what takes a few on an idle machine
HERE = ("--namespace", release.NAMESPACE)


def answers(url: str) -> bool:
    """Whether the server completes a prompt."""
    body = {"model": "shared", "prompt": "Hello", "max_tokens": 2}
    said = httpx.post(f"{url}/v1/completions", json=body, timeout=SECONDS, trust_env=False)
    return said.status_code == httpx.codes.OK


def uids(served: Served) -> set[str]:
    """The identities of its pods."""
    return {pod["metadata"]["uid"] for pod in served.pods()}


def operator_pods(kubectl: Kubectl) -> list[str]:
    """The names of the operator's pods."""
    return kubectl.run("get", "pods", *HERE, "-l", "app.kubernetes.io/name=modelserver-operator", "-o", "name").split()


def stays(kubectl: Kubectl) -> set[left.Name]:
    """What is ours and belongs to nothing else."""
    return left.without_owner(left.found(kubectl))


def test_a_killed_operator_comes_back_and_repairs(shared: Served, url: str, kubectl: Kubectl) -> None:
    before = uids(shared)
    kubectl.run("delete", *operator_pods(kubectl), *HERE, "--grace-period=0", "--force")
    (live,) = [child for child in shared.children() if child.startswith("configmap/shared-live-")]
    kubectl.run("delete", live, *shared.here)
    until(lambda: live in shared.children(), SECONDS, "the new operator makes the ConfigMap again")
    assert uids(shared) == before


def test_uninstall_leaves_servers_serving_and_install_takes_them_over(
    shared: Served, url: str, kubectl: Kubectl, recorder: Recorder, folder: Path
) -> None:
    before = uids(shared)
    recorder.run(helm(), "uninstall", release.RELEASE, *HERE, "--kubeconfig", kubectl.kubeconfig, "--wait")
    try:
        until(lambda: not operator_pods(kubectl), SECONDS, "the operator is gone")
        assert shared.exists()
        assert answers(url)
        left.only(lambda: {each for each in stays(kubectl) if each[0] not in left.KEPT}, set())
        assert left.kinds(stays(kubectl)) == left.KEPT
    finally:
        release.install(recorder, kubectl, installed.values(), folder)
    until(shared.ready, SECONDS, "the server is Ready under the new operator")
    assert uids(shared) == before
    kubectl.run("get", "msc", "default", "cpu", "nvidia")
