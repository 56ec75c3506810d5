"""The container that serves: the runtime, and when the kubelet may take it for started, ready and alive."""

from __future__ import annotations

import math
from typing import Any

from modelserver_operator.desired.environment import environment
from modelserver_operator.desired.volumes import mounted
from modelserver_operator.resolve import Resolved, identity
from modelserver_operator.resolve.rollout import GIVEN_UP_SECONDS

COMMAND = ["python3", "-m", "modelserver_runtime", "serve", "--config", "/etc/modelserver/start/start.yaml"]
# What restricted Pod Security asks of a container, and nothing to write to but the volumes.
CONFINED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
# Asking costs nothing (a thread of its own answers), and a server that has loaded should not wait for the next look.
STARTUP_PERIOD_SECONDS = 2


def container(resolved: Resolved) -> dict[str, Any]:
    """The runtime's container."""
    return {
        "name": identity.RUNTIME,
        "image": resolved.placement.image,
        "imagePullPolicy": "IfNotPresent",
        "command": COMMAND,
        "env": environment(resolved),
        "ports": [
            {"name": "http", "containerPort": 8000, "protocol": "TCP"},
            {"name": identity.CONTROL, "containerPort": 9000, "protocol": "TCP"},
        ],
        **probes(resolved),
        "resources": resources(resolved),
        "securityContext": CONFINED,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [each.mount() for each in mounted(resolved)],
    }


def probes(resolved: Resolved) -> dict[str, Any]:
    """The startup probe's failures add up to the startup budget; only then do the others begin."""
    budget = resolved.rollout.startup_timeout_seconds.value
    return {
        "startupProbe": {
            **_asks("/startupz"),
            "periodSeconds": STARTUP_PERIOD_SECONDS,
            "failureThreshold": math.ceil(budget / STARTUP_PERIOD_SECONDS),
            "terminationGracePeriodSeconds": GIVEN_UP_SECONDS,
        },
        "readinessProbe": {**_asks("/readyz"), "periodSeconds": 5, "timeoutSeconds": 3, "failureThreshold": 2},
        "livenessProbe": {
            **_asks("/livez"),
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
            "terminationGracePeriodSeconds": GIVEN_UP_SECONDS,
        },
    }


def resources(resolved: Resolved) -> dict[str, Any]:
    """Memory and storage are limited to what is requested, so that a leak ends one pod and not the node; cpu is not:
    a limit would stall the engine while the node idles."""
    total, accelerator, limits = resolved.resources, resolved.placement.accelerator, stored(resolved)
    requests = ({"cpu": total.cpu.value} if total.cpu else {}) | limits
    if accelerator:
        limits = {**limits, accelerator.resource_name: str(total.units.value)}
    return {key: value for key, value in (("requests", requests), ("limits", limits)) if value}


def stored(resolved: Resolved) -> dict[str, str]:
    """The memory and the storage that a container may fill."""
    total = resolved.resources
    asked = {"memory": total.memory, "ephemeral-storage": total.ephemeral_storage}
    return {name: quantity.value for name, quantity in asked.items() if quantity}


def _asks(path: str) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": identity.CONTROL, "scheme": "HTTP"}}
