"""The init container that brings a model from the hub to the model's volume, and has the token that this needs."""

from __future__ import annotations

from typing import Any

from modelserver_operator.api.sources import HuggingFaceSource
from modelserver_operator.desired import model
from modelserver_operator.desired.container import CONFINED, stored
from modelserver_operator.desired.environment import download_environment
from modelserver_operator.desired.start_config import CONTAINER
from modelserver_operator.desired.volumes import MODELS, mounted_by_download
from modelserver_operator.resolve import Resolved, identity


def init_containers(resolved: Resolved) -> dict[str, Any]:
    """The pod's initContainers; nothing where nothing is downloaded."""
    source = resolved.model.hugging_face
    return {"initContainers": [download(resolved, source)]} if source else {}


def download(resolved: Resolved, source: HuggingFaceSource) -> dict[str, Any]:
    """The download, which finds the files of an earlier one and then asks the hub for nothing."""
    return {
        "name": identity.DOWNLOAD,
        "image": resolved.placement.image,
        "imagePullPolicy": "IfNotPresent",
        "command": command(source),
        "env": download_environment(resolved, source),
        "resources": resources(resolved),
        "securityContext": CONFINED,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [each.mount() for each in mounted_by_download(resolved)],
    }


def command(source: HuggingFaceSource) -> list[str]:
    """Words, never a shell's line: what a user has named stays one word. How far it is, it says where the runtime later
    says how it is."""
    to = f"{MODELS}/{model.folder(source)}"
    wanted = ["--repo", source.repo, "--revision", source.revision, "--to", to]
    told = ["--progress-port", str(CONTAINER.control_port)]
    return ["python3", "-m", "modelserver_runtime", "download", *wanted, *told]


def resources(resolved: Resolved) -> dict[str, Any]:
    """What the runtime gets, accelerators aside: a pod asks for the larger of the two, so this costs nothing, and a
    quota refuses containers that state nothing."""
    cpu, limits = resolved.resources.cpu, stored(resolved)
    requests = ({"cpu": cpu.value} if cpu else {}) | limits
    return {key: value for key, value in (("requests", requests), ("limits", limits)) if value}
