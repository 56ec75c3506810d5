"""The right to write ModelServers is not the right to run any pod: what tests/attempts lists is refused, all of it."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from tests.attempts import amounts, arguments, hosts, pods, sources
from tests.attempts.attempt import API_SERVER, Attempt, Manifest
from tests.attempts.guarded import ALLOWED, SERVED, guarded
from tests.attempts.powers import REQUESTS, SERVER, Request
from tests.attempts.user import NAME, User
from tests.controlplane.kube import API, Kube, eventually
from tests.controlplane.world import World, owners

NAMESPACE = "attempts"
ATTEMPTS = (*amounts.ATTEMPTS, *arguments.ATTEMPTS, *hosts.ATTEMPTS, *pods.ATTEMPTS, *sources.ATTEMPTS)
AT_ONCE = [attempt for attempt in ATTEMPTS if attempt.by == API_SERVER]
BY_CONDITION = [attempt for attempt in ATTEMPTS if attempt.by != API_SERVER]
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}

pytestmark = pytest.mark.usefixtures("operator")


@pytest.fixture(scope="module")
def corner(kube: Kube) -> Iterator[World]:
    """The user's namespace, with a model in it, and the classes."""
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": RESTRICTED}})
    eventually(lambda: kube.get("ServiceAccount", "default", NAMESPACE), "the namespace can hold pods")
    corner = World(kube, NAMESPACE)
    corner.make_claim()
    for name, spec in guarded(NAMESPACE).items():
        kube.apply(of_kind("ModelServerClass", name, None) | {"spec": spec})
    yield corner
    kube.delete("Namespace", NAMESPACE)
    for name in guarded(NAMESPACE):
        kube.delete("ModelServerClass", name)


def of_kind(kind: str, name: str, namespace: str | None = NAMESPACE) -> Manifest:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": API[kind], "kind": kind, "metadata": metadata}


@pytest.fixture(scope="module")
def user(corner: World) -> User:
    """She has the chart's role for users in her namespace, by a RoleBinding as an administrator would write it."""
    right = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "modelserver-edit"}
    corner.kube.apply(
        of_kind("RoleBinding", "modelservers")
        | {"roleRef": right, "subjects": [{"apiGroup": right["apiGroup"], "kind": "User", "name": NAME}]}
    )
    user = User(corner.kube, NAMESPACE)
    eventually(lambda: created(user.create("plain", SERVED)), "the right is in force")
    return user


def created(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.CREATED


@pytest.fixture(scope="module")
def tried(user: User) -> dict[str, str]:
    """Every attempt that the API server lets through, made at once; the object's name by the attempt's."""
    names = {attempt.name: f"attempt-{number}" for number, attempt in enumerate(BY_CONDITION)}
    for attempt in BY_CONDITION:
        answer = user.create(names[attempt.name], SERVED | attempt.spec)
        assert created(answer), f"{attempt.name}: {answer.text}"
    return names


def test_there_are_enough_attempts_and_no_two_of_one_name() -> None:
    names = [*(attempt.name for attempt in ATTEMPTS), *(request.name for request in REQUESTS)]
    assert len(names) == len(set(names)) >= 40


@pytest.mark.parametrize("number", range(len(ALLOWED)), ids=list(ALLOWED))
def test_what_the_class_allows_is_made(corner: World, user: User, number: int) -> None:
    """Else the refusals below would show nothing."""
    name = f"allowed-{number}"
    assert created(user.create(name, SERVED | list(ALLOWED.values())[number]))
    corner.wait_for(name, "Reconciled", "True")
    assert corner.child("Deployment", name)["spec"]["template"]["spec"]["containers"]


@pytest.mark.parametrize("attempt", AT_ONCE, ids=lambda attempt: attempt.name)
def test_the_api_server_refuses(user: User, attempt: Attempt) -> None:
    answer = user.create("refused", SERVED | attempt.spec)
    assert answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY), answer.text
    assert attempt.says in answer.json()["message"]


@pytest.mark.parametrize("attempt", BY_CONDITION, ids=lambda attempt: attempt.name)
def test_the_operator_refuses(corner: World, tried: dict[str, str], attempt: Attempt) -> None:
    name = tried[attempt.name]
    condition = corner.wait_for(name, "Reconciled", "False", attempt.by)
    assert attempt.says in condition["message"]
    assert "spec." in condition["message"]
    assert corner.children(name) == []
    assert corner.kube.get("ServiceAccount", name, NAMESPACE) is None


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_the_role_gives_no_other_right(user: User, request_: Request) -> None:
    answer = user.send(request_)
    assert answer.status_code == httpx.codes.FORBIDDEN, answer.text
    assert f'"{NAME}" cannot ' in answer.json()["message"]


@pytest.mark.parametrize("replicas", [-1, 1001])
def test_scaling_knows_the_same_bounds(user: User, replicas: int) -> None:
    scale = Request(
        "scale", "PATCH", SERVER + "/scale", {"spec": {"replicas": replicas}}, "application/merge-patch+json"
    )
    answer = user.send(scale)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, answer.text
    assert "spec.replicas" in answer.json()["message"]


