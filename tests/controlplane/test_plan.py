"""`modelserver plan --cluster` with the rights of an application team: it tells what would be, and stores nothing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import Operator, account
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster

from modelserver_operator.cli import main
from modelserver_operator.cli.plan.differences import cleaned

HOST = {"ingress": {"host": "demo.test"}}
OPEN: Manifest = {"allowed": {"hosts": ["*.test"]}}


@pytest.fixture(scope="module")
def as_user(kube: Kube, cluster: Cluster, shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes the kubeconfig of somebody who has one of Kubernetes' own roles in the namespace, and no other rights."""
    folder = tmp_path_factory.mktemp("users")

    def make(role: str) -> Path:
        namespace = shared_world.namespace
        kube.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": role, "namespace": namespace}})
        kube.apply(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": {"name": role, "namespace": namespace},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"kind": "ServiceAccount", "name": role, "namespace": namespace}],
            }
        )
        user = f"system:serviceaccount:{namespace}:{role}"
        wanted = {"group": "modelserver.dev", "resource": "modelservers", "verb": "get", "namespace": namespace}
        eventually(lambda: kube.allows(user, **wanted), "the role counts, with what the chart adds to it")
        return account(kube, cluster.kubeconfig, folder, namespace, role)

    return make


@pytest.fixture(scope="module")
def editor(as_user: Callable[[str], Path]) -> Path:
    return as_user("edit")


@pytest.fixture(scope="module")
def served(operator: Operator, shared_world: World) -> World:
    """A ModelServer that is Ready, of a class that lets it have an Ingress."""
    shared_world.make_class(**OPEN)
    shared_world.make_server(expose=HOST)
    shared_world.wait_for("demo", "Ready", "True")
    return shared_world


@pytest.fixture
def unchanged(served: World) -> Iterator[None]:
    """Nothing of the server is another afterwards."""
    before = stored(served)
    yield
    assert stored(served) == before


def stored(world: World) -> list[Manifest]:
    """The ModelServer and its children, but for what controllers write of them while time goes by."""
    return [cleaned(each) for each in (world.server(), *world.made())]


class Planned:
    """What the command has printed of one ModelServer."""

    def __init__(self, result: Result) -> None:
        assert result.stdout, result.output
        self.exit_code = result.exit_code
        self.whole: Manifest = json.loads(result.stdout)
        self.server: Manifest = next(iter(self.whole["servers"]), {})

    def changes(self, *kinds: str) -> list[tuple[str, str]]:
        found = [self.server["stored"], *self.server["children"]]
        return [(each["kind"], each["change"]) for each in found if not kinds or each["kind"] in kinds]

    def child(self, kind: str) -> Manifest:
        return next(each for each in [self.server["stored"], *self.server["children"]] if each["kind"] == kind)


def run(kubeconfig: Path, folder: Path, *manifests: Manifest, output: str = "json") -> Result:
    file = folder / "demo.yaml"
    file.write_text(yaml.safe_dump_all(manifests))
    way = ["--kubeconfig", str(kubeconfig), "--offline"]  # no hub is asked
    return CliRunner().invoke(main, ["plan", "-f", str(file), *way, "-o", output])


@pytest.mark.usefixtures("unchanged")
def test_what_is_applied_does_not_differ(served: World, editor: Path, tmp_path: Path) -> None:
    planned = Planned(run(editor, tmp_path, served.server_manifest(expose=HOST)))
    assert planned.exit_code == 0, planned.whole
    assert {change for _, change in planned.changes()} == {"Unchanged"}, planned.server["children"]
    assert {kind for kind, _ in planned.changes()} >= {"ModelServer", "Deployment", "NetworkPolicy", "Ingress"}
    assert planned.server["rollout"]["rolls"] is False
    assert planned.server["basis"]["classFrom"] == "the cluster's, generation 1"
    assert "Kubernetes 1." in planned.server["basis"]["cluster"]


@pytest.mark.usefixtures("unchanged")
def test_a_change_that_replaces_pods(served: World, editor: Path, tmp_path: Path) -> None:
    changed = served.server_manifest(expose=HOST, engine={"maxContextTokens": 8192}, replicas=2)
    planned = Planned(run(editor, tmp_path, changed))
    assert planned.exit_code == 0
    assert planned.changes("ModelServer", "Deployment", "Service", "ConfigMap") == [
        ("ModelServer", "Changed"),
        ("ConfigMap", "New"),
        ("ConfigMap", "New"),
        ("Deployment", "Changed"),
        ("Service", "Unchanged"),
    ]
    assert "+    maxContextTokens: 8192" in planned.child("ModelServer")["diff"].splitlines()
    assert "+  replicas: 2" in planned.child("Deployment")["diff"].splitlines()
    assert "kind: Deployment" not in planned.child("Deployment")["diff"], "keys that stand elsewhere are no difference"
    rollout = planned.server["rollout"]
    assert (rollout["rolls"], rollout["pods"], rollout["turn"]) == (True, 1, "it waits for no other server")
    assert rollout["because"] == [{"field": "engine.maxContextTokens", "before": 4096, "after": 8192}]
    assert rollout["live"] == [{"field": "replicas", "before": 1, "after": 2}]
    text = run(editor, tmp_path, changed, output="text").stdout
    assert "1 pod would be replaced" in text
    assert "engine.maxContextTokens   4096   8192" in text


