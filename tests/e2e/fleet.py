"""Servers that start in seconds, since their engine is scripted, and streams on them through their Services.

Everything but the engine is the real thing: the runtime's shell, gate, probes and drain, in real pods under restricted
Pod Security. Each way to roll stands beside each number of pods, and an event of a test happens to all at once.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.e2e.scripted.engine import events
from tests.e2e.served import EMOTIONS, Manifest, Served, modelserver
from tests.load.asking import Outcome
from tests.load.load import Load
from tests.load.question import Question
from tests.waiting import until
from tools.demo import release
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl

NAMESPACE = "fleet"
CLASS = "scripted"
CLAIM, MOUNT, SCRIPT = "scripted", "/opt/scripted", Path(__file__).with_name("scripted")
SERVERS = {"surge-1": ("Surge", 1), "surge-3": ("Surge", 3), "replace-1": ("Replace", 1), "replace-3": ("Replace", 3)}
ALONE = ("surge-1", "replace-1")
READY = "condition=Ready"
SECONDS = 600  # for what takes 25 on an idle machine
# The long ones outlast the lame duck of 5 s, so that there are some to finish after it; of the short ones there are
# many, so that there are some at each moment.
LONG, SHORT = "long", "short"
TOKENS = {LONG: 70, SHORT: 8}
HEARD = 4  # short answers that each server must still give after an event
NOT_ACCEPTED = (Outcome.REFUSED, Outcome.UNCONNECTED)


def scripted_class(name: str = CLASS, *environment: tuple[str, str], **more: Any) -> Manifest:
    """A class whose engine is the scripted one; `more` replaces fields of its spec."""
    small = release.small_cpu_class()
    path = {"name": "PYTHONPATH", "value": f"{MOUNT}:/opt/modelserver"}
    given = [{"name": name, "value": value} for name, value in environment]
    mounted = {"name": CLAIM, "persistentVolumeClaim": {"claimName": CLAIM}, "mountPath": MOUNT}
    spec = {
        **small,
        "resources": {"cpu": "10m", "memory": "512Mi", "sharedMemory": "16Mi"},
        "environment": [*small["environment"], path, *given],
        "volumes": [*small["volumes"], mounted],
        "maxConcurrentRollouts": len(SERVERS),
    }
    kind = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServerClass"}
    return {**kind, "metadata": {"name": name}, "spec": spec | more}


def server(name: str, strategy: str, replicas: int, **more: Any) -> Manifest:
    """One of the fleet; `more` replaces fields of its spec."""
    spec = {
        "model": model("one"),
        "className": CLASS,
        "replicas": replicas,
        "rollout": {"strategy": strategy},
        "emotions": EMOTIONS | {"variants": []},
    }
    return modelserver(name, NAMESPACE, **(spec | more))


def model(path: str) -> Manifest:
    """One of two that are alike."""
    return {"persistentVolumeClaim": {"claimName": "models", "path": path}}


def questions(cluster: DemoCluster, names: Iterable[str]) -> dict[str, Question]:
    """What each server is asked, by its name and how long the stream is."""
    return {
        f"{name} {length}": _question(cluster.address(NAMESPACE, name), name, tokens)
        for name in names
        for length, tokens in TOKENS.items()
    }


def _question(url: str, name: str, tokens: int) -> Question:
    messages = [{"role": "user", "content": "Count."}]
    body = {"model": name, "messages": messages, "max_tokens": tokens, "stream": True}
    return Question(f"{url}/v1/chat/completions", body, b"".join(events(name, tokens)))


@dataclass
class Fleet:
    """The servers, and what was heard of them."""

    kubectl: Kubectl
    load: Load
    _looked: dict[str, int] = field(default_factory=dict)  # at how many troubles of each tally

    @property
    def here(self) -> tuple[str, str]:
        """kubectl's option for the namespace."""
        return "--namespace", NAMESPACE

    def served(self, name: str) -> Served:
        """One of the servers."""
        return Served(self.kubectl, NAMESPACE, name)

    def patch(self, spec: Mapping[str, Any], names: Collection[str] = tuple(SERVERS)) -> None:
        """Change the specs of these servers."""
        change = json.dumps({"spec": spec})
        self.kubectl.run("patch", "ms", *names, *self.here, "--type=merge", "--patch", change)

    def pods(self) -> dict[str, list[Manifest]]:
        """The pods of each server that have not been told to end."""
        return self._look()[1]

    def restarts(self) -> dict[str, int]:
        """Of each pod by its uid, how often its container was started again."""
        return {pod["metadata"]["uid"]: _restarts(pod) for pods in self.pods().values() for pod in pods}

    def annotations(self, name: str) -> list[str | None]:
        """The values of this annotation at all pods."""
        pods = [pod for pods in self.pods().values() for pod in pods]
        return [pod["metadata"].get("annotations", {}).get(name) for pod in pods]

    def uids(self) -> dict[str, set[str]]:
        """Which pods each server has."""
        return {name: {pod["metadata"]["uid"] for pod in pods} for name, pods in self.pods().items()}

    def still_there(self, before: Mapping[str, set[str]], names: Collection[str]) -> set[str]:
        """Which of these servers' pods of `before` there are, those included that finish what they have accepted."""
        there = {pod["metadata"]["uid"] for pod in self.kubectl.get("pods", *self.here)["items"]}
        return there & {uid for name in names for uid in before[name]}

    def wait(self, condition: str, names: Collection[str] = tuple(SERVERS)) -> None:
        """Return when kubectl, which follows changes and asks nobody again and again, says that it holds for these."""
        self.kubectl.run("wait", f"--for={condition}", "ms", *names, *self.here, f"--timeout={SECONDS}s")

    def unlike(self, before: Mapping[str, set[str]]) -> list[str]:
        """What is still there of `before`, by the name of its server; and servers that lack a ready pod."""
        replicas = {server["metadata"]["name"]: server["spec"]["replicas"] for server in self._look()[0]}
        return [
            name
            for name, pods in self.pods().items()
            if {pod["metadata"]["uid"] for pod in pods} & before[name] or sum(map(ready, pods)) != replicas[name]
        ]

    def rolled(self, before: Mapping[str, set[str]]) -> None:
        """Wait until all are Ready, and see that this is said of new pods only."""
        self.wait(READY)
        assert not (unlike := self.unlike(before)), f"Ready, and not all pods are new: {unlike}"

    def lost_nothing(self, *, in_a_gap: Collection[str] = ()) -> None:
        """Hear some more answers of every server; then nothing may have gone wrong since this was asked last.

        in_a_gap: servers that had no pod for a while; those who asked then were not accepted, and nothing was lost.
        """
        short = {name: tally for name, tally in self.load.tallies.items() if name.endswith(SHORT)}
        enough = {name: tally.whole + HEARD for name, tally in short.items()}
        until(lambda: all(short[name].whole >= enough[name] for name in short), SECONDS, "every server answers")
        wrong = self.wrong(in_a_gap)
        assert not wrong, "\n".join(wrong)

    def wrong(self, in_a_gap: Collection[str] = ()) -> list[str]:
        """What has gone wrong since this was asked last."""
        found: list[str] = []
        for name, tally in self.load.tallies.items():
            allowed = NOT_ACCEPTED if name.split()[0] in in_a_gap else ()
            since, self._looked[name] = self._looked.get(name, 0), len(tally.troubles)
            found += tally.not_whole(*allowed, since=since)
        return found

    def _look(self) -> tuple[list[Manifest], dict[str, list[Manifest]]]:
        """The servers, and of each the pods that have not been told to end."""
        items = self.kubectl.get("modelservers,pods", *self.here)["items"]
        servers = [each for each in items if each["kind"] == "ModelServer" and each["metadata"]["name"] in SERVERS]
        pods: dict[str, list[Manifest]] = {each["metadata"]["name"]: [] for each in servers}
        for each in items:
            name = each["metadata"].get("labels", {}).get("app.kubernetes.io/instance")
            if each["kind"] == "Pod" and name in pods and "deletionTimestamp" not in each["metadata"]:
                pods[name].append(each)
        return servers, pods


def ready(pod: Manifest) -> bool:
    """Whether the pod is."""
    conditions = pod["status"].get("conditions", ())
    return any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)


def _restarts(pod: Manifest) -> int:
    return sum(container["restartCount"] for container in pod["status"].get("containerStatuses", ()))


def stats(pod: Manifest) -> Any:
    """What the pod says of itself."""
    return httpx.get(f"http://{pod['status']['podIP']}:9000/stats", trust_env=False, timeout=30).json()
