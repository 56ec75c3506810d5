"""From pydantic's JSON schema to the structural schema that a CRD may hold.

Structural schemas know no references, no titles and no unions with null; keys of maps are checked by CEL.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from modelserver_operator.api.struct import Struct

Schema: TypeAlias = dict[str, Any]

# pydantic's keywords that say nothing to the API server, or that it refuses.
_DROPPED = ("title", "$defs", "propertyNames", "patternProperties")


def structural(struct: type[Struct]) -> Schema:
    """The structural schema of `struct`: references inlined, optional fields plain, descriptions on one line."""
    schema = struct.model_json_schema(by_alias=True, mode="validation")
    return _convert(schema, schema.get("$defs", {}))


def _convert(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    schema = _map_of(_optional(_inlined(schema, definitions), definitions))
    converted = {key: value for key, value in schema.items() if key not in _DROPPED}
    if "description" in converted:
        converted["description"] = " ".join(converted["description"].split())
    if converted.get("default", ...) in (None, [], {}):
        del converted["default"]
    if "exclusiveMinimum" in converted:  # a number in JSON Schema, in OpenAPI 3.0 a word beside the minimum
        converted |= {"minimum": converted["exclusiveMinimum"], "exclusiveMinimum": True}
    if "const" in converted:
        converted["enum"] = [converted.pop("const")]
    if "properties" in converted:
        converted["properties"] = {key: _convert(each, definitions) for key, each in converted["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in converted:
            converted[key] = _convert(converted[key], definitions)
    return converted


def _inlined(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """What the schema refers to, overlaid with what stands beside the reference, such as the field's description."""
    if "$ref" not in schema:
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**_inlined(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions), **beside}


def _optional(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """`X or null` is X left out; real unions of types (int-or-string) stay."""
    members = schema.get("anyOf", [])
    if {"type": "null"} not in members:
        return schema
    beside = {key: value for key, value in schema.items() if key != "anyOf"}
    (member,) = [each for each in members if each != {"type": "null"}]
    return {**_inlined(member, definitions), **beside}


def _map_of(schema: Schema) -> Schema:
    """A map whose keys have a shape: the values' schema, and a rule for the keys."""
    keys = schema.get("propertyNames", {})
    if "patternProperties" in schema:
        ((pattern, values),) = schema["patternProperties"].items()
        schema, keys = {**schema, "additionalProperties": values}, {**keys, "pattern": pattern}
    if not keys:
        return schema
    rule = f"self.all(key, key.size() <= {keys['maxLength']} && key.matches('{keys['pattern']}'))"
    message = f"keys must match {keys['pattern']} and have at most {keys['maxLength']} characters"
    return {**schema, "x-kubernetes-validations": [{"rule": rule, "message": message}]}
