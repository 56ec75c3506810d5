"""What the chart is made of: a sentence a property."""

import re

import pytest
from tests.chart.chart import ROOT, Helm, Rendered

from modelserver_operator.api import ModelServerClass
from modelserver_operator.settings import Settings

CRDS = {path.name: path.read_text() for path in sorted((ROOT / "crds").glob("*.yaml"))}
KEEP = "  annotations:\n    helm.sh/resource-policy: keep\n"


def test_there_are_two_crds() -> None:
    assert len(CRDS) == 2


@pytest.mark.parametrize("name", CRDS)
def test_the_crds_are_those_of_crds_byte_for_byte(helm: Helm, name: str) -> None:
    assert CRDS[name] in helm.text({"crds": {"keep": False}})


@pytest.mark.parametrize("name", CRDS)
def test_a_kept_crd_differs_by_the_annotation_alone(helm: Helm, name: str) -> None:
    text = helm.text({})
    assert text.count(KEEP) == len(CRDS)
    assert CRDS[name] in text.replace(KEEP, "")


def test_crds_are_kept_unless_a_value_says_otherwise(helm: Helm, rendered: Rendered) -> None:
    policies = [
        crd["metadata"]["annotations"]["helm.sh/resource-policy"] for crd in rendered.all("CustomResourceDefinition")
    ]
    assert policies == ["keep", "keep"]
    assert "resource-policy" not in helm.text({"crds": {"keep": False}})


def test_crds_can_be_left_to_somebody_else(helm: Helm) -> None:
    assert helm.render({"crds": {"enabled": False}}).all("CustomResourceDefinition") == []


def test_only_the_pods_that_call_the_api_server_get_a_token(rendered: Rendered) -> None:
    assert [each["automountServiceAccountToken"] for each in rendered.all("ServiceAccount")] == [False, False]
    assert {kind: pod["serviceAccountName"] for kind, pod in rendered.pods().items()} == {
        "Deployment": "modelserver",
        "Job": "modelserver-classes",
    }


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_every_pod_is_restricted(rendered: Rendered, kind: str) -> None:
    pod = rendered.pods()[kind]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert pod["enableServiceLinks"] is False
    assert "limits" in container["resources"]


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_every_pod_runs_as_the_user_of_its_image(rendered: Rendered, kind: str) -> None:
    context = rendered.pods()[kind]["securityContext"]
    instruction = f"USER {context['runAsUser']}:{context['runAsGroup']}"
    assert instruction in (ROOT / "Dockerfile.operator").read_text().splitlines()


def test_the_operators_pod_is_no_served_pod(rendered: Rendered) -> None:
    (deployment,) = rendered.all("Deployment")
    selector = deployment["spec"]["selector"]["matchLabels"]
    assert selector["app.kubernetes.io/name"] != "modelserver"
    assert selector.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_a_users_labels_do_not_replace_the_selector(helm: Helm) -> None:
    mine = {"app.kubernetes.io/name": "mine", "team": "a"}
    (deployment,) = helm.render({"operator": {"podLabels": mine}}).all("Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels["team"] == "a"
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_every_variable_is_a_setting_of_the_operator(
    rendered: Rendered, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (container,) = rendered.pods()[kind]["containers"]
    for variable in container["env"]:
        assert variable["name"].removeprefix("MODELSERVER_").lower() in Settings.model_fields
        monkeypatch.setenv(variable["name"], variable.get("value", "the-pods-own"))
    Settings()


def test_probes_ask_the_port_that_the_operator_listens_on(rendered: Rendered) -> None:
    (container,) = rendered.pods()["Deployment"]["containers"]
    (port,) = [each for each in container["ports"] if each["name"] == "health"]
    assert {"name": "MODELSERVER_HEALTH_PORT", "value": str(port["containerPort"])} in container["env"]
    probes = {name: container[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    assert probes["readinessProbe"]["path"] == "/readyz"
    assert probes["livenessProbe"]["path"] == probes["startupProbe"]["path"] == "/livez"


def test_a_digest_wins_over_a_tag(helm: Helm) -> None:
    image = {"repository": "r.example.com/o", "tag": "1", "digest": "sha256:" + "a" * 64}
    pods = helm.render({"image": image}).pods()
    assert {pod["containers"][0]["image"] for pod in pods.values()} == {f"r.example.com/o@{image['digest']}"}


def test_there_are_three_classes_and_each_is_valid(rendered: Rendered) -> None:
    classes = rendered.classes()
    assert set(classes) == {"cpu", "default", "nvidia"}
    for manifest in classes.values():
        ModelServerClass.parse(manifest, strict=True)


@pytest.mark.parametrize("name", ["cpu", "nvidia"])
def test_the_default_class_is_a_copy_of_the_one_that_a_value_names(helm: Helm, name: str) -> None:
    classes = helm.render({"defaultClass": name}).classes()
    assert classes["default"]["spec"] == classes[name]["spec"]


def test_no_class_is_an_object_of_the_release(rendered: Rendered) -> None:
    assert rendered.all("ModelServerClass") == []


def test_a_value_changes_one_field_of_a_class(helm: Helm, rendered: Rendered) -> None:
    changed = helm.render({"classes": {"cpu": {"image": "r.example.com/i:2"}}}).classes()["cpu"]["spec"]
    assert changed == rendered.classes()["cpu"]["spec"] | {"image": "r.example.com/i:2"}


def test_no_allowed_argument_can_name_a_file_or_code(rendered: Rendered) -> None:
    """The patterns of the shipped classes match no slash, no dot and no colon."""
    for manifest in rendered.classes().values():
        for argument in manifest["spec"]["engine"]["allowedArguments"]:
            for attack in ("/etc/passwd", "module.attribute", "http://host", "module:attribute", "--flag"):
                assert not re.fullmatch(argument["pattern"], attack), argument


def test_the_hook_runs_after_each_change_and_a_failed_one_stays(rendered: Rendered) -> None:
    (job,) = rendered.all("Job")
    annotations = job["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "post-install,post-upgrade,post-rollback"
    policy = annotations["helm.sh/hook-delete-policy"].split(",")
    assert "hook-succeeded" in policy
    assert "hook-failed" not in policy
