"""Emotions as served models: under names of their own, and changed with kubectl while the same pod goes on."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.e2e.served import Served
from tests.waiting import until

QUESTION = "How was the concert?"
IN_FORCE_SECONDS = 300  # some seconds, once the kubelet has been told to look


@pytest.fixture
def emotions(shared: Served) -> Iterator[dict[str, Any]]:
    """What the shared server was given, which it gets back."""
    before: dict[str, Any] = shared.kubectl.get("ms", shared.name, *shared.here)["spec"]["emotions"]
    yield before
    change(shared, before["variants"])
    until(lambda: in_force(shared), IN_FORCE_SECONDS, "the old variants are back")


def change(server: Served, variants: list[dict[str, Any]]) -> None:
    patch = json.dumps({"spec": {"emotions": {"variants": variants}}})
    server.kubectl.run("patch", "ms", server.name, *server.here, "--type=merge", "--patch", patch)


def in_force(server: Served) -> bool:
    """Whether the present generation's emotions are."""
    live, generation = server.condition("EmotionsLive"), server.kubectl.get("ms", server.name, *server.here)
    return (live.get("status"), live.get("observedGeneration")) == ("True", generation["metadata"]["generation"])


def is_refused(server: Served, vector: str) -> bool:
    """Whether that is told, for the sake of this vector."""
    live = server.condition("EmotionsLive")
    return live.get("status") == "False" and vector in live["message"]


def said(url: str, name: str) -> tuple[str, str]:
    """The likeliest answer, and how it was steered."""
    asked = [{"role": "user", "content": QUESTION}]
    body = {"model": name, "messages": asked, "temperature": 0, "max_tokens": 32}
    answer = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=IN_FORCE_SECONDS)
    assert answer.status_code == 200, answer.text
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text, answer.headers["x-modelserver-steering"].partition(";")[0]


def running(server: Served) -> list[tuple[str, int]]:
    """Its pods, and how often their containers have been started again."""
    return [(pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"]) for pod in server.pods()]


def test_each_variant_answers_in_its_own_way(shared: Served, url: str) -> None:
    until(lambda: in_force(shared), IN_FORCE_SECONDS, "EmotionsLive is True")
    names = ("shared", "shared-happy", "shared-sad")
    told = {name: said(url, name) for name in names}
    assert [steered for _, steered in told.values()] == ["none", "happiness=1.00", "sadness=1.00"]
    assert len({text for text, _ in told.values()}) == len(names)


def test_models_list_them_with_their_mixes(url: str) -> None:
    models = httpx.get(f"{url}/v1/models", timeout=IN_FORCE_SECONDS).json()["data"]
    mixes = {each["id"]: each.get("emotions") for each in models}
    assert mixes["shared-happy"] == {"happiness": 1.0}
    assert not mixes["shared"]


def test_a_patch_changes_the_next_answer_and_no_pod(shared: Served, url: str, emotions: dict[str, Any]) -> None:
    before, pods = said(url, "shared-happy"), running(shared)
    other = {"name": "shared-happy", "mix": [{"vector": "anger", "scale": 1}]}
    change(shared, [other, {"name": "shared-new", "mix": [{"vector": "fear", "scale": 1}], "phase": "Decode"}])
    until(lambda: in_force(shared), IN_FORCE_SECONDS, "the new variants are in force")
    text, steered = said(url, "shared-happy")
    assert steered == "anger=1.00"
    assert text != before[0]
    assert said(url, "shared-new")[1] == "fear=1.00"
    gone = httpx.post(f"{url}/v1/completions", json={"model": "shared-sad", "prompt": "Hi"}, timeout=IN_FORCE_SECONDS)
    assert gone.status_code == 404
    assert running(shared) == pods


def test_what_cannot_be_is_told_and_the_old_stays(shared: Served, url: str, emotions: dict[str, Any]) -> None:
    before, pods = said(url, "shared-happy"), running(shared)
    change(shared, [{"name": "shared-happy", "mix": [{"vector": "boredom", "scale": 1}]}])
    until(lambda: is_refused(shared, "boredom") and not shared.ready(), IN_FORCE_SECONDS, "it is refused")
    assert shared.condition("Available")["status"] == "True"
    assert said(url, "shared-happy") == before
    assert running(shared) == pods
