"""Everything generated is what the generator makes of its sources today."""

from charts import generate
from tests.chart.chart import CHART, ROOT, documents


def test_the_chart_holds_the_crds_of_crds() -> None:
    sources = {path.name: path.read_bytes() for path in (ROOT / "crds").glob("*.yaml")}
    assert sources == {path.name: path.read_bytes() for path in (CHART / "files" / "crds").glob("*.yaml")}


def test_the_schema_of_values_is_up_to_date() -> None:
    assert (CHART / "values.schema.json").read_text() == generate.values_schema()


def test_the_page_of_values_is_up_to_date() -> None:
    assert (ROOT / "docs" / "values.md").read_text() == generate.values_table()


def test_the_manifest_for_kubectl_is_up_to_date() -> None:
    assert (ROOT / "manifests" / "install.yaml").read_text() == generate.install_manifest()


def test_the_manifest_for_kubectl_makes_its_namespace_restricted() -> None:
    first = documents((ROOT / "manifests" / "install.yaml").read_text())[0]
    assert first["kind"] == "Namespace"
    assert first["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
