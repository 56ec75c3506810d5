"""Every change of some objects, in order and without a gap, as the API server tells it."""

import json
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
from tests.controlplane.kube import API, Manifest, path

HOUR = "3600"  # how long the API server should keep one watch open, in seconds


class Change(NamedTuple):
    """kind: ADDED, MODIFIED or DELETED."""

    kind: str
    manifest: Manifest


class GapError(Exception):
    """The API server does not tell everything any more."""


async def follow(http: httpx.AsyncClient, kind: str, namespace: str = "", **selectors: str) -> AsyncIterator[Change]:
    """What is there, each as ADDED, and then every change, for ever. Raises GapError.

    selectors: fieldSelector, labelSelector.
    """
    place = path(API[kind], kind, namespace or None)
    there = (await http.get(place, params=selectors)).raise_for_status().json()
    for item in there["items"]:
        yield Change("ADDED", item)
    version = there["metadata"]["resourceVersion"]
    while True:
        query = selectors | {"watch": "true", "resourceVersion": version, "timeoutSeconds": HOUR}
        async with http.stream("GET", place, params=query, timeout=None) as response:
            async for line in response.raise_for_status().aiter_lines():
                change = Change(*(json.loads(line)[part] for part in ("type", "object")))
                if change.kind == "ERROR":
                    raise GapError(change.manifest.get("message"))
                version = change.manifest["metadata"]["resourceVersion"]
                yield change
