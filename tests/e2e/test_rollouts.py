"""Whatever takes pods away: no accepted stream is lost, and nobody is refused whom another pod could have served.

Streams go on all the time, over connections that are kept and over fresh ones, and every byte of each is compared.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

import pytest
from tests.e2e import fleet as fleets
from tests.e2e.fleet import ALONE, CLASS, READY, SECONDS, SERVERS, Fleet
from tests.e2e.served import Manifest
from tests.load.load import Load
from tests.waiting import until
from tools.demo import release
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl

LIVE = "modelserver.dev/live"  # what the operator notes at a pod, for its kubelet to look
OPERATORS = ("--namespace", release.NAMESPACE, "-l", "app.kubernetes.io/name=modelserver-operator")
GAP = "replace-1"  # its only pod ends before the next one begins


@pytest.fixture(scope="module")
def fleet(operator: None, cluster: DemoCluster, kubectl: Kubectl, fleet_namespace: str) -> Iterator[Fleet]:
    """All servers, Ready and under load; in the end nothing may have been lost that was open last."""
    servers = [fleets.server(name, *how) for name, how in SERVERS.items()]
    kubectl.apply(fleets.scripted_class(), *servers)
    Fleet(kubectl, Load({}, kept=0, fresh=0)).wait(READY)
    with Load(fleets.questions(cluster, SERVERS), kept=1, fresh=1).running() as load:
        fleet = Fleet(kubectl, load)
        yield fleet
    kubectl.run("delete", "ms", "--all", *fleet.here)
    until(lambda: not kubectl.get("pods", *fleet.here)["items"], SECONDS, "all pods are gone")
    kubectl.run("delete", "msc", CLASS)
    wrong = fleet.wrong()
    assert not wrong, "\n".join(wrong)


def test_another_model_and_an_operator_that_dies_meanwhile(fleet: Fleet, kubectl: Kubectl) -> None:
    before = fleet.uids()
    fleet.patch({"model": fleets.model("two")})
    until(lambda: fleet.uids() != before, SECONDS, "the first new pod")
    kubectl.run("delete", "pods", *OPERATORS, "--grace-period=0", "--force")
    fleet.rolled(before)
    fleet.lost_nothing(in_a_gap=[GAP])


@pytest.mark.long
def test_another_class(fleet: Fleet, kubectl: Kubectl) -> None:
    before = fleet.uids()
    kubectl.apply(fleets.scripted_class(CLASS, ("CHANGED", "yes")))
    generation = kubectl.get("msc", CLASS)["metadata"]["generation"]
    fleet.wait(f"jsonpath={{.status.classGeneration}}={generation}")
    fleet.rolled(before)
    fleet.lost_nothing(in_a_gap=[GAP])


def test_fewer_pods_and_more_again(fleet: Fleet, kubectl: Kubectl) -> None:
    before = fleet.uids()
    many = [name for name in SERVERS if name not in ALONE]
    kubectl.run("scale", "ms", *many, *fleet.here, "--replicas=1")
    fleet.wait("jsonpath={.status.replicas}=1")
    left = fleet.uids()
    assert all(len(uids) == 1 and uids <= before[name] for name, uids in left.items())
    fleet.lost_nothing()
    kubectl.run("scale", "ms", *many, *fleet.here, "--replicas=3")
    fleet.wait("jsonpath={.status.readyReplicas}=3", many)
    assert all(left[name] <= uids for name, uids in fleet.uids().items())
    fleet.lost_nothing()


@pytest.mark.long
def test_a_restart_with_kubectl(fleet: Fleet, kubectl: Kubectl) -> None:
    before = fleet.uids()
    kubectl.run("rollout", "restart", "deployment", *SERVERS, *fleet.here)
    for name in SERVERS:
        kubectl.run("rollout", "status", f"deployment/{name}", *fleet.here, f"--timeout={SECONDS}s")
    fleet.rolled(before)
    fleet.lost_nothing(in_a_gap=[GAP])


@pytest.mark.parametrize("told", [True, pytest.param(False, marks=pytest.mark.long)], ids=["told", "untold"])
def test_a_live_change_replaces_and_restarts_nothing(fleet: Fleet, kubectl: Kubectl, *, told: bool) -> None:
    before, notes, scale = fleet.restarts(), fleet.annotations(LIVE), 0.5 if told else 0.25
    with nullcontext() if told else no_right_to_patch_pods(kubectl):  # then the kubelet looks by itself
        fleet.patch({"emotions": {"variants": [{"name": "calm", "mix": [{"vector": "sadness", "scale": scale}]}]}})
        fleet.wait(READY)
        # Not at each: a kubelet that looks by itself may be sooner on a busy machine.
        assert any(note not in notes for note in fleet.annotations(LIVE)) == told
    mixes = [fleets.stats(pod)["emotions"]["variants"] for pods in fleet.pods().values() for pod in pods]
    assert mixes == [{"calm": f"sadness={scale:.2f}"}] * len(before)
    assert fleet.restarts() == before
    fleet.lost_nothing()


@contextmanager
def no_right_to_patch_pods(kubectl: Kubectl) -> Iterator[None]:
    """Until the block ends, the operator may not."""
    role = next(each for each in kubectl.get("clusterroles")["items"] if may_patch_pods(each))
    give(kubectl, role, [without_patch(rule) if patches_pods(rule) else rule for rule in role["rules"]])
    until(lambda: not allowed(kubectl), SECONDS, "the operator may not patch pods")
    try:
        yield
    finally:
        give(kubectl, role, role["rules"])
    until(lambda: allowed(kubectl), SECONDS, "the operator may patch pods again")


def allowed(kubectl: Kubectl) -> bool:
    """Whether the operator may patch pods, as the API server knows it now: it hears of a changed role by a watch."""
    operator = kubectl.get("pods", *OPERATORS)["items"][0]
    user = f"system:serviceaccount:{release.NAMESPACE}:{operator['spec']['serviceAccountName']}"
    asked = {"user": user, "resourceAttributes": {"verb": "patch", "resource": "pods"}}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": asked}
    answer = kubectl.run("create", "-f", "-", "-o", "json", stdin=json.dumps(review))
    return bool(json.loads(answer)["status"]["allowed"])


def may_patch_pods(role: Manifest) -> bool:
    """Whether this is the operator's role that lets it."""
    return role["metadata"]["name"].startswith(release.RELEASE) and any(map(patches_pods, role.get("rules") or ()))


