"""What is timed: a rolling change, a change of emotions, and the end of a pod that has nothing to do."""

import json
import time
from functools import partial

import httpx
from tests.bench.rollout.site import ENGINE, PATIENCE_SECONDS, Site, conditions
from tests.controlplane.kube import Manifest
from tests.waiting import until
from tools.demo.up import NAMESPACE

VARIANT = "shared-happy"  # of EMOTIONS, its first
SCALE = "/spec/emotions/variants/0/mix/0/scale"
STEERING = "x-modelserver-steering"


def rolled(site: Site) -> float:
    """Seconds from a change that only new pods can have until there are as many of them as there should be, all Ready,
    and the last of the old has ended."""
    old = site.pods().keys()
    start = time.monotonic()
    site.patch(json.dumps({"spec": {"engine": {"maxSequences": ENGINE["maxSequences"] * 2}}}))
    until(lambda: _are_new(site, set(old)), PATIENCE_SECONDS, "all pods are new and Ready")
    return time.monotonic() - start


def retuned(site: Site, scale: float) -> float:
    """Seconds from a change of a variant's scale until every pod answers by it."""
    start = time.monotonic()
    patch = json.dumps([{"op": "replace", "path": SCALE, "value": scale}])
    generation = site.patch(patch, "json")
    until(partial(site.holds, "EmotionsLive", generation), PATIENCE_SECONDS, "the new scale is in force")
    steered = {_steering(pod) for pod in site.pods().values()}
    if steered != {f"happiness={scale:.2f}"}:
        raise ValueError(f"EmotionsLive is True of the scale {scale}, and the pods answer by {steered}")
    return time.monotonic() - start


def idle_exit(site: Site) -> float:
    """Seconds from the deletion of a pod, which has nothing to do, until it has ended and is no more."""
    pod = next(iter(site.pods().values()))["metadata"]["name"]
    start = time.monotonic()
    site.kubectl.run("delete", "pod", pod, "--namespace", NAMESPACE, "--wait=false")
    until(lambda: site.kube.get("Pod", pod, NAMESPACE) is None, PATIENCE_SECONDS, "the pod has ended")
    return time.monotonic() - start


def _are_new(site: Site, old: set[str]) -> bool:
    pods = site.pods()
    return len(pods) == site.replicas and not pods.keys() & old and all(map(_is_ready, pods.values()))


def _is_ready(pod: Manifest) -> bool:
    return conditions(pod).get("Ready", {}).get("status") == "True"


def _steering(pod: Manifest) -> str:
    """By which mix it answers under the variant's name, as its answer says."""
    body = {"model": VARIANT, "prompt": "Once", "max_tokens": 1}
    url = f"http://{pod['status']['podIP']}:8000/v1/completions"
    answer = httpx.post(url, json=body, timeout=PATIENCE_SECONDS).raise_for_status()
    return answer.headers[STEERING].partition(";")[0]
