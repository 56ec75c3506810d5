"""Whose the scalers are that were read around a ModelServer, and which of them may be made. Pure."""

from collections.abc import Mapping
from typing import Any

from modelserver_operator.children import Family, Whose, is_model_server, whose
from modelserver_operator.cluster import DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT, Manifest
from modelserver_operator.status import Scalers

KINDS = (HORIZONTAL_POD_AUTOSCALER.name, SCALED_OBJECT.name)


def target_of(scaler: Mapping[str, Any]) -> str | None:
    """The name of the Deployment or ModelServer that it scales; None: it scales something else."""
    target = _target(scaler)
    return str(target.get("name", "")) if _is_deployment(target) or is_model_server(target) else None


def scalers(family: Family) -> Scalers:
    """Those for its pods. Labels say nothing: KEDA copies those of a ScaledObject to what it makes of it."""
    name = family.server["metadata"]["name"]
    found = [each for each in family.members if each["kind"] in KINDS]
    ours = {each["kind"]: each for each in found if whose(each, family.server) is Whose.OURS}
    theirs = [each for each in found if whose(each, family.server) is Whose.FOREIGN]
    objects = {each["metadata"]["name"] for each in theirs if each["kind"] == SCALED_OBJECT.name}
    of_keda = [each for each in theirs if _maker(each) == name and name not in objects]
    others = [each for each in theirs if each not in of_keda and _maker(each) not in objects]
    aimed = [each for each in others if _target(each).get("name") == name]
    return Scalers(
        hpa=ours.get(HORIZONTAL_POD_AUTOSCALER.name),
        scaled_object=ours.get(SCALED_OBJECT.name),
        of_keda=next(iter(of_keda), None),
        on_pods=tuple(sorted(_title(each) for each in aimed if _is_deployment(_target(each)))),
        on_server=tuple(sorted(_title(each) for each in aimed if is_model_server(_target(each)))),
    )


def may_be_made(wanted: Manifest, there: Scalers) -> bool:
    """Whether a child that is wanted would be alone. Two HorizontalPodAutoscalers of the same pods both stand still:
    somebody else's goes on working as long as ours is not there."""
    if wanted["kind"] not in KINDS:
        return True
    if there.on_pods or there.on_server:
        return False
    if wanted["kind"] == SCALED_OBJECT.name:
        return there.hpa is None
    return there.scaled_object is None and there.of_keda is None


def is_scaler(manifest: Manifest) -> bool:
    """Whether it sets a number of pods."""
    return manifest["kind"] in KINDS


def _target(scaler: Mapping[str, Any]) -> Mapping[str, Any]:
    """A ScaledObject need not say that it means a Deployment."""
    usual = {"apiVersion": DEPLOYMENT.api_version, "kind": DEPLOYMENT.name}
    said: Mapping[str, Any] = (scaler.get("spec") or {}).get("scaleTargetRef", {})
    return {**usual, **said}


def _is_deployment(target: Mapping[str, Any]) -> bool:
    group = str(target.get("apiVersion", "")).rpartition("/")[0]
    return (group, target.get("kind")) == (DEPLOYMENT.group, DEPLOYMENT.name)


def _maker(scaler: Manifest) -> str | None:
    """The name of the ScaledObject that a HorizontalPodAutoscaler was made of."""
    for owner in scaler["metadata"].get("ownerReferences") or ():
        group = str(owner.get("apiVersion", "")).rpartition("/")[0]
        if (group, owner.get("kind")) == (SCALED_OBJECT.group, SCALED_OBJECT.name):
            return str(owner["name"])
    return None


def _title(scaler: Manifest) -> str:
    return f"{scaler['kind']} {scaler['metadata']['name']}"
