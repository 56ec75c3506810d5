"""What `kubectl apply` would make of an object of the user's own, tried on the API server and not stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modelserver_operator.cli.plan.contents import Child
from modelserver_operator.cli.plan.differences import LAST_APPLIED, unified
from modelserver_operator.cli.plan.trial import refused
from modelserver_operator.cluster import Cluster, ClusterError, Conflict, Manifest, kind_of

ATTEMPTS = 5
FIRST = "kubectl"  # the field manager of `kubectl apply --server-side`


async def preview(
    cluster: Cluster, manifest: Manifest, live: Manifest | None, attempts: int = ATTEMPTS
) -> tuple[Child, Manifest]:
    """What becomes of the object, and how it would be stored; as the file has it where that could not be tried.

    Raises ClusterError for what says nothing of the object.
    """
    wanted = _written(manifest)
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    try:
        then = await _tried(cluster, wanted, live)
    except ClusterError as error:
        if isinstance(error, Conflict) and attempts > 1:  # the operator has written its status meanwhile
            newer = await cluster.get(kind_of(manifest), manifest["metadata"].get("namespace"), name)
            return await preview(cluster, manifest, newer, attempts - 1)
        return refused(kind, name, error), _grafted(wanted, live)
    if live is None:
        return Child(kind=kind, name=name, change="New"), then
    diff = unified(live, then)
    return Child(kind=kind, name=name, change="Changed" if diff else "Unchanged", diff=diff), then


async def _tried(cluster: Cluster, wanted: Manifest, live: Manifest | None) -> Manifest:
    """As it was applied the last time: by kubectl, or on the server by whoever did."""
    last = ((live or {}).get("metadata", {}).get("annotations") or {}).get(LAST_APPLIED)
    if live is not None and last is not None:
        return await cluster.replace(three_way(json.loads(last), wanted, live), dry_run=True)
    return await cluster.apply(wanted, manager=_applier(live) if live else FIRST, dry_run=True)


def three_way(original: Mapping[str, Any], wanted: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """The live object with all that is wanted, and without what was wanted the last time and is no longer."""
    kept = {key: value for key, value in live.items() if key in wanted or key not in original}
    return kept | {key: _merged(original.get(key), value, live.get(key)) for key, value in wanted.items()}


def _merged(original: Any, wanted: Any, live: Any) -> Any:
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        return three_way(original if isinstance(original, Mapping) else {}, wanted, live)
    return wanted


def _applier(live: Manifest) -> str:
    """Who has applied its spec on the server, the last one if there are several."""
    entries = [
        entry
        for entry in live["metadata"].get("managedFields") or ()
        if entry["operation"] == "Apply" and "f:spec" in (entry.get("fieldsV1") or {})
    ]
    return str(max(entries, key=lambda entry: str(entry.get("time")))["manager"]) if entries else FIRST


def _written(manifest: Manifest) -> Manifest:
    """What a file says of an object, without what a cluster has added to it."""
    said = {key: manifest["metadata"][key] for key in ("name", "namespace") if key in manifest["metadata"]}
    said |= {key: dict(manifest["metadata"][key]) for key in ("labels", "annotations") if manifest["metadata"].get(key)}
    said.get("annotations", {}).pop(LAST_APPLIED, None)
    return {**{key: manifest[key] for key in ("apiVersion", "kind", "spec")}, "metadata": said}


def _grafted(wanted: Manifest, live: Manifest | None) -> Manifest:
    """With what only the cluster knows of it."""
    return wanted if live is None else wanted | {"metadata": live["metadata"] | wanted["metadata"]}
