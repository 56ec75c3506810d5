"""The parser gives the verdicts of the shared table; and the table leaves out no field, no rule and no bound."""

from __future__ import annotations

from typing import Any

import pytest
from docs.pages import fields
from tests.crd_cases import ACCEPTED, BOUNDS, REFUSED, UPDATES, Case, Update
from tests.crd_cases.whole import EVERY_FIELD

from modelserver_operator.api import InvalidObject, ModelServer, ModelServerClass
from modelserver_operator.api.crd import crds

KINDS: dict[str, type[ModelServer] | type[ModelServerClass]] = {
    "ModelServer": ModelServer,
    "ModelServerClass": ModelServerClass,
}


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_accepted(case: Case) -> None:
    kind = KINDS[case.manifest["kind"]]
    kind.parse(case.manifest, strict=True)
    kind.parse(case.manifest, strict=False)


@pytest.mark.parametrize("case", [*REFUSED, *BOUNDS], ids=lambda case: case.name)
@pytest.mark.parametrize("strict", [True, False])
def test_refused(case: Case, strict: bool) -> None:
    with pytest.raises(InvalidObject) as refusal:
        KINDS[case.manifest["kind"]].parse(case.manifest, strict=strict)
    assert case.says in str(refusal.value)


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: update.name)
def test_updates(update: Update) -> None:
    kind = KINDS[update.before["kind"]]
    kind.parse(update.before, strict=True)
    if not update.says or update.of_change:
        kind.parse(update.after, strict=True)
        return
    with pytest.raises(InvalidObject) as refusal:
        kind.parse(update.after, strict=True)
    assert update.says in str(refusal.value)


def test_names_are_unique() -> None:
    names = [case.name for case in (*ACCEPTED, *REFUSED, *BOUNDS)] + [update.name for update in UPDATES]
    assert len(names) == len(set(names))


def test_the_table_is_large() -> None:
    """By hand at least a hundred; the bounds of all fields come on top."""
    sizes = {"accepted": len(ACCEPTED), "refused": len(REFUSED), "updates": len(UPDATES), "bounds": len(BOUNDS)}
    print(sizes)
    assert sizes["accepted"] + sizes["refused"] + sizes["updates"] >= 100
    assert sizes["bounds"] >= 300


def test_every_field_is_set_by_an_accepted_object() -> None:
    """So that `EVERY_FIELD` is what it says, and each bound has an object that can break it."""
    for definition in crds():
        names, version = definition["spec"]["names"], definition["spec"]["versions"][0]
        schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        objects = [each["spec"] for each in EVERY_FIELD if each["kind"] == names["kind"]]
        known = {path for path, _, _ in fields.paths(schema, "spec")}
        assert known - {path for each in objects for path in paths(each, "spec")} == set()


def test_every_rule_is_broken_by_an_object() -> None:
    rules = [rule["message"] for definition in crds() for rule in rules_in(definition)]
    broken = [*(case.says for case in REFUSED), *(update.says for update in UPDATES if update.says)]
    assert len(rules) > 15
    assert [message for message in rules if not any(says in message for says in broken)] == []


def paths(content: Any, prefix: str) -> set[str]:
    """The fields that an object sets, as docs/fields.md writes them."""
    found = set()
    for name, value in content.items():
        path = f"{prefix}.{name}"
        found |= {path}
        for item in value if isinstance(value, list) else [value]:
            inside = f"{path}[]" if isinstance(value, list) else path
            found |= paths(item, inside) if isinstance(item, dict) else set()
    return found


def rules_in(schema: Any) -> list[dict[str, str]]:
    """Every rule below a schema, but those about a map's keys: BOUNDS breaks them."""
    if isinstance(schema, list):
        return [rule for item in schema for rule in rules_in(item)]
    if not isinstance(schema, dict):
        return []
    own = schema.get("x-kubernetes-validations", []) if "additionalProperties" not in schema else []
    return [*own, *(rule for value in schema.values() for rule in rules_in(value))]