def patches_pods(rule: Manifest) -> bool:
    """Whether the rule is what lets it."""
    return "pods" in rule.get("resources", ()) and "patch" in rule["verbs"]


def without_patch(rule: Manifest) -> Manifest:
    """The same rule for those who may only look."""
    return rule | {"verbs": [verb for verb in rule["verbs"] if verb != "patch"]}


def give(kubectl: Kubectl, role: Manifest, rules: list[Manifest]) -> None:
    """Let the role have these rules."""
    change = json.dumps({"rules": rules})
    kubectl.run("patch", "clusterrole", role["metadata"]["name"], "--type=merge", "--patch", change)


@pytest.mark.long
def test_an_old_pod_that_restarts_in_a_rollout_keeps_its_start_config(fleet: Fleet, kubectl: Kubectl) -> None:
    (old,) = fleet.pods()["surge-1"]
    was = fleets.stats(old)["in_force"]["engine"]["maxContextTokens"]
    with cordoned(kubectl):  # so that the new pod waits
        fleet.patch({"engine": {"maxContextTokens": was - 1}}, ["surge-1"])
        until(lambda: len(fleet.pods()["surge-1"]) == 2, SECONDS, "the new pod")
        end = "import os; os.kill(1, 15)"
        kubectl.run("exec", old["metadata"]["name"], *fleet.here, "--", "python3", "-c", end)
        until(lambda: fleet.restarts().get(old["metadata"]["uid"]), SECONDS, "its container has been started again")
        until(lambda: any(map(fleets.ready, fleet.pods()["surge-1"])), SECONDS, "it serves")
        assert fleets.stats(old)["in_force"]["engine"]["maxContextTokens"] == was
    fleet.rolled({name: {old["metadata"]["uid"]} if name == "surge-1" else set() for name in SERVERS})
    (new,) = fleet.pods()["surge-1"]
    assert fleets.stats(new)["in_force"]["engine"]["maxContextTokens"] == was - 1
    fleet.lost_nothing(in_a_gap=["surge-1"])


@pytest.mark.long
def test_a_drained_node(fleet: Fleet, kubectl: Kubectl) -> None:
    """There is no other node: until this one takes pods again, those that went are missing."""
    before = fleet.uids()
    ours = f"--pod-selector=app.kubernetes.io/instance in ({','.join(SERVERS)})"
    drain = ("drain", node(kubectl), ours, "--delete-emptydir-data", f"--timeout={SECONDS}s")
    with ThreadPoolExecutor(1) as pool:
        with cordoned(kubectl):
            drained = pool.submit(kubectl.run, *drain)
            until(lambda: not fleet.still_there(before, ALONE), SECONDS, "those that were alone have ended")
        drained.result()
    fleet.rolled(before)
    fleet.lost_nothing(in_a_gap=ALONE)


@contextmanager
def cordoned(kubectl: Kubectl) -> Iterator[None]:
    """Until the block ends, no pod finds a place."""
    kubectl.run("cordon", node(kubectl))
    try:
        yield
    finally:
        kubectl.run("uncordon", node(kubectl))


def node(kubectl: Kubectl) -> str:
    """The name of the one that there is."""
    (only,) = kubectl.get("nodes")["items"]
    name: str = only["metadata"]["name"]
    return name