def test_a_scaler_keeps_its_number_and_its_source(served: World, editor: Path, tmp_path: Path) -> None:
    """Who tells the scaler may not be read here, and its number stands in no file."""
    spec = {"autoscaling": {"minReplicas": 1, "maxReplicas": 4}}
    served.make_server("scaled", **spec)
    served.wait_for("scaled", "Reconciled", "True")
    served.kube.patch("Deployment", "scaled", served.namespace, {"spec": {"replicas": 3}}, subresource="scale")
    planned = Planned(run(editor, tmp_path, served.server_manifest("scaled", **spec)))
    assert {change for _, change in planned.changes()} == {"Unchanged"}, planned.server["children"]
    assert planned.changes("HorizontalPodAutoscaler")
    (chosen,) = [each["value"] for each in planned.server["effective"] if each["name"] == "autoscaling.source"]
    assert chosen == served.server("scaled")["status"]["autoscaling"]["source"]


@pytest.mark.usefixtures("unchanged")
def test_what_would_be_removed(served: World, editor: Path, tmp_path: Path) -> None:
    planned = Planned(run(editor, tmp_path, served.server_manifest()))
    assert planned.changes("Ingress", "Deployment") == [("Deployment", "Unchanged"), ("Ingress", "Removed")]
    assert planned.server["rollout"]["rolls"] is False


