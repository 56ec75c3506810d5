"""What goes wrong is said in the condition Ready, in words that help. All servers of this file start side by side."""

from typing import Any

import pytest
from tests.e2e.served import Manifest, Served, modelserver
from tests.status_says import SAYS_ON_A_KUBELET, Printed, is_as
from tests.waiting import until
from tools.demo import release
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl

SECONDS = 600  # for what takes a minute on an idle machine
IMAGE = "127.0.0.1:1/nobody/none:1"  # a registry that refuses the connection at once


def broken_servers(namespace: str) -> dict[str, Manifest]:
    """One server for each kind of trouble."""
    lost = {"persistentVolumeClaim": {"claimName": "lost", "path": "model"}}
    empty = {"persistentVolumeClaim": {"claimName": "models", "path": "no/such/folder"}}
    return {
        "no-keys": modelserver(
            "no-keys", namespace, className="slight", auth={"apiKeysSecretRef": {"name": "lost-keys"}}
        ),
        "no-url": modelserver("no-url", namespace, className="slight", auth=half_auth()),
        "no-class": modelserver("no-class", namespace, className="nobody"),
        "no-claim": modelserver("no-claim", namespace, model=lost),
        "no-image": modelserver("no-image", namespace, className="no-image"),
        "no-room": modelserver("no-room", namespace, className="no-room"),
        "no-model": modelserver("no-model", namespace, className="no-option", model=empty),
        "no-option": modelserver("no-option", namespace, className="no-option"),
        "not-allowed": modelserver("not-allowed", namespace, engine={"arguments": {"enable-lora": ""}}),
    }


def half_auth() -> dict[str, Any]:
    """Keys that are there, and the URL of a Redis that is not."""
    half = {"name": "half"}
    rate = {"requestsPerMinutePerClient": 9, "redisSecretRef": {**half, "key": "url"}}
    return {"apiKeysSecretRef": half, "rateLimit": rate}


def half_secret(namespace: str) -> Manifest:
    """The Secret without the URL."""
    metadata = {"name": "half", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"web": "sk-web-1"}}


def broken_classes() -> list[Manifest]:
    """Classes whose servers cannot run, and one for servers that cannot for a reason of their own."""
    fine = {**release.small_cpu_class(), "resources": {"cpu": "10m", "memory": "2Gi"}}
    wrong = {**fine["engine"], "arguments": {**fine["engine"]["arguments"], "block-size": "several"}}
    specs: dict[str, dict[str, Any]] = {
        "slight": fine,  # as much as fits beside the servers of other files
        "no-image": {**fine, "image": IMAGE},
        "no-room": {**fine, "resources": {"cpu": "1000"}},
        "no-option": {**fine, "engine": wrong},
    }
    kind = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServerClass"}
    return [{**kind, "metadata": {"name": name}, "spec": spec} for name, spec in specs.items()]


@pytest.fixture(scope="module")
def broken(operator: None, kubectl: Kubectl, namespace: str) -> Any:
    """Applies them all and gives a function from name to the server; removes them at the end."""
    servers = broken_servers(namespace)
    kubectl.apply(*broken_classes(), half_secret(namespace), *servers.values())
    yield lambda name: Served(kubectl, namespace, name)
    kubectl.run("delete", "ms", *servers, "--namespace", namespace, "--wait")
    kubectl.run("delete", "msc", *(each["metadata"]["name"] for each in broken_classes()))


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("no-class", "ClassNotFound", "nobody"),
        ("not-allowed", "ForbiddenByClass", "enable-lora"),
        ("no-claim", "VolumeMissing", "lost"),
        ("no-keys", "SecretMissing", "lost-keys; create it"),
        ("no-url", "SecretMissing", "lacks the entry: half; create it with the entry url"),
        ("no-room", "Unschedulable", "cpu"),
        ("no-image", "ImagePullFailed", IMAGE),
        ("no-model", "CrashLooping", "/models/no/such/folder"),
        ("no-option", "CrashLooping", "block-size"),
    ],
)
def test_ready_says_what_is_wrong(broken: Any, name: str, reason: str, words: str) -> None:
    served: Served = broken(name)
    try:
        until(lambda: says(served, reason, words), SECONDS, f"{name} is not Ready because of {reason}")
    except AssertionError as error:
        raise AssertionError(f"{error}; it says {served.condition()}") from None
    assert "Traceback" not in served.condition()["message"]


def says(served: Served, reason: str, words: str) -> bool:
    """Whether it is not Ready for this reason, and says so in these words."""
    ready = served.not_ready_because(reason)
    return ready is not None and words in ready["message"]


@pytest.fixture(scope="module")
def printed(broken: Any, cluster: DemoCluster) -> Printed:
    """`modelserver status` of all of them."""
    return Printed(cluster.kubeconfig)


@pytest.mark.parametrize("name", SAYS_ON_A_KUBELET)
def test_status_says_it_in_a_sentence(printed: Printed, name: str) -> None:
    expected = SAYS_ON_A_KUBELET[name]
    try:
        # A server that has ended once loads again before it counts as one that ends again and again.
        until(lambda: printed.row(name, lambda row: is_as(row, expected)), 2 * SECONDS, f"status says {expected}")
    except AssertionError as error:
        raise AssertionError(f"{error}; it says {printed.last(name)}") from None
