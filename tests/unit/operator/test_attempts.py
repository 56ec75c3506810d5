"""What the API server and the operator refuse of tests/attempts the command line refuses too, before it gets there."""

import pytest
from tests.attempts import amounts, arguments, hosts, pods, sources
from tests.attempts.attempt import API_SERVER, CLASS, Attempt, Manifest
from tests.attempts.guarded import ALLOWED, CLASS_NAME, SERVED, guarded

from modelserver_operator.api import InvalidObject, ModelServer, ModelServerClass
from modelserver_operator.resolve import ASSUMED, Refusal, resolve

NAMESPACE = "attempts"
ATTEMPTS = (*amounts.ATTEMPTS, *arguments.ATTEMPTS, *hosts.ATTEMPTS, *pods.ATTEMPTS, *sources.ATTEMPTS)
API = "modelserver.dev/v1alpha1"


def server(spec: Manifest) -> Manifest:
    metadata = {"name": "demo", "namespace": NAMESPACE}
    return {"apiVersion": API, "kind": "ModelServer", "metadata": metadata, "spec": SERVED | spec}


def server_class(name: str) -> ModelServerClass:
    spec = guarded(NAMESPACE)[name]
    manifest = {"apiVersion": API, "kind": "ModelServerClass", "metadata": {"name": name}, "spec": spec}
    return ModelServerClass.parse(manifest, strict=True)


@pytest.mark.parametrize("attempt", [a for a in ATTEMPTS if a.by == API_SERVER], ids=lambda attempt: attempt.name)
def test_what_the_api_server_refuses_does_not_parse(attempt: Attempt) -> None:
    with pytest.raises(InvalidObject):
        ModelServer.parse(server(attempt.spec), strict=True)


@pytest.mark.parametrize("attempt", [a for a in ATTEMPTS if a.by == CLASS], ids=lambda attempt: attempt.name)
def test_what_the_operator_refuses_is_refused_with_the_field(attempt: Attempt) -> None:
    parsed = ModelServer.parse(server(attempt.spec), strict=True)
    refusal = resolve(parsed, server_class(parsed.spec.class_name), ASSUMED)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, attempt.says in refusal.message) == (CLASS, True), refusal
    assert refusal.field.startswith("spec.")


@pytest.mark.parametrize("spec", ALLOWED.values(), ids=ALLOWED)
def test_what_the_class_allows_is_not(spec: Manifest) -> None:
    parsed = ModelServer.parse(server(spec), strict=True)
    assert not isinstance(resolve(parsed, server_class(CLASS_NAME), ASSUMED), Refusal)
