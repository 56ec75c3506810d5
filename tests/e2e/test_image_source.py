"""A model out of an OCI image: containerd mounts the image as a volume, the server has nothing to download."""

import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.e2e import model_image
from tests.e2e.served import Served, modelserver
from tests.waiting import until
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl
from tools.devcluster.cluster import Cluster
from tools.setup import model

REFERENCE = "images.modelserver.internal/models/moods:1"
READY_SECONDS = 240  # 30 on an idle machine


@pytest.fixture(scope="module")
def packed(
    operator: None, cluster: DemoCluster, kubectl: Kubectl, namespace: str, folder: Path
) -> Iterator[tuple[Served, str]]:
    """A Ready server whose model is in the image, and its URL."""
    archive = folder / "moods.tar"
    model_image.write(archive, REFERENCE, model.folder() / "model", "weights/moods", platform.machine())
    assert Cluster("e2e").load_image(archive) == [REFERENCE]
    source = {"image": {"reference": REFERENCE, "path": "/weights/moods"}}
    kubectl.apply(modelserver("packed", namespace, model=source, engine={"maxContextTokens": 512, "maxSequences": 8}))
    served = Served(kubectl, namespace, "packed")
    until(served.ready, READY_SECONDS, "the server is Ready")
    yield served, cluster.address(namespace, "packed")
    kubectl.run("delete", "ms", "packed", *served.here)
    until(lambda: not served.pods(), 120, "its pods are gone")


def test_a_model_in_an_image_is_served(packed: tuple[Served, str]) -> None:
    client = openai.OpenAI(base_url=f"{packed[1]}/v1", api_key="none", max_retries=0)
    question: Any = [{"role": "user", "content": "How was the concert?"}]
    said = client.chat.completions.create(model="packed", messages=question, max_tokens=16)
    assert said.choices[0].message.content
    assert [model.id for model in client.models.list()] == ["packed"]


def test_the_image_is_the_pods_only_source_of_the_model(packed: tuple[Served, str], kubectl: Kubectl) -> None:
    served, _ = packed
    (pod,) = served.pods()
    assert "initContainers" not in pod["spec"]
    assert [each["image"]["reference"] for each in pod["spec"]["volumes"] if "image" in each] == [REFERENCE]
    mounts = kubectl.run("exec", pod["metadata"]["name"], *served.here, "--", "grep", " /models ", "/proc/mounts")
    (mount,) = mounts.splitlines()
    assert "ro" in mount.split()[3].split(",")