STEERING: Manifest = {
    "labels": {
        "app.kubernetes.io/name": "evil",
        "app.kubernetes.io/instance": "plain",
        "app.kubernetes.io/managed-by": "evil",
        "sidecar.example.org/inject": "true",
    },
    "annotations": {
        "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z",
        "modelserver.dev/template": "sha256:0",
        "modelserver.dev/retained-for": "plain",
        "container.apparmor.security.beta.kubernetes.io/server": "unconfined",
    },
    "finalizers": ["example.org/never"],
}


def test_metadata_and_what_the_schema_does_not_know_never_reach_a_pod(corner: World, user: User) -> None:
    """A client may ask for no validation: then unknown fields are pruned, and a status is the operator's to write."""
    config = corner.kube.read("ConfigMap", "kube-root-ca.crt", NAMESPACE)["metadata"]
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": config["name"], "uid": config["uid"]}
    metadata = STEERING | {"ownerReferences": [owner | {"controller": True, "blockOwnerDeletion": True}]}
    status = {"replicas": 7, "classRollout": {"generation": 1, "startedAt": "2026-01-01T00:00:00Z"}}
    asked = SERVED | pods.ASKED_FOR
    answer = user.create("steered", asked, validation="Ignore", metadata=metadata, status=status)
    assert created(answer), answer.text
    try:
        assert "status" not in answer.json()
        assert pods.ASKED_FOR.keys().isdisjoint(answer.json()["spec"])
        corner.wait_for("steered", "Reconciled", "True")
        corner.wait_for("plain", "Reconciled", "True")
        for name in ("steered", "plain"):
            eventually(partial(is_numbered, corner, name), "its controller has written its annotation, too")
        assert deployment(corner, "steered") == deployment(corner, "plain")
        assert owners(corner.child("Deployment", "steered")) == [("ModelServer", "steered")]
    finally:
        corner.kube.patch("ModelServer", "steered", NAMESPACE, {"metadata": {"finalizers": None}})


def is_numbered(corner: World, name: str) -> bool:
    """Whether the Deployment's controller has seen it."""
    return "deployment.kubernetes.io/revision" in corner.child("Deployment", name)["metadata"].get("annotations", {})


def deployment(corner: World, name: str) -> str:
    """What a server's Deployment asks for and is labelled with, in words that do not depend on the server's name."""
    found = corner.child("Deployment", name)
    metadata = {part: found["metadata"].get(part) for part in ("labels", "annotations")}
    text = str({"spec": found["spec"], "metadata": metadata})
    return re.sub(r"\b[0-9a-f]{8,}\b", "HASH", text.replace(name, "NAME"))


CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
DOWNLOADED = {"model": {"huggingFace": {"repo": "org/name"}}, "cache": {"size": "1Gi", "whenDeleted": "Retain"}}
PUT_IN_THE_WAY: dict[str, tuple[Manifest, Manifest]] = {
    "an account": ({"kind": "ServiceAccount", "imagePullSecrets": [{"name": "theirs"}]}, {}),
    "a policy that lets everybody in": ({"kind": "NetworkPolicy", "spec": {"podSelector": {}, "ingress": [{}]}}, {}),
    "a claim": ({"kind": "PersistentVolumeClaim", "spec": CLAIM}, DOWNLOADED),
    "a claim that another server has left": (
        {
            "kind": "PersistentVolumeClaim",
            "metadata": {"annotations": {"modelserver.dev/retained-for": "another"}},
            "spec": CLAIM,
        },
        DOWNLOADED,
    ),
}


@pytest.mark.parametrize("what", PUT_IN_THE_WAY)
def test_an_object_that_waits_for_a_server_of_its_name_is_not_used(corner: World, user: User, what: str) -> None:
    """Somebody with other rights has made it; the server gets no pod that would use it."""
    waiting, spec = PUT_IN_THE_WAY[what]
    server = "taken-" + str(list(PUT_IN_THE_WAY).index(what))
    kind = waiting["kind"]
    name = f"{server}-cache" if kind == "PersistentVolumeClaim" else server
    metadata = of_kind(kind, name)["metadata"] | waiting.get("metadata", {})
    theirs = corner.kube.apply(of_kind(kind, name) | waiting | {"metadata": metadata})
    assert created(user.create(server, SERVED | spec))
    condition = corner.wait_for(server, "Reconciled", "False", "ForeignObject")
    assert f"{kind} {name}" in condition["message"]
    assert corner.children(server) == []
    now = corner.kube.read(kind, name, NAMESPACE)
    assert (now["metadata"].get("labels"), now.get("spec")) == (theirs["metadata"].get("labels"), theirs.get("spec"))


def test_every_pod_is_as_the_class_wants_it(corner: World) -> None:
    """After all of the above: nothing runs but the class's image, without powers."""
    templates = [each["spec"]["template"]["spec"] for each in corner.kube.list("Deployment", NAMESPACE)]
    made = [pod["spec"] for pod in corner.kube.list("Pod", NAMESPACE)]
    assert templates
    for pod in (*templates, *made):
        check(pod)


def check(pod: Any) -> None:
    containers = [*pod["containers"], *pod.get("initContainers", [])]
    assert {container["image"] for container in containers} == {"registry.example.com/runtime:1"}
    assert not {"hostNetwork", "hostPID", "hostIPC", "runtimeClassName", "nodeSelector"} & pod.keys()
    assert not any("hostPath" in volume for volume in pod["volumes"])
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert pod.get("priority", 0) == 0
    for container in containers:
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
