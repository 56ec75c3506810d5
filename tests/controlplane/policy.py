"""Admission policies of the cluster's own, for one test's namespace."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.controlplane.kube import API, Manifest, RefusedError, eventually
from tests.controlplane.world import World

VALIDATING, MUTATING = "ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"


def policy(
    world: World, rule: Manifest, validation: Manifest, *, probe: Callable[[], None]
) -> AbstractContextManager[None]:
    """What the rule names is denied where the validation is false. `probe` does so until it is refused."""
    spec, binding = {"validations": [validation]}, {"validationActions": ["Deny"]}
    return _in_force(VALIDATING, world, rule, spec, binding, probe=lambda: _refused(probe))


def mutation(
    world: World, rule: Manifest, expression: str, *, probe: Callable[[], bool]
) -> AbstractContextManager[None]:
    """What the rule names is changed as the expression says. `probe` tells when it is in force."""
    change = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}
    spec = {"mutations": [change], "reinvocationPolicy": "Never"}
    return _in_force(MUTATING, world, rule, spec, {}, probe=probe)


@contextmanager
def _in_force(
    kind: str, world: World, rule: Manifest, spec: Manifest, binding: Manifest, *, probe: Callable[[], bool]
) -> Iterator[None]:
    """A policy of this kind for what the rule names in the test's namespace, and its binding; afterwards neither."""
    here = {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}
    matched = {"resourceRules": [{"apiVersions": ["v1"]} | rule], "namespaceSelector": here}
    bound = f"{kind}Binding"
    world.kube.apply(_made(kind, world, spec | {"matchConstraints": matched}))
    world.kube.apply(_made(bound, world, binding | {"policyName": world.namespace}))
    try:
        eventually(probe, "the policy is in force")
        yield
    finally:
        for each in (bound, kind):
            world.kube.delete(each, world.namespace)


def _made(kind: str, world: World, spec: Manifest) -> Manifest:
    return {"apiVersion": API[kind], "kind": kind, "metadata": {"name": world.namespace}, "spec": spec}


def _refused(probe: Callable[[], None]) -> bool:
    try:
        probe()
    except RefusedError:
        return True
    return False
