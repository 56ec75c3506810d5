"""ModelServerClasses that are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.crd_cases.objects import Case, server_class, volume


def _refused() -> Iterator[Case]:
    yield Case("no image", server_class(image=""), "spec.image")
    yield Case("an image of a class with a blank", server_class(image="a b"), "spec.image")
    yield Case("an unknown device", server_class(device="Gpu"), "spec.device")
    yield Case("cuda without an accelerator", server_class(device="Cuda"), "accelerator must be set")
    yield Case("a capability in words", server_class(accelerator=_capable("ampere")), "computeCapability")
    yield Case("a quantity in words", server_class(resources={"memory": "lots"}), "spec.resources.memory")
    yield Case("a volume over ours", server_class(volumes=[volume("/models")]), "may not hide a folder")
    yield Case("a volume inside ours", server_class(volumes=[volume("/tmp/x")]), "may not hide a folder")
    yield Case("a volume around ours", server_class(volumes=[volume("/var/cache")]), "may not hide a folder")
    yield Case("root", server_class(securityContext={"runAsUser": 0}), "runAsUser")
    yield Case("a variable twice", server_class(environment=[{"name": "A"}, {"name": "A"}]), "spec.environment")
    yield Case("an unknown source", server_class(allowed={"sources": ["Git"]}), "spec.allowed.sources")
    yield Case("a fixed option with dashes", server_class(engine={"arguments": {"--seed": ""}}), "engine.arguments")
    yield Case("a suffix without a dot", server_class(allowed={"hosts": ["*example.com"]}), "spec.allowed.hosts[0]")
    yield Case("a star in the middle", server_class(allowed={"hosts": ["a.*.com"]}), "spec.allowed.hosts[0]")
    yield Case("a host twice", server_class(allowed={"hosts": ["a.test", "a.test"]}), "spec.allowed.hosts")
    yield Case("an annotation with a blank", server_class(ingress={"annotations": {"a b": ""}}), "ingress.annotations")
    yield Case("a monitor label in two words", server_class(monitorLabels={"release": "a b"}), "monitorLabels.release")
    yield Case("no rollouts", server_class(maxConcurrentRollouts=0), "spec.maxConcurrentRollouts")
    yield Case("no template", server_class(templateRevision=0), "spec.templateRevision")


def _capable(capability: str) -> dict[str, Any]:
    return {"resourceName": "nvidia.com/gpu", "computeCapability": capability}


REFUSED_CLASSES: tuple[Case, ...] = tuple(_refused())
