"""Each value is told once, in a comment of values.yaml; the schema and the page of the docs take it from there."""

import json
import re
from typing import Any

import pytest
import yaml
from charts.comments import comments
from charts.values_page import leaves, page
from tests.chart.chart import CHART, ROOT

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
LEAVES = [".".join(path) for path, _, _ in leaves(SCHEMA, DEFAULTS, SCHEMA["$defs"])]


def test_a_comment_is_about_the_key_right_below_it() -> None:
    text = "# Of the file.\n\n# Of a,\n# in two lines.\na:\n  # Of b.\n  b: 1  # not this\n  c: 2\n# Of d.\nd: 3\n"
    assert comments(text) == {("a",): "Of a, in two lines.", ("a", "b"): "Of b.", ("d",): "Of d."}


def test_a_value_without_a_comment_is_refused() -> None:
    told = comments((CHART / "values.yaml").read_text())
    del told["operator", "workers"]
    with pytest.raises(KeyError, match="workers"):
        page(SCHEMA, DEFAULTS, told)


@pytest.mark.parametrize("name", LEAVES)
def test_a_value_is_told_with_its_default_and_its_description(name: str) -> None:
    row = re.search(
        rf"^\| `{re.escape(name)}` \| \S.* \| (.*) \| \S.* \|$", (ROOT / "docs" / "values.md").read_text(), re.MULTILINE
    )
    assert row, name
    assert row[1] == (f"`{json.dumps(at(DEFAULTS, name), ensure_ascii=False)}`" if name != "classes" else "see below")
    field = SCHEMA
    for step in name.split("."):
        field = field["properties"][step]
    assert field["description"]


def test_the_page_has_every_value() -> None:
    assert {"operator.replicas", "monitoring.prometheusRule.labels", "userRoles.classReaders", "classes"} < set(LEAVES)


def at(values: Any, name: str) -> Any:
    for step in name.split("."):
        values = values[step]
    return values
