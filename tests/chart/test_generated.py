"""Everything generated is what the generator makes of its sources today."""

from charts import generate
from tests.chart.chart import CHART, ROOT, Helm, Manifest, documents
from tests.chart.release import identity

NAMESPACE = ("Namespace", "", generate.NAMESPACE)


def manifest(name: str) -> list[Manifest]:
    return documents((ROOT / "manifests" / f"{name}.yaml").read_text())


def test_the_chart_holds_the_crds_of_crds() -> None:
    sources = {path.name: path.read_bytes() for path in (ROOT / "crds").glob("*.yaml")}
    assert sources == {path.name: path.read_bytes() for path in (CHART / "files" / "crds").glob("*.yaml")}


def test_the_schema_of_values_is_up_to_date() -> None:
    assert (CHART / "values.schema.json").read_text() == generate.values_schema()


def test_the_page_of_values_is_up_to_date() -> None:
    assert (ROOT / "docs" / "values.md").read_text() == generate.values_table()


def test_the_manifests_for_kubectl_are_up_to_date() -> None:
    written = {path.name: path.read_text() for path in (ROOT / "manifests").glob("*.yaml")}
    assert written == generate.manifests()


def test_the_two_manifests_together_are_the_chart(helm: Helm) -> None:
    whole = documents(helm.run("template", "modelserver", CHART, f"--namespace={generate.NAMESPACE}"))
    both = [each for name in ("install", "metrics-api") for each in manifest(name)]
    assert {identity(each) for each in both} == {identity(each) for each in whole} | {NAMESPACE}
    assert len(both) == len(whole) + 1


def test_what_takes_the_metrics_api_is_a_manifest_of_its_own() -> None:
    assert "APIService" not in {each["kind"] for each in manifest("install")}
    taking = manifest("metrics-api")
    assert [each["kind"] for each in taking][:3] == ["APIService", "APIService", "Service"]
    (operator,) = [each for each in manifest("install") if each["kind"] == "Deployment"]
    (container,) = operator["spec"]["template"]["spec"]["containers"]
    assert {"name": "MODELSERVER_METRICS_API_SERVICE", "value": taking[2]["metadata"]["name"]} in container["env"]


def test_the_manifest_for_kubectl_makes_its_namespace_restricted() -> None:
    first = manifest("install")[0]
    assert first["kind"] == "Namespace"
    assert first["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
