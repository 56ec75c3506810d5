"""Rights: what each account of the chart may do, and what nobody may."""

from typing import Any

import pytest
from tests.chart.chart import Helm, Manifest, Rendered

READS = {"get", "list", "watch"}
API_SERVICES = {
    "apiGroups": ["apiregistration.k8s.io"],
    "resources": ["apiservices"],
    "resourceNames": ["v1beta1.custom.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io"],
}
TWO_NAMESPACES = {"operator": {"namespaces": ["team-a", "team-b"]}}


def rules(rendered: Rendered) -> list[dict[str, Any]]:
    """Every rule of every role."""
    return [rule for kind in ("ClusterRole", "Role") for role in rendered.all(kind) for rule in role["rules"]]


def may(role: Manifest, resource: str) -> set[str]:
    """The verbs that a role gives on a resource."""
    return {verb for rule in role["rules"] if resource in rule["resources"] for verb in rule["verbs"]}


def test_no_role_touches_secrets(rendered: Rendered) -> None:
    assert not [rule for rule in rules(rendered) if "secrets" in rule["resources"]]


def test_no_role_has_a_wildcard(rendered: Rendered) -> None:
    assert not [rule for rule in rules(rendered) if "*" in rule["apiGroups"] + rule["resources"] + rule["verbs"]]


def test_no_role_can_widen_itself(rendered: Rendered) -> None:
    assert not [rule for rule in rules(rendered) if {"escalate", "bind", "impersonate"} & set(rule["verbs"])]
    assert not [rule for rule in rules(rendered) if "rbac.authorization.k8s.io" in rule["apiGroups"]]


def test_nothing_makes_a_pod_or_runs_a_command_in_one_directly(rendered: Rendered) -> None:
    pods = {(resource, verb) for rule in rules(rendered) for resource in rule["resources"] for verb in rule["verbs"]}
    assert {(resource, verb) for resource, verb in pods if resource.startswith("pods")} == {
        ("pods", "list"),
        ("pods", "watch"),
        ("pods", "patch"),  # an annotation; whoever may patch Deployments may make pods of any kind already
    }


def test_the_operator_reads_classes_and_never_writes_them(rendered: Rendered) -> None:
    assert may(rendered.one("ClusterRole", "modelserver"), "modelserverclasses") == READS


def test_the_operator_writes_a_modelserver_by_its_status_alone(rendered: Rendered) -> None:
    role = rendered.one("ClusterRole", "modelserver")
    assert may(role, "modelservers") == READS
    assert may(role, "modelservers/status") == {"patch"}


def test_the_hooks_account_writes_the_charts_own_classes_and_does_nothing_else(rendered: Rendered) -> None:
    (rule,) = rendered.one("ClusterRole", "modelserver-classes")["rules"]
    assert rule["resources"] == ["modelserverclasses"]
    assert set(rule["resourceNames"]) == set(rendered.classes())
    assert set(rule["verbs"]) == {"create", "patch"}


def test_what_is_deleted_is_what_a_toggle_takes_away(rendered: Rendered) -> None:
    rules = rendered.one("ClusterRole", "modelserver")["rules"]
    deleted = {resource for rule in rules if "delete" in rule["verbs"] for resource in rule["resources"]}
    assert deleted == {
        "configmaps", "persistentvolumeclaims", "serviceaccounts", "ingresses", "httproutes", "servicemonitors",
        "prometheusrules", "horizontalpodautoscalers", "scaledobjects",
    }  # fmt: skip


def test_the_lease_is_one_by_name_in_the_releases_namespace(rendered: Rendered) -> None:
    role = rendered.one("Role", "modelserver-lease")
    assert role["metadata"]["namespace"] == "platform"
    assert {rule["resources"][0] for rule in role["rules"]} == {"leases"}
    create, others = role["rules"]
    assert create["verbs"] == ["create"]
    (lease,) = others["resourceNames"]
    (container,) = rendered.pods()["Deployment"]["containers"]
    assert {"name": "MODELSERVER_LEASE_NAME", "value": lease} in container["env"]


def test_every_account_has_a_role_of_its_own(rendered: Rendered) -> None:
    bindings = rendered.all("ClusterRoleBinding") + rendered.all("RoleBinding")
    pairs = {(each["subjects"][0]["name"], each["roleRef"]["name"]) for each in bindings}
    assert pairs == {
        ("modelserver", "modelserver"),
        ("modelserver", "modelserver-lease"),
        ("modelserver", "modelserver-metrics-api"),
        ("modelserver-classes", "modelserver-classes"),
        ("system:authenticated", "modelserver-class-reader"),
    }


