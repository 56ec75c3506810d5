"""What `modelserver status` says in each broken situation, whole; … is what differs each time.

By the names that the situations have in tests/trouble.py.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modelserver_operator.cli.status.advice import State

Row = Mapping[str, Any]
Says = Mapping[str, tuple[State, str]]

SAYS: Says = {
    "class-not-found": (
        State.NEEDS_HELP,
        "spec.className: No ModelServerClass is called nobody. Set spec.className to one that `kubectl get "
        "modelserverclasses` lists, or ask the platform team for it. No pod answers.",
    ),
    "class-invalid": (
        State.NEEDS_HELP,
        "spec.className: Class …-class-invalid fixes the option max-model-len, which is set by "
        "spec.engine.maxContextTokens. No pod answers.",
    ),
    "spec-invalid": (
        State.NEEDS_HELP,
        "spec.accelerators: The model's 7 attention heads cannot be dealt out evenly to 2 accelerators (count "
        "2: each layer is split over all); choose a tensorParallelSize that divides 7. No pod answers.",
    ),
    "forbidden-by-class": (
        State.NEEDS_HELP,
        "spec.engine.arguments.trust-remote-code: Class … does not allow trust-remote-code; it allows none. "
        "No pod answers.",
    ),
    "kind-not-served": (
        State.NEEDS_HELP,
        "spec.monitoring.serviceMonitor needs the kind ServiceMonitor, which this cluster does not have: "
        "Prometheus finds the server only by other means. Install Prometheus' operator, or remove the field. "
        "Meanwhile 1 pod answers.",
    ),
    "foreign-object": (
        State.NEEDS_HELP,
        "Service foreign-object exists and was not made for this ModelServer; rename or delete one of the "
        "two. No pod answers.",
    ),
    "contested-field": (
        State.NEEDS_HELP,
        "Field spec.revisionHistoryLimit of Deployment contested-field was changed 5 times within 10 minutes "
        "by tuner and put back as often; it is left alone until … UTC. Find out who changes it. Meanwhile 1 "
        "pod answers.",
    ),
    "quota-exceeded": (
        State.NEEDS_HELP,
        'Pods are refused: pods "quota-exceeded-…" is forbidden: exceeded quota: none, requested: pods=1, '
        "used: pods=0, limited: pods=0. No pod answers.",
    ),
    "pod-security": (
        State.NEEDS_HELP,
        'Pods are refused: pods "pod-security-…" is forbidden: violates PodSecurity "restricted:latest": …. '
        "No pod answers.",
    ),
    "no-accelerator": (
        State.NEEDS_HELP,
        "No node has room for pod no-accelerator-…, which asks for 16 of cpu, 16Gi of memory, 16 of "
        "nvidia.com/gpu. It waits until enough of them are free: add nodes, free some, or lower "
        "spec.replicas. The scheduler says: …. No pod answers.",
    ),
    "full-pool": (
        State.NEEDS_HELP,
        "No node has room for pod full-pool-…, which asks for 10m of cpu, 16Mi of memory, 1 of "
        "example.com/gpu. It waits until enough of them are free, since rollout.strategy Surge takes no old "
        "pod away before a new one answers: set spec.rollout.strategy to Replace, or add nodes. The scheduler "
        "says: …. Meanwhile 1 pod answers.",
    ),
    "draining": (
        State.ON_ITS_WAY,
        "Pod draining-… takes the place of pod draining-…, which finishes its requests until … at the latest.",
    ),
    "claim-missing": (
        State.NEEDS_HELP,
        "PersistentVolumeClaim other does not exist in namespace …: create it, or correct "
        "spec.model.persistentVolumeClaim.claimName. No pod answers.",
    ),
    "claim-unbound": (
        State.NEEDS_HELP,
        "PersistentVolumeClaim claim-unbound-cache, the server's cache, has no volume: "
        "spec.cache.storageClassName is none, which must be a StorageClass of the cluster (`kubectl get "
        "storageclass`) that makes volumes of 1Gi, ReadWriteMany. No pod answers.",
    ),
    "secret-missing": (
        State.NEEDS_HELP,
        "Pod secret-missing-… waits for a Secret of namespace … that does not exist: keys; create it with an "
        "entry for each client, its name and its key, or correct spec.auth.apiKeysSecretRef. The pod starts "
        "within two minutes after that. No pod answers.",
    ),
    "image-pull-failed": (
        State.NEEDS_HELP,
        "Image i cannot be pulled, which the class or its imagePullSecrets must mend: ImagePullBackOff: …. No "
        "pod answers.",
    ),
    "container-refused": (
        State.NEEDS_HELP,
        'The container of pod container-refused-… cannot be made: CreateContainerConfigError: secret "hf" not '
        "found. Create it with the key token, or correct spec.model.huggingFace.tokenSecretRef. No pod "
        "answers.",
    ),
    "crash-loop": (
        State.NEEDS_HELP,
        "The server in pod crash-loop-… ends with exit code 2: The model folder /models/demo does not exist. "
        "No pod answers.",
    ),
    "download-failed": (
        State.NEEDS_HELP,
        "Pod download-failed-… cannot download org/model at main; the last attempt ended with exit code 2: "
        "The token has no access. It is tried again (attempt 3) and goes on where it stopped. No pod answers.",
    ),
    "downloading": (
        State.ON_ITS_WAY,
        "Pod downloading-… downloads org/model at main: 40 % of 15.0 GiB.",
    ),
    "loading": (
        State.ON_ITS_WAY,
        "Pod loading-… loads the model: … of at most 30 min.",
    ),
    "engine-stalled": (
        State.NEEDS_HELP,
        "Pod engine-stalled-… takes no requests. The engine has made no step since 22:41:07 UTC; requests "
        "running: 3. The kubelet restarts the server if this lasts for minutes; `kubectl logs "
        "engine-stalled-…` may say why. No pod answers.",
    ),
    "no-progress": (
        State.NEEDS_HELP,
        "The rollout has made no progress for its deadline. Pod no-progress-… has started and is not ready; "
        "`kubectl logs no-progress-…` may say why. No pod answers.",
    ),
    "paused": (
        State.AS_ASKED,
        "spec.paused is true: what runs is left as it is, no change of the spec or of the class is followed, "
        "and nothing is repaired. Set spec.paused to false to go on.",
    ),
    "scaled-to-zero": (
        State.AS_ASKED,
        "spec.replicas is 0, so no pod is wanted; set it to 1 or more to serve.",
    ),
    "waiting-for-turn": (
        State.ON_ITS_WAY,
        "Serves: 1 pod answers. Class …-waiting-for-turn has changed, and its servers follow a few at a time "
        "(maxConcurrentRollouts of the class): this one serves as it is until …/turn-taken runs the new one.",
    ),
    "emotions-pending": (
        State.ON_ITS_WAY,
        "Pod emotions-pending-… still steers as before; a change comes within seconds, or with the kubelet's "
        "next look at the ConfigMap, which takes up to two minutes. Meanwhile 1 pod answers.",
    ),
    "emotions-refused": (
        State.NEEDS_HELP,
        "Pod emotions-refused-… goes on steering as before and says why: "
        "spec.emotions.variants[0].mix[0].vector: there is no vector joy. Meanwhile 1 pod answers.",
    ),
    "scaler-blind": (
        State.NEEDS_HELP,
        "Serves: 1 pod answers. Nobody serves custom.metrics.k8s.io. The number of pods stays as it is. "
        "Install the chart with autoscaling.builtIn.enabled=true, or KEDA, or Prometheus' adapter.",
    ),
    "foreign-scaler": (
        State.NEEDS_HELP,
        "Serves: 1 pod answers. HorizontalPodAutoscaler mine scales the same pods, so this server's own "
        "scaler is not made: two would stop each other. Delete the other, or remove spec.autoscaling.",
    ),
}

# Those of tests/e2e/test_trouble.py, by the names of their ModelServers.
SAYS_ON_A_KUBELET: Says = {
    name: (State.NEEDS_HELP, f"{sentence} No pod answers.")
    for name, sentence in {
        "no-class": "spec.className: No ModelServerClass is called nobody. Set spec.className to one that ….",
        "not-allowed": "spec.engine.arguments.enable-lora: Class … does not allow enable-lora; it allows ….",
        "no-claim": "PersistentVolumeClaim lost does not exist in namespace team: create it, or correct ….",
        "no-keys": "Pod no-keys-… waits for a Secret of namespace team that does not exist: lost-keys; create it ….",
        "no-url": "Pod no-url-… waits for a Secret … that lacks the entry: half; create it with the entry url….",
        "no-room": "No node has room for pod no-room-…, which asks for 1000 of cpu….",
        "no-image": "Image 127.0.0.1:1/nobody/none:1 cannot be pulled, which the class or its … must mend: ….",
        "no-model": "The server in pod no-model-… ends with exit code …/models/no/such/folder….",
        "no-option": "The server in pod no-option-… ends with exit code …block-size….",
    }.items()
}


def status(kubeconfig: Path, *arguments: str) -> Any:
    """What `modelserver status` prints, as data; a process of its own, as for whoever calls it."""
    program = Path(sys.executable).parent / "modelserver"
    command = [str(program), "status", "-o", "json", "--kubeconfig", str(kubeconfig), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


class Printed:
    """What the command prints of all ModelServers of a cluster; run again only where it is not as it should be."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig
        self._rows: dict[str, Row] = {}

    def row(self, name: str, is_good: Callable[[Row], bool]) -> Row | None:
        """The row of that name, if it is good already, or when the command is run again."""
        if not is_good(self._rows.get(name, {})):
            self._run()
        return row if is_good(row := self.last(name)) else None

    def last(self, name: str) -> Row:
        """What was printed last."""
        return self._rows.get(name, {})

    def _run(self) -> None:
        self._rows = {row["name"]: row for row in status(self._kubeconfig, "-A")["servers"]}


def is_as(row: Row, expected: tuple[State, str]) -> bool:
    """Whether a row has this state and this sentence, and says what to do."""
    pattern = ".+".join(map(re.escape, expected[1].split("…")))
    return bool(row and row["state"] == expected[0] and re.fullmatch(pattern, row["sentence"]) and row["todo"])
