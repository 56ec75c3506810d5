"""The OpenAPI documents hang together: what is named is there."""

from datetime import UTC, datetime
from typing import Any

from tests.unit.autoscale.served import Loads

from modelserver_operator.autoscale import documents, openapi
from modelserver_operator.status.load import Load


def references(document: Any) -> set[str]:
    if isinstance(document, dict):
        here = {document["$ref"]} if "$ref" in document else set()
        return here.union(*map(references, document.values()))
    return set().union(*map(references, document)) if isinstance(document, list) else set()


def test_version_2_has_both_versions_and_what_they_name() -> None:
    document = openapi.v2()
    assert len(document["paths"]) == 2
    assert references(document) == {f"#/definitions/{name}" for name in document["definitions"]}
    assert not references(document["definitions"]) & references(document["paths"])


def test_version_3_has_one_version_and_what_it_names() -> None:
    for version in documents.VERSIONS:
        document = openapi.v3(version)
        [path] = document["paths"]
        assert f"/{version}/" in path
        assert references(document) == {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def test_each_document_of_version_3_has_an_address_that_changes_with_it() -> None:
    paths = openapi.v3_paths()["paths"]
    for version in documents.VERSIONS:
        address = paths[f"apis/custom.metrics.k8s.io/{version}"]["serverRelativeURL"]
        assert address == (
            f"/openapi/v3/apis/custom.metrics.k8s.io/{version}?hash={openapi.digest(openapi.v3(version))}"
        )
    assert openapi.digest({"a": 1, "b": 2}) == openapi.digest({"b": 2, "a": 1}) != openapi.digest({"a": 1, "b": 3})


def test_a_value_has_the_fields_that_its_schema_says() -> None:
    loads = Loads({("team", "demo"): Load(3, 1, taken=1_800_000_000.0)}).of_namespace("team")
    for version in documents.VERSIONS:
        schemas = openapi.v3(version)["components"]["schemas"]
        schema = schemas[f"{openapi.PACKAGE}.{version}.MetricValue"]
        [value] = documents.values(version, "team", loads, datetime.now(UTC))["items"]
        assert set(value) == set(schema["properties"]) == set(schema["required"])
        assert set(value["describedObject"]) == set(schema["properties"]["describedObject"]["properties"])