def test_a_namespaced_installation_has_the_same_rights_in_its_namespaces(helm: Helm, rendered: Rendered) -> None:
    namespaced = helm.render(TWO_NAMESPACES)
    for namespace in ("team-a", "team-b"):
        (role,) = [each for each in namespaced.all("Role") if each["metadata"]["namespace"] == namespace]
        assert role["rules"] == rendered.one("ClusterRole", "modelserver")["rules"][2:]
        (binding,) = [each for each in namespaced.all("RoleBinding") if each["metadata"]["namespace"] == namespace]
        assert binding["roleRef"]["name"] == role["metadata"]["name"]
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "modelserver", "namespace": "platform"}]


def test_a_namespaced_installation_reads_classes_and_who_serves_metrics_and_has_no_other_right_beyond_its_namespaces(
    helm: Helm,
) -> None:
    namespaced = helm.render(TWO_NAMESPACES)
    (role,) = namespaced.all("ClusterRole")
    assert role["rules"] == [
        {"apiGroups": ["modelserver.dev"], "resources": ["modelserverclasses"], "verbs": ["get", "list", "watch"]},
        {**API_SERVICES, "verbs": ["get"]},
    ]
    (binding,) = namespaced.all("ClusterRoleBinding")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    where = {each["metadata"]["namespace"] for each in namespaced.all("Role")}
    assert where == {"platform", "team-a", "team-b"}


def test_user_roles_extend_those_that_kubernetes_has(rendered: Rendered) -> None:
    view, edit = (rendered.one("ClusterRole", f"modelserver-{name}") for name in ("view", "edit"))
    assert view["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-view"] == "true"
    assert edit["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-edit"] == "true"
    assert may(view, "modelservers") == READS
    assert may(edit, "modelservers") == {"create", "update", "patch", "delete", "deletecollection"}
    assert may(view, "modelservers/status") == {"get"}
    assert may(edit, "modelservers/status") == set()


def test_the_operator_writes_two_api_services_and_asks_for_reviews_where_it_serves_metrics(rendered: Rendered) -> None:
    assert rendered.one("ClusterRole", "modelserver-metrics-api")["rules"] == [
        {**API_SERVICES, "verbs": ["patch"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ]
    # The front proxy's authority lies in a ConfigMap of kube-system; no right of its own there is needed for it.
    assert "get" in may(rendered.one("ClusterRole", "modelserver"), "configmaps")


@pytest.mark.parametrize("values", [{"autoscaling": {"builtIn": {"enabled": False}}}, TWO_NAMESPACES])
def test_without_built_in_metrics_the_operator_only_looks_who_serves_them(helm: Helm, values: dict[str, Any]) -> None:
    found = [rule for rule in rules(helm.render(values)) if rule["apiGroups"] == ["apiregistration.k8s.io"]]
    assert found == [{**API_SERVICES, "verbs": ["get"]}]
    assert not [rule for rule in rules(helm.render(values)) if "subjectaccessreviews" in rule["resources"]]


def test_who_may_view_modelservers_may_read_what_they_are_scaled_by(rendered: Rendered) -> None:
    metric = "modelservers.modelserver.dev/unfinished_requests"
    assert may(rendered.one("ClusterRole", "modelserver-view"), metric) == {"get"}


@pytest.mark.parametrize("values", [{"userRoles": {"enabled": False}}, TWO_NAMESPACES], ids=["disabled", "namespaced"])
def test_user_roles_can_be_left_out(helm: Helm, values: dict[str, Any]) -> None:
    names = {each["metadata"]["name"] for each in helm.render(values).all("ClusterRole")}
    assert not {name for name in names if name.endswith(("-view", "-edit", "-class-reader"))}


def test_who_may_read_classes_is_a_value(helm: Helm) -> None:
    nobody = helm.render({"userRoles": {"classReaders": []}})
    assert "modelserver-class-reader" not in {each["metadata"]["name"] for each in nobody.all("ClusterRole")}
    ours = helm.render({"userRoles": {"classReaders": ["ml-teams"]}}).one(
        "ClusterRoleBinding", "modelserver-class-reader"
    )
    assert [each["name"] for each in ours["subjects"]] == ["ml-teams"]
