"""Changes of stored objects: what may change, come and go, and what may not.

Most that needs a new pod may change. Rules hold for changes as for new objects, also where a part is added or removed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.crd_cases.objects import (
    HUB,
    IMAGE,
    MODEL,
    at,
    cache,
    cached,
    ingress,
    mix,
    repo,
    route,
    scaled,
    server,
    server_class,
    spread,
    variants,
)
from tests.crd_cases.whole import WHOLE, WHOLE_CLASS

ONE_SOURCE = "exactly one of huggingFace, persistentVolumeClaim, image must be set"
CLASS_STAYS = "storageClassName may not be changed, added or removed"
MODE_STAYS = "accessMode may not be changed"


@dataclass(frozen=True)
class Update:
    """A stored object and its next version.

    says: words of the refusal, empty when the change is accepted.
    of_change: only the change is refused; the next version would be accepted as a new object. Only the API server
        knows both.
    """

    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    says: str = ""
    of_change: bool = False


def _changes() -> Iterator[Update]:
    yield Update("another folder", server(), server(model=at("other")))
    yield Update("another class", server(className="a"), server(className="b"))
    yield Update("another source", server(), server(model=HUB))
    yield Update("from the hub into an image", server(model=HUB), server(model=IMAGE))
    yield Update("another revision", server(model=repo("a/b")), server(model=repo("a/b", "v2")))
    yield Update("sizes come", server(accelerators={"count": 2}), server(accelerators=spread(2, 2, 1)))
    yield Update("another host", server(expose=ingress("a.test")), server(expose=ingress("b.test")))
    yield Update("from an Ingress to a route", server(expose=ingress("a.test")), server(expose=route("a.test")))
    yield Update("paused and on again", server(paused=True), server(paused=False))
    yield Update("a class's hosts", server_class(), server_class(allowed={"hosts": ["*.test"]}))
    yield Update("a class's device", server_class(), server_class(accelerator={"resourceName": "example.com/npu"}))


def _parts() -> Iterator[Update]:
    """Every optional part of both objects comes, and goes."""
    for whole in (WHOLE, WHOLE_CLASS):
        for part in whole["spec"]:
            without = copy.deepcopy(whole)
            del without["spec"][part]
            if part in ("model", "image", "device", "accelerator"):
                continue  # required, the last one where the device is Cuda
            yield Update(f"{whole['kind']}'s {part} comes", without, whole)
            yield Update(f"{whole['kind']}'s {part} goes", whole, without)


def _caches() -> Iterator[Update]:
    plain, fast, slow = (cached(cache=each) for each in (cache(), _of_class("fast"), _of_class("slow")))
    shared = cached("ReadWriteMany")
    yield Update("a cache grows", plain, cached(cache=cache(size="80Gi")))
    yield Update("a cache is to stay", plain, cached(cache=cache(whenDeleted="Retain")))
    yield Update("a cache says its own mode", plain, cached("ReadWriteOnce"))
    yield Update("a cache of another class", fast, slow, CLASS_STAYS, of_change=True)
    yield Update("a cache gets a class", plain, fast, CLASS_STAYS, of_change=True)
    yield Update("a cache loses its class", fast, plain, CLASS_STAYS, of_change=True)
    yield Update("a cache for more nodes", plain, shared, MODE_STAYS, of_change=True)
    yield Update("a cache for fewer nodes", shared, cached("ReadWriteOnce"), MODE_STAYS, of_change=True)
    yield Update("a cache's mode is left out", shared, plain, MODE_STAYS, of_change=True)
    yield Update("a cache without its source", plain, {**plain, "spec": {**plain["spec"], "model": MODEL}}, "cache may")
    yield Update("a second pod on a cache of one node", plain, cached(replicas=2), "replicas may be at most 1")
    yield Update("a scaler on a cache of one node", plain, cached(autoscaling=scaled(1, 2)), "maxReplicas may be at")
    yield Update(
        "two pods, then a cache of one node", server(model=HUB, replicas=2), cached(replicas=2), "replicas may"
    )


def _broken() -> Iterator[Update]:
    yield Update("the source goes", server(), server(model={}), ONE_SOURCE)
    yield Update("a second source comes", server(), server(model={**MODEL, **HUB}), ONE_SOURCE)
    yield Update("the only way in goes", server(expose=ingress("a.test")), server(expose={}), "exactly one of ingress")
    yield Update(
        "a second way in comes",
        server(expose=ingress("a.test")),
        server(expose=ingress("a.test") | route("a.test")),
        "exactly one of ingress",
    )
    yield Update(
        "the most falls below the least",
        server(autoscaling=scaled(2, 4)),
        server(autoscaling=scaled(2, 1)),
        "minReplicas may be at most maxReplicas",
    )
    yield Update(
        "vectors go and variants stay",
        server(emotions=variants("cheerful")),
        server(emotions={"variants": [{"name": "cheerful", "mix": mix()}]}),
        "vectors must be set where default or variants are",
    )
    yield Update(
        "a served name takes a variant's",
        server(emotions=variants("cheerful")),
        server(servedNames=["cheerful"], emotions=variants("cheerful")),
        "no variant may have a name of spec.servedNames",
    )
    yield Update(
        "a class becomes one of accelerators",
        server_class(),
        server_class(device="Cuda"),
        "accelerator must be set",
    )


def _of_class(name: str) -> dict[str, Any]:
    return cache(storageClassName=name)


UPDATES: tuple[Update, ...] = (*_changes(), *_parts(), *_caches(), *_broken())