@pytest.mark.usefixtures("unchanged")
def test_a_class_that_is_not_applied_yet(served: World, editor: Path, tmp_path: Path) -> None:
    newer = served.kube.read("ModelServerClass", served.namespace)
    newer = {key: newer[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": {"name": served.namespace}}
    server = served.server_manifest(expose=HOST)
    same = Planned(run(editor, tmp_path, server, newer))
    assert same.server["basis"]["classFrom"].endswith("demo.yaml, as the cluster has it")
    assert same.server["rollout"]["rolls"] is False
    newer["spec"]["image"] = "registry.example.com/runtime:2"
    planned = Planned(run(editor, tmp_path, server, newer))
    assert planned.server["basis"]["classFrom"].endswith("not applied yet: the cluster's is another")
    rollout = planned.server["rollout"]
    assert [(each["field"], each["after"]) for each in rollout["because"]] == [
        ("pod.spec.containers[runtime].image", "registry.example.com/runtime:2")
    ]
    assert rollout["turn"].startswith("it has not asked for this itself, so it waits for its turn")
    (told,) = planned.whole["classes"]  # which an application team may read and not change
    assert told["stored"]["change"] == "Unknown"
    assert "cannot patch resource" in told["stored"]["note"]
    assert "may not be read" in told["note"]  # whom else it would change: all namespaces' ModelServers


@pytest.mark.usefixtures("unchanged")
def test_whom_a_class_would_change(served: World, cluster: Cluster, tmp_path: Path) -> None:
    """The platform team asks, whose files hold the class alone."""
    newer = served.kube.read("ModelServerClass", served.namespace)
    newer = {key: newer[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": {"name": served.namespace}}
    same = Planned(run(cluster.kubeconfig, tmp_path, newer))
    assert (same.whole["classes"][0]["stored"]["change"], same.whole["classes"][0]["servers"]) == ("Unchanged", [])
    newer["spec"]["image"] = "registry.example.com/runtime:2"
    (told,) = Planned(run(cluster.kubeconfig, tmp_path, newer)).whole["classes"]
    assert "+  image: registry.example.com/runtime:2" in told["stored"]["diff"].splitlines()
    assert {"namespace": served.namespace, "name": "demo", "pods": 1, "rolls": True, "problems": []} in told["servers"]
    newer["spec"]["allowed"] = {"hosts": ["other.test"]}
    refusing = run(cluster.kubeconfig, tmp_path, newer, output="text")
    assert refusing.exit_code == 1
    assert "refused: spec.expose.ingress.host" in refusing.stdout


@pytest.mark.usefixtures("unchanged")
def test_who_may_only_look_is_told_what_could_not_be_tried(
    served: World, as_user: Callable[[str], Path], tmp_path: Path
) -> None:
    planned = Planned(run(as_user("view"), tmp_path, served.server_manifest(expose=HOST, replicas=2)))
    assert planned.exit_code == 0
    assert planned.changes("ModelServer", "Deployment", "Service") == [
        ("ModelServer", "Unknown"),
        ("Deployment", "Unknown"),
        ("Service", "Unchanged"),
    ]
    note = planned.child("Deployment")["note"]
    assert "cannot patch resource" in note
    assert note.endswith("it would change spec.replicas")


@pytest.mark.usefixtures("unchanged")
def test_who_may_only_have_models_served_is_told_what_may_not_be_read(
    served: World, as_user: Callable[[str], Path], tmp_path: Path
) -> None:
    changed = served.server_manifest(expose=HOST, engine={"maxContextTokens": 8192})
    planned = Planned(run(as_user("modelserver-view"), tmp_path, changed))
    assert (planned.exit_code, {change for _, change in planned.changes()}) == (0, {"Unknown"})
    assert "cannot get resource" in planned.child("Deployment")["note"]
    rollout = planned.server["rollout"]
    assert rollout["rolls"] is None
    assert rollout["note"].startswith("whether pods would be replaced is not known")
    assert [each for each in planned.server["engineArguments"] if each["value"] == "8192"]


def test_a_new_server_and_what_stands_in_its_way(served: World, editor: Path, tmp_path: Path) -> None:
    new = served.server_manifest("other")
    planned = Planned(run(editor, tmp_path, new))
    assert (planned.exit_code, {change for _, change in planned.changes()}) == (0, {"New"})
    assert planned.server["rollout"]["rolls"] is None
    foreign = {"name": "other", "namespace": served.namespace}
    served.kube.apply({"apiVersion": "v1", "kind": "Service", "metadata": foreign, "spec": {"ports": [{"port": 80}]}})
    planned = Planned(run(editor, tmp_path, new))
    assert (planned.exit_code, planned.changes("Service")) == (1, [("Service", "Refused")])
    assert served.kube.get("ModelServer", "other", served.namespace) is None


def test_what_only_the_api_server_refuses(served: World, editor: Path, tmp_path: Path) -> None:
    """The rule compares with what is stored, which no file tells."""
    hub = {"model": {"huggingFace": {"repo": "org/model"}}, "paused": True}
    served.make_server("kept", **hub, cache={"size": "1Gi", "storageClassName": "fast"})
    planned = Planned(
        run(editor, tmp_path, served.server_manifest("kept", **hub, cache={"size": "1Gi", "storageClassName": "slow"}))
    )
    assert (planned.exit_code, planned.changes("ModelServer")) == (1, [("ModelServer", "Refused")])
    assert "spec.cache" in planned.child("ModelServer")["note"]


def test_a_field_that_the_file_no_longer_has_as_kubectl_applies_it(served: World, editor: Path, tmp_path: Path) -> None:
    """What somebody else has set since stays; what the file had the last time goes."""
    last = served.server_manifest("applied", profile="LatencyFirst", paused=True)
    annotation = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(last)}
    served.kube.create(last | {"metadata": last["metadata"] | {"annotations": annotation}})
    served.kube.patch("ModelServer", "applied", served.namespace, {"spec": {"replicas": 3}})
    planned = Planned(run(editor, tmp_path, served.server_manifest("applied", paused=True)))
    diff = planned.child("ModelServer")["diff"].splitlines()
    assert "-  profile: LatencyFirst" in diff
    assert [line for line in diff if "replicas" in line and line[0] in "+-"] == []
    assert planned.server["basis"]["profile"] == "Balanced"


def test_what_is_named_and_not_there(
    served: World, editor: Path, as_user: Callable[[str], Path], tmp_path: Path
) -> None:
    """What the same files make is as good as there."""
    spec = {"model": {"persistentVolumeClaim": {"claimName": "absent"}}, "auth": {"apiKeysSecretRef": {"name": "keys"}}}
    server = served.server_manifest("naming", **spec)
    told = Planned(run(editor, tmp_path, server))
    says = f"namespace {served.namespace} has no "
    model, keys = "spec.model.persistentVolumeClaim.claimName", "spec.auth.apiKeysSecretRef"
    wanted = [
        f"{model}: {says}PersistentVolumeClaim absent; pods wait until it is there.",
        f"{keys}: {says}Secret keys; pods wait until it is there.",
    ]
    assert (told.exit_code, told.server["notes"][-2:]) == (0, wanted)
    keys_of_file = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}}
    assert Planned(run(editor, tmp_path, server, keys_of_file)).server["notes"][-1] == wanted[0]
    unread = "Whether there is PersistentVolumeClaim absent and Secret keys may not be read."
    assert Planned(run(as_user("modelserver-view"), tmp_path, server)).server["notes"][-1] == unread


def test_no_cluster_is_a_sentence(served: World, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    result = run(broken, tmp_path, served.server_manifest())
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert str(broken) in result.stderr
