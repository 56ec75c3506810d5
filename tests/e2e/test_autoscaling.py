"""Autoscaling with streams and a kubelet: load brings a second pod, its end takes it away, and no answer is lost."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from tests.e2e.asking import SECONDS, begun, client, end, until_refused
from tests.e2e.conftest import READY_SECONDS
from tests.e2e.served import Manifest, Served
from tests.waiting import until
from tools.demo.kubectl import Kubectl

AUTOSCALING = {"minReplicas": 1, "maxReplicas": 2, "targetUnfinishedRequests": 3, "scaleDownWindowSeconds": 5}
CALLERS = 6  # beside one who asks all the time: too many for one pod
TOKENS = 400
GOES_FIRST = "controller.kubernetes.io/pod-deletion-cost=-1"  # else Kubernetes chooses, by age


@pytest.fixture(scope="module")
def scaled(shared: Served, kubectl: Kubectl) -> Iterator[Served]:
    """The shared server while its number of pods follows the load."""
    patch(kubectl, shared, AUTOSCALING)
    try:
        until(partial(is_scaled, shared), SECONDS, "its scaler works")
    except AssertionError as error:
        raise AssertionError(f"{error}; {shared.condition('ScalingActive')}") from None
    yield shared
    patch(kubectl, shared, None)
    until(lambda: len(shared.pods()) == 1, SECONDS, "one pod is left")


def patch(kubectl: Kubectl, served: Served, autoscaling: dict[str, int] | None) -> None:
    change = json.dumps({"spec": {"autoscaling": autoscaling}})
    kubectl.run("patch", "ms", served.name, *served.here, "--type=merge", "--patch", change)


def is_scaled(served: Served) -> bool:
    return served.condition("ScalingActive").get("status") == "True"


@contextmanager
def callers(number: int, url: str) -> Iterator[list[str | None]]:
    """So many who ask again as soon as they have their answer, until the block ends; how each answer ended.

    It returns when the last answer has, and raises what any of them was refused or broken off with.
    """
    ended: list[str | None] = []
    enough = threading.Event()

    def call() -> None:
        with client(url) as caller:
            while not enough.is_set():
                ended.append(end(begun(caller, TOKENS)))

    with ThreadPoolExecutor(number) as pool:
        calls = [pool.submit(call) for _ in range(number)]
        try:
            yield ended
        finally:
            enough.set()
        for each in calls:
            each.result()


def second(served: Served, first: str) -> Manifest | None:
    """The pod that was not there before, once it is Ready."""
    return next((pod for pod in served.pods() if uid(pod) != first and is_ready(pod)), None)


def uid(pod: Manifest) -> str:
    return str(pod["metadata"]["uid"])


def is_ready(pod: Manifest) -> bool:
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"


def at(pod: Manifest, port: int) -> str:
    return f"http://{pod['status']['podIP']}:{port}"


def is_used(pod: Manifest) -> bool:
    stats: dict[str, Any] = httpx.get(f"{at(pod, 9000)}/stats", trust_env=False, timeout=SECONDS).json()
    return bool(stats["requests"]["unfinished"])


def is_leaving(served: Served, pod: Manifest) -> bool:
    """Whether Kubernetes has told it to end, or it has."""
    return all("deletionTimestamp" in each["metadata"] for each in served.pods() if uid(each) == uid(pod))


def only(served: Served, pod: Manifest) -> Callable[[], bool]:
    return lambda: [uid(each) for each in served.pods()] == [uid(pod)]


def test_streams_bring_a_second_pod_and_their_end_takes_it_away_and_none_is_lost(
    scaled: Served, url: str, kubectl: Kubectl
) -> None:
    """The pod that goes is asked until it takes no more, and has a stream to finish then; somebody asks the Service
    from the beginning to the end. What was decided can be read afterwards."""
    (first,) = scaled.pods()
    last: list[str | None] = []
    with callers(1, url) as through, ThreadPoolExecutor(1) as pool:
        with callers(CALLERS, url) as answers:
            other = until(partial(second, scaled, uid(first)), 2 * READY_SECONDS, "a second pod is Ready")
            until(partial(is_used, other), SECONDS, "it has a part of the load")
            kubectl.run("annotate", "pod", other["metadata"]["name"], *scaled.here, GOES_FIRST)
            asked_to_the_end = pool.submit(until_refused, at(other, 8000), TOKENS, last)
            until(lambda: last, SECONDS, "it has answered")
        asked_to_the_end.result()
        assert is_leaving(scaled, other)
        until(only(scaled, first), SECONDS, "it has ended")
    assert len(answers) >= CALLERS
    assert {*through, *answers, *last} == {"length"}
    a_user_sees_who_scales_by_what_and_what_was_decided(scaled, kubectl)


def a_user_sees_who_scales_by_what_and_what_was_decided(scaled: Served, kubectl: Kubectl) -> None:
    row = kubectl.run("get", "hpa", scaled.name, *scaled.here, "--no-headers")
    assert "Deployment/shared" in row
    assert "/3 (avg)" in row
    text = kubectl.run("describe", "ms", scaled.name, *scaled.here)
    assert re.search(r"Type:\s+ScalingActive\n", text), text
    decisions = [line for line in text.splitlines() if re.match(r"\s+Normal\s+Scaled\s", line)]
    # The load is told as the reason only where it is one still.
    told = re.compile(r"2 pods( for \d+ unfinished requests)?, where one pod should have 3\b")
    assert any(map(told.search, decisions)), text
