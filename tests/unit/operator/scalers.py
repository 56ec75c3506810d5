"""Scalers as the API server gives them: HorizontalPodAutoscalers, ours, KEDA's and others', and ScaledObjects."""

from __future__ import annotations

from typing import Any

HPA, SCALED_OBJECT = "HorizontalPodAutoscaler", "ScaledObject"
SERVER = {"metadata": {"name": "demo", "namespace": "team", "uid": "now"}}
OURS = {
    "apiVersion": "modelserver.dev/v1alpha1",
    "kind": "ModelServer",
    "name": "demo",
    "uid": "now",
    "controller": True,
}
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo"}
MODEL_SERVER = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServer", "name": "demo"}


def of_keda(name: str, uid: str = "scaled-object") -> dict[str, Any]:
    """The owner reference of what KEDA makes of a ScaledObject."""
    return {"apiVersion": "keda.sh/v1alpha1", "kind": SCALED_OBJECT, "name": name, "uid": uid, "controller": True}


def scaler(
    kind: str = HPA,
    name: str = "demo",
    *,
    owner: dict[str, Any] | None = OURS,
    target: dict[str, Any] = DEPLOYMENT,
    **metadata: Any,
) -> dict[str, Any]:
    """A scaler; without an owner it is somebody's own."""
    owned = {"ownerReferences": [owner]} if owner else {}
    of = {"apiVersion": "autoscaling/v2" if kind == HPA else "keda.sh/v1alpha1", "kind": kind}
    named = {"name": name, "namespace": "team", "uid": f"{kind}-{name}"}
    return {**of, "metadata": {**named, **owned, **metadata}, "spec": {"scaleTargetRef": target}}


def conditions(**answers: str) -> list[dict[str, str]]:
    """Conditions of one word each: True, or the reason why not; `True/Reason` for both."""
    found = []
    for kind, word in answers.items():
        status, _, reason = word.partition("/")
        holds = status in ("True", "False")
        found.append(
            {"type": kind, "status": status if holds else "False", "reason": reason or word, "message": "Why."}
        )
    return found


def at_work(desired: int = 3, *, asked: bool = True, **answers: str) -> dict[str, Any]:
    """Our HorizontalPodAutoscaler that has looked; `asked`: for the load. A pod's share is nonsense while there is
    none."""
    current = {"averageValue": "-9223372036854775808m"}
    metrics = [{"type": "Object", "object": {"current": current}}] if asked else []
    usual = {
        "AbleToScale": "True/ReadyForNewScale",
        "ScalingActive": "True",
        "ScalingLimited": "False/DesiredWithinRange",
    }
    status = {
        "desiredReplicas": desired,
        "currentMetrics": metrics,
        "conditions": conditions(**(usual | answers)),
    }
    found = scaler() | {"status": status}
    found["spec"] |= {"minReplicas": 1, "maxReplicas": 4}
    return found
