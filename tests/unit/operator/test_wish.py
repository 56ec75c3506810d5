"""Which parts of a wish are due."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.wish import MANAGER, REPLICAS_MANAGER, Wish


@pytest.fixture
def live() -> dict[str, Any]:
    return stored()[1]


def stored() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((Path(__file__).parent / "applied" / "deployment.yaml").read_text()))


def wish(replicas: int = 1) -> Wish:
    manifest = stored()[0]
    metadata = {key: manifest["metadata"][key] for key in ("name", "namespace")}
    scale = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": replicas}}
    return Wish(manifest, scale)


def due(wanted: Wish, live: dict[str, Any]) -> list[str]:
    return [manager for _, manager in wanted.due(live)]


def test_nothing_is_due_where_all_is_in_force(live: dict[str, Any]) -> None:
    assert due(wish(), live) == []
    assert wish().deviations(live) == []


def test_of_what_is_held_only_the_number_is_due(live: dict[str, Any]) -> None:
    changed = wish(2).manifest | {"spec": wish().manifest["spec"] | {"revisionHistoryLimit": 9}}
    held = Wish(changed, wish(2).scale, held=True)
    assert due(held, live) == [REPLICAS_MANAGER]
    assert held.digest != Wish(changed, wish(2).scale).digest
    assert due(Wish(changed, held=True), live) == []


def test_only_the_number(live: dict[str, Any]) -> None:
    assert due(wish(2), live) == [REPLICAS_MANAGER]


def test_only_the_rest(live: dict[str, Any]) -> None:
    live["spec"]["revisionHistoryLimit"] = 9
    assert due(wish(), live) == [MANAGER]


def test_what_was_born_and_no_more_needs_both_the_main_one_first(live: dict[str, Any]) -> None:
    """The operator was killed after the first of three applies."""
    entries = live["metadata"]["managedFields"]
    (main,) = (entry for entry in entries if entry["manager"] == MANAGER)
    (number,) = (entry for entry in entries if entry["manager"] == REPLICAS_MANAGER)
    number["fieldsV1"] = main["fieldsV1"] | {"f:spec": main["fieldsV1"]["f:spec"] | {"f:replicas": {}}}
    entries.remove(main)
    assert due(wish(), live) == [MANAGER, REPLICAS_MANAGER]


def test_without_a_number_nothing_releases_it(live: dict[str, Any]) -> None:
    """An apply without it would, and the API server would then make it one."""
    scaled = Wish(wish().manifest)
    assert scaled.parts() == [(scaled.manifest, MANAGER)]
    live["spec"]["replicas"] = 7
    assert due(scaled, live) == []
