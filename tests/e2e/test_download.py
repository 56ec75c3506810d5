"""A model from a hub, over a real network, into a real volume: once, though the pod is killed on the way.

The hub serves the demo's model at this machine's end of the cluster's network. It cuts the connection at 30 % of the
weights, and stops at 80 % until the pod has been killed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.e2e.served import Manifest, Served, modelserver
from tests.hub.hub import Hub
from tests.hub.repository import from_folder
from tests.hub.server import serving
from tests.waiting import until
from tools.demo import release
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl
from tools.setup import model

REPO = "acme/moods"
WEIGHTS = "model.safetensors"
SECONDS = 600  # for what takes a few on an idle machine
STORAGE = "downloads"


@dataclass(frozen=True)
class Downloading:
    """A server whose download was killed once: its hub, the volume's folder here, what had come by then."""

    served: Served
    hub: Hub
    volume: Path
    whole: frozenset[str]

    @property
    def files(self) -> Path:
        """The model on the volume."""
        return self.volume / "acme--moods" / "main"


@pytest.fixture(scope="module")
def hub(cluster: DemoCluster) -> Iterator[Hub]:
    """A hub that pods reach."""
    with serving(Hub({REPO: from_folder(model.folder() / "model")}), cluster.gateway) as hub:
        yield hub


@pytest.fixture(scope="module")
def class_name(operator: None, kubectl: Kubectl, hub: Hub) -> Iterator[str]:
    """A class whose servers download from it; no ModelServer could say from where."""
    spec = release.small_cpu_class()
    # The client takes a hub that is held for one that is dead after 10 s, and asks anew.
    told = {"HF_ENDPOINT": hub.url, "HF_HUB_DOWNLOAD_TIMEOUT": str(SECONDS)}
    spec["environment"] = [*spec["environment"], *({"name": name, "value": value} for name, value in told.items())]
    kind = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServerClass"}
    kubectl.apply({**kind, "metadata": {"name": "local-hub"}, "spec": spec})
    yield "local-hub"
    kubectl.run("delete", "msc", "local-hub")


@pytest.fixture(scope="module")
def downloading(kubectl: Kubectl, namespace: str, class_name: str, hub: Hub, folder: Path) -> Iterator[Downloading]:
    """The server, its pod killed while the download stood at 80 % of the weights, and another one there."""
    volume = volume_folder(folder)
    kubectl.apply(volume_of(volume, namespace))
    hub.faults[WEIGHTS].cuts = [30]
    hold = hub.hold(WEIGHTS, 80)
    cache = {"size": "1Gi", "storageClassName": STORAGE}
    kubectl.apply(server("moods", namespace, className=class_name, cache=cache))
    served = Served(kubectl, namespace, "moods")
    assert hold.reached.wait(SECONDS), served.condition()
    until(lambda: served.not_ready_because("Downloading"), SECONDS, "the status says that it downloads")
    whole = frozenset(until(lambda: all_but_weights(volume), SECONDS, "all other files are whole"))
    pod = served.pods()[0]["metadata"]["name"]
    kubectl.run("delete", "pod", pod, *served.here, "--grace-period=0", "--force")
    # The lock on the volume lets the second in once the first is dead.
    until(lambda: len(looked_up(hub)) == 2, SECONDS, "a second pod asks the hub")
    hold.released.set()
    yield Downloading(served, hub, volume, whole)
    kubectl.run("delete", "ms", "moods", *served.here, "--wait")


def server(name: str, namespace: str, repo: str = REPO, **spec: Any) -> Manifest:
    """A ModelServer of the hub's model."""
    engine = {"maxContextTokens": 512, "maxSequences": 4}
    return modelserver(name, namespace, model={"huggingFace": {"repo": repo}}, engine=engine, **spec)


def volume_folder(folder: Path) -> Path:
    """What the volume is made of; the kubelet gives no folder of a node to a pod's group."""
    found = folder / "volumes" / STORAGE
    found.mkdir(parents=True)
    found.chmod(0o777)
    return found


