"""What a class or a cluster does not give: refused, with the field and the class named."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.resolving import outcome, refused, resolved

from modelserver_operator.api import ModelServerClass, Reason
from modelserver_operator.resolve import ASSUMED, Facts, Resolved, check_class
from modelserver_operator.resolve.hosts import covers

HUB = {"model": {"huggingFace": {"repo": "org/name"}}}
IMAGE = {"model": {"image": {"reference": "registry.example.com/model:1"}}}
CLAIM: dict[str, Any] = {}


def ingress(host: str) -> dict[str, Any]:
    """A server that asks for an Ingress of that host."""
    return {"expose": {"ingress": {"host": host}}}


def route(*hosts: str) -> dict[str, Any]:
    """A server that asks for an HTTPRoute of these hosts."""
    return {"expose": {"httpRoute": {"parentRefs": [{"name": "gateway"}], "hostnames": list(hosts)}}}


def hosts(*allowed: str) -> dict[str, Any]:
    """A class that allows these hosts."""
    return {"allowed": {"hosts": list(allowed)}}


@pytest.mark.parametrize(
    ("spec", "allowed", "field"),
    [
        (CLAIM, ["HuggingFace", "Image"], "spec.model.persistentVolumeClaim"),
        (HUB, ["PersistentVolumeClaim", "Image"], "spec.model.huggingFace"),
        (IMAGE, ["PersistentVolumeClaim", "HuggingFace"], "spec.model.image"),
    ],
)
def test_a_source_that_is_not_listed(spec: dict[str, Any], allowed: list[str], field: str) -> None:
    refusal = refused(spec, {"allowed": {"sources": allowed}})
    assert (refusal.reason, refusal.field) == (Reason.FORBIDDEN_BY_CLASS, field)
    assert refusal.message.startswith(f"Class small allows models from {', '.join(allowed)}, not from ")


@pytest.mark.parametrize("spec", [CLAIM, HUB, IMAGE])
def test_a_class_that_lists_no_source_allows_all(spec: dict[str, Any]) -> None:
    assert isinstance(outcome(spec), Resolved)


@pytest.mark.parametrize(
    ("spec", "of_class", "says", "field"),
    [
        (
            ingress("a.example.com"),
            {},
            "the host a.example.com; it allows none (allowed.hosts).",
            "spec.expose.ingress.host",
        ),
        (
            ingress("a.example.com"),
            hosts("b.example.com", "*.test"),
            "does not allow the host a.example.com; it allows b.example.com, *.test (allowed.hosts).",
            "spec.expose.ingress.host",
        ),
        (ingress("example.com"), hosts("*.example.com"), "example.com", "spec.expose.ingress.host"),
        (ingress("badexample.com"), hosts("*.example.com"), "badexample.com", "spec.expose.ingress.host"),
        (
            route("a.example.com", "b.example.com"),
            hosts("a.example.com"),
            "the host b.example.com",
            "spec.expose.httpRoute.hostnames[1]",
        ),
    ],
)
def test_a_host_that_is_not_listed(spec: dict[str, Any], of_class: dict[str, Any], says: str, field: str) -> None:
    refusal = refused(spec, of_class)
    assert (refusal.reason, refusal.field) == (Reason.FORBIDDEN_BY_CLASS, field)
    assert says in refusal.message
    assert "Class small" in refusal.message


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("a.example.com", "a.example.com", True),
        ("a.example.com", "b.a.example.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "b.a.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "aexample.com", False),
        ("*", "a.example.com", True),
    ],
)
def test_what_a_pattern_covers(pattern: str, host: str, covered: bool) -> None:
    assert covers(pattern, host) is covered


def test_an_allowed_host_is_exposed() -> None:
    expose = resolved(ingress("a.example.com"), hosts("*.example.com")).expose
    assert expose is not None
    assert expose.ingress is not None


@pytest.mark.parametrize(("version", "accepted"), [((1, 32), False), ((1, 33), True), ((2, 0), True), (None, True)])
def test_a_model_in_an_image_needs_a_cluster_that_mounts_images(
    version: tuple[int, int] | None, accepted: bool
) -> None:
    facts = Facts(kinds=ASSUMED.kinds, kubernetes=version)
    if accepted:
        assert isinstance(outcome(IMAGE, facts=facts), Resolved)
        return
    refusal = refused(IMAGE, facts=facts)
    assert (refusal.reason, refusal.field) == (Reason.KUBERNETES_TOO_OLD, "spec.model.image")
    assert "needs Kubernetes 1.33, and this cluster has 1.32" in refusal.message


def test_other_sources_need_no_newer_cluster() -> None:
    assert isinstance(outcome(HUB, facts=Facts(kinds=frozenset(), kubernetes=(1, 30))), Resolved)


@pytest.mark.parametrize(
    ("of_class", "says", "field"),
    [
        ({"engine": {"arguments": {"port": "1"}}}, "fixes the option port, which", "spec.engine.arguments.port"),
        (
            {"engine": {"allowedArguments": [{"name": "seed"}, {"name": "x", "pattern": "["}]}},
            "allows x by a pattern that cannot be read",
            "spec.engine.allowedArguments[1].pattern",
        ),
        ({"templateRevision": 2}, "templateRevision 2, and this operator knows 1", "spec.templateRevision"),
    ],
)
def test_a_class_that_makes_no_sense(of_class: dict[str, Any], says: str, field: str) -> None:
    """The platform team is told the class's field, the application team that the class is at fault."""
    refusal = refused({}, of_class)
    assert (refusal.reason, refusal.field) == (Reason.CLASS_INVALID, "spec.className")
    assert says in refusal.message
    manifest = {
        "apiVersion": "modelserver.dev/v1alpha1",
        "kind": "ModelServerClass",
        "metadata": {"name": "small"},
        "spec": {"image": "runtime:1", "device": "Cpu", **of_class},
    }
    problem = check_class(ModelServerClass.parse(manifest, strict=True))
    assert problem is not None
    assert (problem.field, problem.message) == (field, refusal.message)
