"""A ModelServer from apply to Ready, told in the words of its own status."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.demo.kubectl import Kubectl, KubectlError
from tools.setup.recorder import Recorder
from tools.setup.step import StepError

DEADLINE_SECONDS = 600
POLL_SECONDS = 0.5
# What time does not mend; an image may be pulled at the second try, so each gets a while.
HOPELESS = {
    "CrashLooping",
    "ForbiddenByClass",
    "ImagePullFailed",
    "RejectedByAPIServer",
    "SpecInvalid",
    "ForeignObject",
}
PATIENCE_SECONDS = 45


def apply(kubectl: Kubectl, file: Path, namespace: str) -> str:
    """Applies the file and gives the ModelServer's name."""
    applied = kubectl.run("apply", "--namespace", namespace, "-f", str(file), "-o", "name").split()
    return next(line.partition("/")[2] for line in applied if line.startswith("modelserver.modelserver.dev/"))


def wait_until_ready(recorder: Recorder, kubectl: Kubectl, namespace: str, name: str) -> None:
    """Returns when the present generation is Ready; else raises StepError, with all that helps in the log."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    class_generation = _class_generation(kubectl, namespace, name)
    said, since = "", time.monotonic()
    while True:
        ready = _ready(kubectl.get("modelserver", name, "--namespace", namespace), class_generation)
        if ready["status"] == "True":
            return
        now = time.monotonic()
        words = f"{ready['reason']}: {ready['message']}"
        if words != said:
            said, since = words, now
            recorder.say(words)
        if now > deadline or (ready["reason"] in HOPELESS and now - since > PATIENCE_SECONDS):
            _explain(recorder, kubectl, namespace, name)
            raise StepError(f"ModelServer {namespace}/{name} does not become Ready: {words}")
        time.sleep(POLL_SECONDS)


def _class_generation(kubectl: Kubectl, namespace: str, name: str) -> int | None:
    """The generation of the server's class; None where there is no such class, which the status will say."""
    class_name = kubectl.get("modelserver", name, "--namespace", namespace)["spec"]["className"]
    classes = kubectl.get("modelserverclasses")["items"]
    return next((each["metadata"]["generation"] for each in classes if each["metadata"]["name"] == class_name), None)


def _ready(server: dict[str, Any], class_generation: int | None) -> dict[str, Any]:
    """The Ready condition, once it speaks of the present generations of server and class."""
    pending = {"status": "Unknown", "reason": "Pending", "message": "the operator has not seen this generation yet"}
    status = server.get("status", {})
    ready = next((each for each in status.get("conditions", []) if each["type"] == "Ready"), pending)
    seen = (ready.get("observedGeneration"), status.get("classGeneration"))
    return ready if seen == (server["metadata"]["generation"], class_generation) else pending


def _explain(recorder: Recorder, kubectl: Kubectl, namespace: str, name: str) -> None:
    """Puts into the log what a person would look at next."""
    here = ("--namespace", namespace)
    pods = (*here, "--selector", f"app.kubernetes.io/name=modelserver,app.kubernetes.io/instance={name}")
    _record(recorder, lambda: kubectl.run("describe", "pods", *pods))
    _record(recorder, lambda: kubectl.run("describe", "modelserver", name, *here))
    _record(recorder, lambda: kubectl.run("logs", *pods, "--tail=8", "--all-containers"))
    _record(recorder, lambda: _conditions(kubectl.get("modelserver", name, *here)))


def _record(recorder: Recorder, look: Callable[[], str]) -> None:
    try:
        recorder.say(look())
    except KubectlError as failure:
        recorder.say(str(failure))


def _conditions(server: dict[str, Any]) -> str:
    conditions = server.get("status", {}).get("conditions", [])
    return "\n".join(f"{c['type']}={c['status']} {c['reason']}: {c['message']}" for c in conditions)
