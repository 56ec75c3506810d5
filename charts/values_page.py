"""The page that lists the chart's values: types from the schema, defaults and descriptions from values.yaml."""

import json
from collections.abc import Iterator
from typing import Any

from charts.comments import Place

Schema = dict[str, Any]

HEAD = """# Values of the chart

Written by `make generate` from [values.yaml](../charts/modelserver/values.yaml) and its schema, which refuses what is
not listed here. [Installing](install.md) says which ones you need.

| value | type | default | meaning |
|---|---|---|---|
"""
WHOLE = {"resources", "classes"}  # told in one row: what is in them is Kubernetes' own, or the class's
CLASSES = """
Each of `classes` is the spec of a [ModelServerClass](fields.md#modelserverclass). The chart brings {names}.
"""


def page(schema: Schema, defaults: dict[str, Any], told: dict[Place, str]) -> str:
    """The page as Markdown. `schema` is values.schema.json's, `told` what charts.comments finds in values.yaml.

    Raises KeyError for a value without a comment.
    """
    found = leaves(schema, defaults, schema["$defs"])
    rows = [_row(path, value, default, told[path]) for path, value, default in found]
    names = " and ".join(f"`{name}`" for name in sorted(defaults["classes"]))
    return HEAD + "\n".join(rows) + "\n" + CLASSES.format(names=names)


def leaves(schema: Schema, defaults: Any, named: Schema, prefix: Place = ()) -> Iterator[tuple[Place, Schema, Any]]:
    """Every value that one sets as a whole: its path, its schema and its default. `named` are the schema's $defs."""
    for name, field in schema["properties"].items():
        if (*prefix, name) == ("global",):
            continue
        value = named[field["$ref"].rpartition("/")[2]] if "$ref" in field else field
        if "properties" in value and name not in WHOLE:
            yield from leaves(value, defaults[name], named, (*prefix, name))
        else:
            yield (*prefix, name), value, defaults[name]


def _row(path: Place, schema: Schema, default: Any, told: str) -> str:
    shown = f"`{json.dumps(default, ensure_ascii=False)}`" if path[-1] != "classes" else "see below"
    return f"| `{'.'.join(path)}` | {_cell(_type(schema))} | {_cell(shown)} | {_cell(told)} |"


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return " or ".join(f"`{choice}`" for choice in schema["enum"])
    if schema["type"] == "array":
        return f"list of {_item(schema['items'])}"
    if "minimum" in schema:
        return f"{schema['type']}, {schema['minimum']} to {schema['maximum']}"
    return "map" if schema["type"] == "object" else str(schema["type"])


def _item(schema: Schema) -> str:
    return "maps" if schema["type"] == "object" else f"{schema['type']}s"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
