"""A plan as plain data: the documents of `-o json` and `-o yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic.alias_generators import to_camel

from modelserver_operator.cli.plan.contents import Plan


def data(plan: Plan) -> dict[str, Any]:
    """Every value under its name as fields are written, such as engineArguments; and whether all is well."""
    found: dict[str, Any] = _data(plan)
    return {"ok": plan.is_good, **found}


def _data(value: Any) -> Any:
    if is_dataclass(value):
        return {to_camel(field.name): _data(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_data(item) for item in value]
    return value
