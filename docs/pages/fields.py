"""The page that lists every field of our objects, written from the CRDs that a cluster checks them by."""

import re
from collections.abc import Iterator
from typing import Any

from modelserver_operator.api.crd import crds

Schema = dict[str, Any]

HEAD = """# Every field

Written by `make generate` from the same types as the CRDs; `kubectl explain modelserver.spec` says the same in a
terminal. A field without a default may be left out unless its type says required. [ModelServer](modelserver.md) says
how the fields work together.
"""


_SCOPES = {"Namespaced": "in a namespace", "Cluster": "one for the whole cluster"}


def page() -> str:
    """The page as Markdown."""
    return "\n".join([HEAD, *(line for definition in crds() for line in _object(definition))]).rstrip() + "\n"


def paths(schema: Schema, prefix: str) -> Iterator[tuple[str, Schema, bool]]:
    """Every field below `schema`: its path, its own schema and whether it is required where its parent is set."""
    for name, field in schema.get("properties", {}).items():
        path = f"{prefix}.{name}"
        yield path, field, name in schema.get("required", ())
        yield from paths(field, path)
        yield from paths(field.get("items", {}), f"{path}[]")


def _object(definition: Schema) -> Iterator[str]:
    names, schema = definition["spec"]["names"], definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    yield f"## {names['kind']}\n"
    yield f"Short name `{names['shortNames'][0]}`; {_SCOPES[definition['spec']['scope']]}.\n"
    for part in ("spec", "status"):
        if part in schema["properties"]:
            yield from _table(schema["properties"][part], part)
    yield "Rules across fields:\n"
    yield from (f"- {place}: {message}" for place, message in _rules(schema, ""))
    yield ""


def _table(schema: Schema, part: str) -> Iterator[str]:
    yield from (f"### {part}\n", "| field | type | default | meaning |", "|---|---|---|---|")
    for path, field, required in paths(schema, part):
        kind = _kind(field) + (", required" if required else "")
        yield f"| `{path}` | {_cell(kind)} | {_default(field)} | {_cell(_meaning(field))} |"
    yield ""


def _meaning(field: Schema) -> str:
    description: str = field.get("description", "")
    return description.replace("Not done yet:", "**Not done yet**:")


def _rules(schema: Schema, prefix: str) -> Iterator[tuple[str, str]]:
    place = f"`{prefix.lstrip('.')}`" if prefix else "the object"
    for rule in schema.get("x-kubernetes-validations", ()):
        yield place, re.sub(r"(\^\S+\$)", r"`\1`", rule["message"])
    for name, field in schema.get("properties", {}).items():
        yield from _rules(field, f"{prefix}.{name}")
    if "items" in schema:
        yield from _rules(schema["items"], f"{prefix}[]")


def _kind(field: Schema) -> str:
    if "enum" in field:
        return _either([f"`{value}`" for value in field["enum"]])
    if field.get("x-kubernetes-int-or-string"):
        return "quantity"
    match field.get("type"):
        case "array":
            return f"list of {_plural(field['items'])}{_at_most(field, 'maxItems')}{_key(field)}"
        case "object":
            return (
                f"map of text to text{_at_most(field, 'maxProperties')}"
                if "additionalProperties" in field
                else "object"
            )
        case "string":
            return "text" + _at_most(field, "maxLength", " characters")
        case kind:
            return f"{kind}{_range(field)}"


def _either(values: list[str]) -> str:
    return " or ".join(part for part in (", ".join(values[:-1]), values[-1]) if part)


def _plural(items: Schema) -> str:
    return "objects" if items.get("type") == "object" else "texts"


def _key(field: Schema) -> str:
    keys = field.get("x-kubernetes-list-map-keys")
    return f", by `{keys[0]}`" if keys else ""


def _range(field: Schema) -> str:
    low, high = field.get("minimum"), field.get("maximum")
    if high is not None:
        return f", {'above ' if 'exclusiveMinimum' in field else ''}{low:,} to {high:,}"
    return f", from {low:,} on" if low is not None else ""


def _at_most(field: Schema, bound: str, unit: str = "") -> str:
    return f", at most {field[bound]:,}{unit}" if bound in field else ""


def _default(field: Schema) -> str:
    value = field.get("default")
    return f"`{value}`" if value not in (None, [], {}, "") else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
