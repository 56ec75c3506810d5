"""What the API server accepts and refuses: the same table that the parser is held to, in the API server's own words."""

import copy
from typing import Any

import pytest
from tests.controlplane.kube import Kube, Manifest, RefusedError
from tests.crd_cases import ACCEPTED, BOUNDS, REFUSED, UPDATES, Case, Update


def placed(manifest: Any) -> Manifest:
    """The object with a namespace, if its kind has one."""
    placed: Manifest = copy.deepcopy(dict(manifest))
    if placed["kind"] == "ModelServer":
        placed["metadata"]["namespace"] = "default"
    return placed


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_accepted(kube: Kube, case: Case) -> None:
    kube.create(placed(case.manifest), dry_run=True)


@pytest.mark.parametrize("case", [*REFUSED, *BOUNDS], ids=lambda case: case.name)
def test_refused_in_the_same_words(kube: Kube, case: Case) -> None:
    with pytest.raises(RefusedError) as refused:
        kube.create(placed(case.manifest), dry_run=True)
    assert refused.value.status in (400, 422)
    assert case.says in str(refused.value)


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: update.name)
def test_updates(kube: Kube, update: Update) -> None:
    before, after = placed(update.before), placed(update.after)
    stored = kube.create(before)
    try:
        if update.says:
            with pytest.raises(RefusedError) as refused:
                kube.replace(stored | {"spec": after["spec"]})
            assert update.says in str(refused.value)
        else:
            replaced = kube.replace(stored | {"spec": after["spec"]})
            # What a default fills in again is no change.
            assert replaced["metadata"]["generation"] == (1 if replaced["spec"] == stored["spec"] else 2)
    finally:
        kube.delete(stored["kind"], stored["metadata"]["name"], stored["metadata"].get("namespace"))


def test_defaults_are_written_into_the_object(kube: Kube) -> None:
    stored = kube.create(placed(ACCEPTED[0].manifest), dry_run=True)
    assert stored["spec"] | {"className": "default", "profile": "Balanced", "replicas": 1} == stored["spec"]


def test_status_is_out_of_reach_for_who_writes_the_spec(kube: Kube) -> None:
    written = placed(ACCEPTED[0].manifest) | {"status": {"replicas": 7}}
    assert "status" not in kube.create(written, dry_run=True)


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("modelservers", ["Name", "Ready", "Model", "Replicas", "Age"]),
        ("modelserverclasses", ["Name", "Device", "Accelerator", "Age"]),
    ],
)
def test_get_prints_columns(kube: Kube, kind: str, columns: list[str]) -> None:
    table = "application/json;as=Table;v=v1;g=meta.k8s.io"
    answer = kube.raw("GET", f"/apis/modelserver.dev/v1alpha1/{kind}", headers={"Accept": table}).json()
    always = [column["name"] for column in answer["columnDefinitions"] if column["priority"] == 0]
    assert always == columns
