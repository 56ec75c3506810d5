"""One prompt, asked of the model and of its steered variants, before and after one of them is retuned."""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.demo import server
from tools.demo.kubectl import Kubectl
from tools.setup.places import NO_PROXY, PYTHON
from tools.setup.recorder import Recorder
from tools.setup.step import StepError

PROMPT = "How was the concert?"
WIDEST = 100  # columns of what is shown at the end
RETUNED, BEFORE, AFTER = "demo-cheerful", "happiness", "fear"  # the first variant of the sample, and its vectors
Pods = list[tuple[str, int]]


@dataclass(frozen=True)
class Tempers:
    """What was answered: side by side for people, and by served name."""

    shown: str
    texts: dict[str, str]


def ask(recorder: Recorder, url: str) -> Tempers:
    """The answers of the base and of each variant; StepError unless all of them differ."""
    tried = ("-m", "modelserver_runtime", "emotions", "try", url, PROMPT)
    columns = min(WIDEST, shutil.get_terminal_size((WIDEST, 1)).columns)
    environment = {**NO_PROXY, "COLUMNS": str(columns)}
    shown = recorder.output(PYTHON, *tried, env=environment)
    answers = json.loads(recorder.output(PYTHON, *tried, "-o", "json", env=environment))["answers"]
    texts = {answer["name"]: answer["text"] for answer in answers}
    if len(set(texts.values())) < len(texts):
        raise StepError(f"two of {', '.join(texts)} answered the same")
    return Tempers(shown, texts)


def patch(vector: str) -> str:
    """What `kubectl patch --type=json` is told: the variant gets another vector."""
    return json.dumps([{"op": "replace", "path": "/spec/emotions/variants/0/mix/0/vector", "value": vector}])


def retune(recorder: Recorder, kubectl: Kubectl, here: Sequence[str], name: str, vector: str) -> float:
    """Patch the object and wait until it is in force; how many seconds that took. StepError when a pod restarted."""
    before, start = _pods(kubectl, here, name), time.monotonic()
    recorder.say(kubectl.run("patch", "modelserver", name, *here, "--type=json", f"--patch={patch(vector)}"))
    server.wait_until_ready(recorder, kubectl, here[-1], name)
    seconds = time.monotonic() - start
    if not set(_pods(kubectl, here, name)) <= set(before):  # a scaler may have taken one away
        raise StepError("a pod was replaced or started again, and a retune must leave them alone")
    return seconds


def _pods(kubectl: Kubectl, here: Sequence[str], name: str) -> Pods:
    """The server's pods, and how often their containers were started again."""
    pods = kubectl.get("pods", *here, "--selector", f"app.kubernetes.io/instance={name}")["items"]
    return [(pod["metadata"]["uid"], _restarts(pod)) for pod in pods]


def _restarts(pod: dict[str, Any]) -> int:
    return sum(container["restartCount"] for container in pod["status"].get("containerStatuses", ()))
