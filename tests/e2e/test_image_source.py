"""A model out of an OCI image: containerd mounts the image as a volume, the server has nothing to download."""

from typing import Any

import openai
from tests.e2e.packed import KEYS, REFERENCE
from tests.e2e.served import Served
from tools.demo.kubectl import Kubectl


def test_a_model_in_an_image_is_served(packed: Served, packed_url: str) -> None:
    client = openai.OpenAI(base_url=f"{packed_url}/v1", api_key=KEYS["web"], max_retries=0)
    question: Any = [{"role": "user", "content": "How was the concert?"}]
    said = client.chat.completions.create(model="packed", messages=question, max_tokens=16, temperature=0)
    assert said.choices[0].message.content
    assert [model.id for model in client.models.list()] == ["packed"]


def test_the_image_is_the_pods_only_source_of_the_model(packed: Served, kubectl: Kubectl) -> None:
    (pod,) = packed.pods()
    assert "initContainers" not in pod["spec"]
    assert [each["image"]["reference"] for each in pod["spec"]["volumes"] if "image" in each] == [REFERENCE]
    mounts = kubectl.run("exec", pod["metadata"]["name"], *packed.here, "--", "grep", " /models ", "/proc/mounts")
    (mount,) = mounts.splitlines()
    assert "ro" in mount.split()[3].split(",")
