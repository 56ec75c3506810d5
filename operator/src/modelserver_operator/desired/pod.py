"""The pod of a server: restricted Pod Security, no token, no links, placed as the class says."""

from __future__ import annotations

from typing import Any

from modelserver_operator.api.classpod import SecurityContext
from modelserver_operator.desired.container import container
from modelserver_operator.desired.download import init_containers
from modelserver_operator.desired.service_account import account_name
from modelserver_operator.desired.volumes import mounted
from modelserver_operator.resolve import Resolved, identity

# The user of vLLM's own images.
DEFAULT_USER = 2000


def pod_template(resolved: Resolved) -> dict[str, Any]:
    """The template of the Deployment's pods."""
    return {"metadata": {"labels": identity.labels(resolved.name)}, "spec": pod_spec(resolved)}


def pod_spec(resolved: Resolved) -> dict[str, Any]:
    """The pod's spec."""
    return {
        # A Service called vllm would put VLLM_PORT=tcp://... into every pod, which the engine takes for its own.
        "enableServiceLinks": False,
        "serviceAccountName": account_name(resolved),
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": resolved.rollout.grace_period_seconds.value,
        "securityContext": security_context(resolved),
        **placement(resolved),
        "topologySpreadConstraints": [
            _spread(resolved, "topology.kubernetes.io/zone"),
            _spread(resolved, "kubernetes.io/hostname"),
        ],
        **init_containers(resolved),
        "containers": [container(resolved)],
        "volumes": [each.volume() for each in mounted(resolved)],
    }


def security_context(resolved: Resolved) -> dict[str, Any]:
    """Who the processes are. Volumes are handed to the group only where they are not its already: large ones take
    minutes."""
    asked = resolved.placement.security_context or SecurityContext()
    user = asked.run_as_user or DEFAULT_USER
    group = asked.run_as_group or user
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": asked.fs_group or group,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def placement(resolved: Resolved) -> dict[str, Any]:
    """What the class says about where and how pods run; what it leaves out is left out."""
    choice = resolved.placement.model_dump(
        by_alias=True,
        exclude_none=True,
        include={
            "node_selector",
            "tolerations",
            "runtime_class_name",
            "priority_class_name",
            "image_pull_secrets",
        },
    )
    return {key: list(value) if isinstance(value, tuple) else value for key, value in choice.items() if value}


def _spread(resolved: Resolved, topology: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": identity.selector(resolved.name)},
    }
