"""Whether one pod could run where another does. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from modelserver_operator.fields import number

Spec = Mapping[str, Any]

# What decides where a pod may run, beside the amounts that it asks for.
WHERE = ("affinity", "nodeSelector", "priorityClassName", "runtimeClassName", "schedulerName", "tolerations")


def asks_no_more(new: Spec, old: Spec) -> bool:
    """Whether a pod of the one spec has room where one of the other has had it."""
    had = _amounts(old)
    same_nodes = all(new.get(name) == old.get(name) for name in WHERE) and _claims(new) <= _claims(old)
    return same_nodes and all(amount <= had.get(name, 0) for name, amount in _amounts(new).items())


def _claims(spec: Spec) -> set[str]:
    """The volumes that are not everywhere."""
    mounted = (each.get("persistentVolumeClaim") for each in spec.get("volumes") or ())
    return {claim["claimName"] for claim in mounted if claim}


def _amounts(spec: Spec) -> dict[str, Decimal]:
    """What a pod asks for of each resource: its containers together, or as much as the largest that runs before."""
    amounts: dict[str, Decimal] = {}
    for container in spec.get("containers", ()):
        for name, amount in _requests(container).items():
            amounts[name] = amounts.get(name, Decimal(0)) + amount
    for container in spec.get("initContainers", ()):
        for name, amount in _requests(container).items():
            amounts[name] = max(amounts.get(name, Decimal(0)), amount)
    return amounts


def _requests(container: Spec) -> dict[str, Decimal]:
    asked = container.get("resources", {}).get("requests", {})
    return {name: number(text) or Decimal(0) for name, text in asked.items()}
