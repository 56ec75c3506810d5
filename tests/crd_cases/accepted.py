"""Objects that are accepted."""

from __future__ import annotations

from collections.abc import Iterator

from tests.crd_cases.objects import (
    HUB,
    IMAGE,
    REDIS,
    VECTORS,
    Case,
    at,
    cache,
    cached,
    ingress,
    mix,
    mixed,
    rated,
    repo,
    route,
    scaled,
    server,
    server_class,
    spread,
    timeouts,
    variants,
    volume,
)
from tests.crd_cases.whole import IN_AN_IMAGE, ON_A_VOLUME, WHOLE, WHOLE_CLASS


def _servers() -> Iterator[Case]:
    yield Case("the smallest server", server())
    yield Case("the design's whole sample", WHOLE)
    yield Case("the whole sample on a volume, with a route", ON_A_VOLUME)
    yield Case("the whole sample in an image", IN_AN_IMAGE)
    yield Case("an empty part", server(engine={}, admission={}, rollout={}, emotions={}, generation={}, monitoring={}))
    yield Case("nulls count as left out", server(engine=None, servedNames=None, replicas=None, paused=None))
    yield Case("names with slashes, dots and colons", server(servedNames=["org/Model-7B.v1:q4"]))
    yield Case("forty characters of name", server("a" * 40))
    yield Case("no replicas", server(replicas=0))
    yield Case("sizes that make the count", server(accelerators=spread(8, 4, 2)))
    yield Case("one size that divides the count", server(accelerators={"count": 4, "tensorParallelSize": 2}))
    yield Case("options", server(engine={"arguments": {"enforce-eager": "", "seed": "1"}}))
    yield Case("the longest drain", server(rollout={"drainSeconds": 40}, admission=timeouts(10, 30)))
    yield Case("paused", server(paused=True))


def _models() -> Iterator[Case]:
    yield Case("a model at the root of its volume", server(model={"persistentVolumeClaim": {"claimName": "models"}}))
    yield Case("a folder with dots and dashes", server(model=at("org/Model-7B.v1_x")))
    yield Case("a model of the hub", server(model=HUB))
    yield Case("a commit of the hub", server(model=repo("org/name", "0123456789abcdef0123456789abcdef01234567")))
    yield Case("a pull request of the hub", server(model=repo("org/name", "refs/pr/1")))
    yield Case("a model in an image", server(model=IMAGE))
    yield Case("an image by digest", server(model={"image": {"reference": f"r.example.com:5000/m@sha256:{'0' * 64}"}}))
    yield Case("a folder in an image", server(model={"image": {**IMAGE["image"], "path": "/models/qwen"}}))
    yield Case("some facts", server(model={**HUB, "facts": {"parameters": 7_600_000_000, "bytesPerParameter": 0.5}}))
    yield Case("no facts", server(model={**IMAGE, "facts": {}}))


def _emotions() -> Iterator[Case]:
    yield Case("vectors without variants", server(emotions={"vectors": VECTORS}))
    yield Case("variants", server(servedNames=["base"], emotions=variants("cheerful", "org/grave")))
    yield Case("scales at both ends", server(emotions=mixed(mix("joy", 4), mix("fear", -4))))
    yield Case("emotions of requests only", server(emotions={"vectors": VECTORS, "perRequest": "Disabled"}))


def _load() -> Iterator[Case]:
    yield Case("as many tokens as the limit", server(generation={"maxTokens": 64, "maxTokensLimit": 64}))
    yield Case("no randomness", server(generation={"temperature": 0, "topP": 1}))
    yield Case("refusals from the first request on", server(admission={"refuseEarlyAbovePercent": 1}))
    yield Case("keys without a rate", server(auth={"apiKeysSecretRef": {"name": "keys"}}))
    yield Case("a rate of nothing", server(auth=rated()))
    yield Case("tokens counted in a Redis", server(auth=rated(tokensPerMinutePerClient=9, **REDIS)))
    yield Case("any origin", server(cors={"allowedOrigins": ["*", "http://localhost:3000"]}))
    yield Case("a scaler that only has a most", server(autoscaling={"maxReplicas": 3}))
    yield Case("a scaler of one number", server(autoscaling=scaled(2, 2)))
    yield Case("a scaler beside replicas", server(replicas=5, autoscaling=scaled(1, 2)))
    yield Case("an Ingress without TLS", server(expose=ingress("support.example.com")))
    yield Case("a host of one label", server(expose=ingress("localhost")))
    yield Case("a route of two hosts", server(expose=route("a.example.com", "b.example.com")))
    yield Case("no monitoring", server(monitoring={"serviceMonitor": "Disabled", "alerts": "Disabled"}))


def _caches() -> Iterator[Case]:
    yield Case("a cache", cached())
    yield Case("a cache without replicas", cached(replicas=0))
    yield Case("a cache of one node, replaced", cached(rollout={"strategy": "Replace"}))
    yield Case("a cache of one node with a scaler of one", cached(autoscaling=scaled(1, 1)))
    yield Case("a cache of many nodes", cached("ReadWriteMany", replicas=3, rollout={"strategy": "Surge"}))
    yield Case("a cache of many nodes with a scaler", cached("ReadWriteMany", autoscaling=scaled(1, 4)))
    yield Case("a cache that stays", cached(cache=cache(whenDeleted="Retain", storageClassName="fast", size=1000)))


def _classes() -> Iterator[Case]:
    yield Case("the smallest class", server_class())
    yield Case("a class with every field", WHOLE_CLASS)
    yield Case("a class of accelerators", server_class(device="Cuda", accelerator={"resourceName": "nvidia.com/gpu"}))
    yield Case("whole numbers of resources", server_class(resources={"cpu": 4, "memory": "16Gi"}))
    yield Case("a volume beside our folders", server_class(volumes=[volume("/opt/engine")]))
    yield Case("tolerations", server_class(tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists"}]))
    yield Case("every source", server_class(allowed={"sources": ["PersistentVolumeClaim", "HuggingFace", "Image"]}))
    yield Case("every host", server_class(allowed={"hosts": ["*"]}))
    yield Case("hosts below a suffix", server_class(allowed={"hosts": ["*.example.com", "a.test"]}))
    yield Case("an ingress class", server_class(ingress={"className": "nginx"}))
    yield Case("a later template", server_class(templateRevision=2, maxConcurrentRollouts=10))


ACCEPTED: tuple[Case, ...] = (*_servers(), *_models(), *_emotions(), *_load(), *_caches(), *_classes())
