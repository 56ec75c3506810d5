"""Admission policies of the cluster's own, for one test's namespace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.controlplane.kube import API, Manifest, RefusedError, eventually
from tests.controlplane.world import World

KIND, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
MUTATION, MUTATION_BINDING = "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"


@contextmanager
def policy(world: World, rule: Manifest, validation: Manifest, *, probe: Callable[[], None]) -> Iterator[None]:
    """What the rule names is denied where the validation is false. `probe` does so until it is refused."""
    here = {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}
    constraints = {"resourceRules": [{"apiVersions": ["v1"]} | rule], "namespaceSelector": here}
    world.kube.apply(_made(KIND, world, {"matchConstraints": constraints, "validations": [validation]}))
    world.kube.apply(_made(BINDING, world, {"policyName": world.namespace, "validationActions": ["Deny"]}))
    try:
        eventually(lambda: _refused(probe), "the policy is in force")
        yield
    finally:
        for kind in (BINDING, KIND):
            world.kube.delete(kind, world.namespace)


def _made(kind: str, world: World, spec: Manifest) -> Manifest:
    return {"apiVersion": API[kind], "kind": kind, "metadata": {"name": world.namespace}, "spec": spec}


def _refused(probe: Callable[[], None]) -> bool:
    try:
        probe()
    except RefusedError:
        return True
    return False


@contextmanager
def mutation(world: World, rule: Manifest, expression: str, *, probe: Callable[[], bool]) -> Iterator[None]:
    """What the rule names is changed as the expression says. `probe` tells when it is in force."""
    here = {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}
    constraints = {"resourceRules": [{"apiVersions": ["v1"]} | rule], "namespaceSelector": here}
    change = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}
    spec = {"matchConstraints": constraints, "mutations": [change], "reinvocationPolicy": "Never"}
    world.kube.apply(_made(MUTATION, world, spec))
    world.kube.apply(_made(MUTATION_BINDING, world, {"policyName": world.namespace}))
    try:
        eventually(probe, "the policy is in force")
        yield
    finally:
        for kind in (MUTATION_BINDING, MUTATION):
            world.kube.delete(kind, world.namespace)
