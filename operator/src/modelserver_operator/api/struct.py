"""What every part of our objects is: an immutable struct with camelCase keys, exact types and rules of its own.

The attributes' docstrings are the field descriptions that `kubectl explain` shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from modelserver_operator.api.rules import Rule, Transition


def _with_rules(schema: dict[str, Any], struct: type[Any]) -> None:
    if rules := (*struct.rules, *struct.transitions):
        schema["x-kubernetes-validations"] = [rule.validation() for rule in rules]


class Struct(BaseModel):
    """An object, or a part of one, as it stands in a manifest."""

    rules: ClassVar[tuple[Rule, ...]] = ()
    transitions: ClassVar[tuple[Transition, ...]] = ()

    model_config = ConfigDict(
        alias_generator=to_camel,
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        json_schema_extra=_with_rules,
    )

    @model_validator(mode="after")
    def _follows_rules(self) -> Self:
        broken = [(rule.field, rule.message) for rule in self.rules if not rule.holds(self)]
        if broken:
            raise PydanticCustomError("rules", "breaks {broken}", {"broken": broken})
        return self


@dataclass(frozen=True)
class Keyed:
    """Marks a tuple of structs as a list-map: no two items with the same value of `key`."""

    key: str

    def _check(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        _refuse_repeats([getattr(item, self.key) for item in items])
        return items

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A list in the manifest becomes a tuple; repeated keys are refused."""
        return core_schema.no_info_after_validator_function(self._check, _from_list(handler(source)))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The markers by which server-side apply merges the items of several writers."""
        return {**handler(schema), "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [self.key]}


@dataclass(frozen=True)
class Unique:
    """Marks a tuple of strings as a set."""

    def _check(self, items: tuple[str, ...]) -> tuple[str, ...]:
        _refuse_repeats(list(items))
        return items

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A list in the manifest becomes a tuple; repeated items are refused."""
        return core_schema.no_info_after_validator_function(self._check, _from_list(handler(source)))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The marker of a set."""
        return {**handler(schema), "x-kubernetes-list-type": "set"}


@dataclass(frozen=True)
class Ordered:
    """Marks a tuple as a list that has one writer and is replaced whole."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A list in the manifest becomes a tuple."""
        return _from_list(handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The marker of an atomic list."""
        return {**handler(schema), "x-kubernetes-list-type": "atomic"}


def _from_list(schema: CoreSchema) -> CoreSchema:
    return core_schema.no_info_before_validator_function(
        lambda value: tuple(value) if isinstance(value, list) else value, schema
    )


def _refuse_repeats(values: list[str]) -> None:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise PydanticCustomError("repeated", "names {name} more than once", {"name": repeated[0]})