def volume_of(folder: Path, namespace: str) -> Manifest:
    """A volume for the claim that the operator makes."""
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Gi"},
        "claimRef": {"namespace": namespace, "name": "moods-cache"},
        "hostPath": {"path": str(folder), "type": "Directory"},
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": STORAGE,
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": STORAGE}, "spec": spec}


def all_but_weights(volume: Path) -> set[str] | None:
    """The names of the small files, once the growing folder has them all."""
    growing, small = volume / "acme--moods" / ".main.partial", contents_of_demo().keys() - {WEIGHTS}
    return small if all((growing / name).is_file() for name in small) else None


def contents_of_demo() -> dict[str, bytes]:
    """The demo's model by file name."""
    return {path.name: path.read_bytes() for path in (model.folder() / "model").iterdir()}


def looked_up(hub: Hub) -> list[str]:
    """The downloads that have begun."""
    return [each.path for each in hub.asked if each.path.startswith(f"/api/models/{REPO}/")]


def test_a_killed_download_goes_on_and_the_server_answers(downloading: Downloading, cluster: DemoCluster) -> None:
    served = downloading.served
    until(served.ready, SECONDS, "the server is Ready")
    url = cluster.address(served.namespace, served.name)
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)

    said = client.chat.completions.create(
        model="moods", messages=[{"role": "user", "content": "How was the concert?"}], max_tokens=8, temperature=0
    )

    assert said.choices[0].message.content


def test_it_has_the_same_bytes_and_fetched_no_whole_file_twice(downloading: Downloading) -> None:
    until(downloading.files.is_dir, SECONDS, "the model is in its place")
    hub, wanted = downloading.hub, contents_of_demo()

    assert {name: (downloading.files / name).read_bytes() for name in wanted} == wanted
    size = len(wanted[WEIGHTS])
    first, second, third = hub.starts_of(WEIGHTS)
    assert (first, second) == (0, size * 30 // 100)
    assert second < third <= size * 80 // 100
    ranges = [each.range for each in hub.asked if each.file == WEIGHTS and each.path.startswith("/lfs/")]
    assert ranges == ["", f"bytes={second}-{size - 1}", f"bytes={third}-{size - 1}"]
    assert {name: len(hub.starts_of(name)) for name in downloading.whole} == dict.fromkeys(downloading.whole, 1)


def test_the_next_pod_asks_the_hub_for_nothing(downloading: Downloading, kubectl: Kubectl) -> None:
    served, hub = downloading.served, downloading.hub
    until(downloading.files.is_dir, SECONDS, "the model is in its place")
    asked, before = len(hub.asked), served.pods()[0]["metadata"]["name"]

    kubectl.run("delete", "pod", before, *served.here, "--grace-period=0", "--force")
    pod = until(lambda: downloaded(served, before), SECONDS, "a new pod has its model")

    assert len(hub.asked) == asked
    until(
        lambda: "is there already" in kubectl.run("logs", pod, "--container=download", *served.here),
        SECONDS,
        "it says so",
    )


def downloaded(served: Served, not_this: str) -> str | None:
    """The name of a pod whose download has ended well."""
    for pod in served.pods():
        states = pod.get("status", {}).get("initContainerStatuses", [])
        done = [each for each in states if each["state"].get("terminated", {}).get("exitCode") == 0]
        if done and pod["metadata"]["name"] != not_this:
            return str(pod["metadata"]["name"])
    return None


def test_what_the_hub_refuses_is_the_condition(kubectl: Kubectl, namespace: str, class_name: str, hub: Hub) -> None:
    kubectl.apply(server("nothing", namespace, repo="acme/nothing", className=class_name))
    served = Served(kubectl, namespace, "nothing")

    ready = until(lambda: served.not_ready_because("DownloadFailed"), SECONDS, "the status says what failed")

    kubectl.run("delete", "ms", "nothing", *served.here, "--wait")
    host = hub.url.removeprefix("http://")
    assert f"spec.model.huggingFace.repo: {host} has no model acme/nothing" in ready["message"]
    assert "{" not in ready["message"]  # the log's lines before it are JSON
