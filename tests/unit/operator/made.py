"""What is made of a ModelServer in tests: the children, and parts of them."""

from __future__ import annotations

from typing import Any

from tests.crd_cases import server, server_class

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.desired import Manifest, Owner, desired
from modelserver_operator.resolve import ASSUMED, Facts, Resolved, resolve

OWNER = Owner("demo", "default", "6ed08dcc")


def resolved(
    of_class: dict[str, Any] | None = None, name: str = "demo", facts: Facts = ASSUMED, **spec: Any
) -> Resolved:
    """A ModelServer with its choices made."""
    outcome = resolve(
        ModelServer.parse(server(name, **spec), strict=True),
        ModelServerClass.parse(server_class(**(of_class or {})), strict=True),
        facts,
    )
    assert isinstance(outcome, Resolved), outcome
    return outcome


def children(of_class: dict[str, Any] | None = None, **spec: Any) -> list[Manifest]:
    """All children, in their order."""
    return desired(resolved(of_class, **spec), OWNER)


def child(kind: str, of_class: dict[str, Any] | None = None, **spec: Any) -> Manifest:
    """The only, or the last, child of a kind."""
    return [manifest for manifest in children(of_class, **spec) if manifest["kind"] == kind][-1]


def kinds(of_class: dict[str, Any] | None = None, **spec: Any) -> list[str]:
    """The children's kinds, in their order."""
    return [manifest["kind"] for manifest in children(of_class, **spec)]


def pod(of_class: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """The spec of the pods."""
    found: dict[str, Any] = child("Deployment", of_class, **spec)["spec"]["template"]["spec"]
    return found


def container(of_class: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """The runtime's container."""
    (only,) = pod(of_class, **spec)["containers"]
    found: dict[str, Any] = only
    return found


def download(of_class: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """The download's container."""
    (only,) = pod(of_class, **spec)["initContainers"]
    found: dict[str, Any] = only
    return found


def values(container: dict[str, Any]) -> dict[str, Any]:
    """The container's environment; no variable stands there twice, which server-side apply would refuse."""
    names = [variable["name"] for variable in container["env"]]
    assert len(names) == len(set(names)), names
    return {variable["name"]: variable.get("value", variable.get("valueFrom")) for variable in container["env"]}
