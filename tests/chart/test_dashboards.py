"""The dashboards as the chart ships them: found by Grafana's sidecar, and what Grafana's own schemas ask for."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from charts.dashboards.every import DASHBOARDS
from charts.dashboards.filled import panels
from tests.chart.chart import CHART, Helm, HelmError

Json = dict[str, Any]

ON: Json = {"monitoring": {"dashboards": {"enabled": True}}}
SCHEMAS = sorted(Path(__file__).with_name("grafana").glob("*.json"))
# Kubernetes takes 1 MiB; `kubectl apply` without --server-side writes it all into an annotation, of 256 KiB.
MOST_BYTES = 256 * 1024


def files() -> dict[str, Json]:
    return {path.stem: json.loads(path.read_text()) for path in (CHART / "files" / "dashboards").glob("*.json")}


def test_the_files_are_what_the_code_makes_now() -> None:
    written = {path.stem: path.read_text() for path in (CHART / "files" / "dashboards").iterdir()}
    assert written == {name: dashboard() for name, dashboard in DASHBOARDS.items()}


def test_a_release_has_none_by_default(helm: Helm) -> None:
    assert not [each for each in helm.render().all("ConfigMap") if "dashboard" in each["metadata"]["name"]]


def test_the_sidecar_finds_each_and_its_folder(helm: Helm) -> None:
    maps = [each for each in helm.render(ON).all("ConfigMap") if "-dashboard-" in each["metadata"]["name"]]
    assert [each["metadata"]["namespace"] for each in maps] == ["platform"] * 3
    for each in maps:
        assert each["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert each["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
        assert each["metadata"]["annotations"] == {"grafana_folder": "ModelServer"}
        assert len(json.dumps(each)) < MOST_BYTES
    shipped = {name: json.loads(text) for each in maps for name, text in each["data"].items()}
    assert shipped == {f"modelserver-{name}.json": dashboard for name, dashboard in files().items()}


def test_labels_annotations_and_the_namespace_are_the_users(helm: Helm) -> None:
    asked = {"enabled": True, "namespace": "grafana", "labels": {"grafana_dashboard": "yes"}}
    maps = helm.render({"monitoring": {"dashboards": {**asked, "annotations": {"k8s-sidecar-target": "/tmp"}}}})
    one = maps.one("ConfigMap", "modelserver-dashboard-fleet")["metadata"]
    assert one["namespace"] == "grafana"
    assert one["labels"]["grafana_dashboard"] == "yes"
    assert one["annotations"]["k8s-sidecar-target"] == "/tmp"


def test_what_is_no_namespace_is_refused(helm: Helm) -> None:
    with pytest.raises(HelmError, match=r"monitoring[./]dashboards[./]namespace"):
        helm.text({"monitoring": {"dashboards": {"enabled": True, "namespace": "Not_One"}}})


def test_helm_lints_the_chart_with_them(helm: Helm) -> None:
    assert "0 chart(s) failed" in helm.run("lint", CHART, "--strict", "--values", helm.values(ON))


def problems(schema: Json, instance: Any) -> list[str]:
    """What the validator says, each with its place."""
    found = jsonschema_rs.validator_for(schema).iter_errors(instance)
    return [f"{'/'.join(map(str, each.instance_path))}: {each.message[:200]}" for each in found]


def part(schema: Json, definition: str) -> Json:
    """The schema of one of its definitions."""
    return {"$ref": f"#/definitions/{definition}", "definitions": schema["definitions"]}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafana_s_schemas_accept_each(schema: Path, name: str) -> None:
    schemas, dashboard = json.loads(schema.read_text()), files()[name]
    found = problems(schemas["dashboard"], {**dashboard, "panels": []})
    for row in (panel for panel in dashboard["panels"] if panel["type"] == "row"):
        found += problems(part(schemas["dashboard"], "RowPanel"), row)
    for panel in panels(dashboard):
        found += problems(part(schemas["dashboard"], "Panel"), panel)
        own = schemas[panel["type"].replace("-", "")]
        found += problems(part(own, "Options"), panel["options"])
        if "FieldConfig" in own["definitions"]:
            found += problems(part(own, "FieldConfig"), panel["fieldConfig"]["defaults"].get("custom", {}))
        for target in panel["targets"]:
            found += problems(schemas["prometheus"], target)
    assert sorted(set(found)) == []
