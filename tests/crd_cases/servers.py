"""ModelServers that are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.crd_cases.objects import (
    HUB,
    IMAGE,
    MODEL,
    REDIS,
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
    spread,
    timeouts,
    variants,
)

ONE_SOURCE = "exactly one of huggingFace, persistentVolumeClaim, image must be set"
ONE_NODE = "where cache.accessMode is ReadWriteOnce"


def _names() -> Iterator[Case]:
    yield Case("a long name", server("a" * 41), "the name may have at most 40 characters")
    yield Case("a name that begins with a digit", server("7b"), "begin with a letter")
    yield Case("a name with a dot", server("a.b"), "begin with a letter")
    yield Case("its own name again", server(servedNames=["demo"]), "may not repeat the object's own name")
    yield Case("a served name twice", server(servedNames=["a", "a"]), "spec.servedNames")
    yield Case("a served name with a blank", server(servedNames=["a b"]), "spec.servedNames[0]")


def _models() -> Iterator[Case]:
    yield Case("no model", {**server(), "spec": {"className": "small"}}, "spec.model")
    yield Case("a model of no source", server(model={}), ONE_SOURCE)
    yield Case("facts without a source", server(model={"facts": {"layers": 28}}), ONE_SOURCE)
    yield Case("a model of two sources", server(model={**MODEL, **HUB}), ONE_SOURCE)
    yield Case("a model of three sources", server(model={**MODEL, **HUB, **IMAGE}), ONE_SOURCE)
    yield Case("a claim without a name", server(model={"persistentVolumeClaim": {}}), "claimName")
    yield Case("a path out of the volume", server(model=at("../secrets")), "path")
    yield Case("a path from the root", server(model=at("/models")), "path")
    yield Case("a hidden folder", server(model=at("a/.git")), "path")
    yield Case("a repository without an owner", server(model=repo("gpt2")), "spec.model.huggingFace.repo")
    yield Case("a repository out of its folder", server(model=repo("../secrets")), "spec.model.huggingFace.repo")
    yield Case("a repository with an address", server(model=repo("https://hub/a/b")), "spec.model.huggingFace.repo")
    yield Case("two dashes in a repository", server(model=repo("a/b--c")), "spec.model.huggingFace.repo")
    yield Case("a revision out of its folder", server(model=repo("a/b", "../x")), "spec.model.huggingFace.revision")
    yield Case("an option as a revision", server(model=repo("a/b", "--token")), "spec.model.huggingFace.revision")
    yield Case("a token without a key", server(model=_token({"name": "hub"})), "tokenSecretRef.key")
    yield Case("a token of another namespace", server(model=_token({"name": "a/b", "key": "t"})), "tokenSecretRef.name")
    yield Case("an image with a blank", server(model={"image": {"reference": "a b"}}), "spec.model.image.reference")
    yield Case("a relative path in an image", server(model=_inside("models")), "spec.model.image.path")
    yield Case("a path out of an image", server(model=_inside("/../etc")), "spec.model.image.path")
    yield Case("a model of no layers", server(model={**HUB, "facts": {"layers": 0}}), "spec.model.facts.layers")


def _engines() -> Iterator[Case]:
    yield Case("an unknown profile", server(profile="Fast"), "spec.profile")
    yield Case("an enum in small letters", server(engine={"dtype": "bfloat16"}), "spec.engine.dtype")
    yield Case("a text for a number", server(engine={"maxSequences": "8"}), "spec.engine.maxSequences")
    yield Case("too few tokens", server(engine={"maxContextTokens": 1}), "spec.engine.maxContextTokens")
    yield Case("all of the memory", server(engine={"acceleratorMemoryPercent": 100}), "acceleratorMemoryPercent")
    yield Case("an option with dashes", server(engine={"arguments": {"--seed": "1"}}), "spec.engine.arguments")
    yield Case("an option in capitals", server(engine={"arguments": {"Seed": "1"}}), "spec.engine.arguments")
    yield Case("an option of a number", server(engine={"arguments": {"seed": 1}}), "spec.engine.arguments.seed")
    yield Case("sizes that make another count", server(accelerators=spread(8, 2, 2)), "must be count")
    yield Case("a size that does not divide", server(accelerators=spread(4, 3)), "must be a multiple")
    yield Case("sizes without a count", server(accelerators={"tensorParallelSize": 2}), "must be a multiple")


def _load() -> Iterator[Case]:
    yield Case("negative replicas", server(replicas=-1), "spec.replicas")
    yield Case("more tokens than the limit", _tokens(65, 64), "maxTokens may be at most maxTokensLimit")
    yield Case("more than hot", server(generation={"temperature": 2.1}), "spec.generation.temperature")
    yield Case("no probability", server(generation={"topP": 0}), "spec.generation.topP")
    yield Case("an effort in small letters", server(generation={"reasoningEffort": "high"}), "reasoningEffort")
    yield Case("keys of no Secret", server(auth={"rateLimit": {}}), "spec.auth.apiKeysSecretRef")
    yield Case("a Redis that counts nothing", server(auth=rated(**REDIS)), "must be set where redisSecretRef is")
    yield Case("no requests at all", server(auth=rated(requestsPerMinutePerClient=0)), "requestsPerMinutePerClient")
    yield Case("no origin", server(cors={"allowedOrigins": []}), "spec.cors.allowedOrigins")
    yield Case("an origin with a path", _origin("https://example.com/app"), "spec.cors.allowedOrigins[0]")
    yield Case("an origin without a scheme", _origin("example.com"), "spec.cors.allowedOrigins[0]")
    yield Case("a scaler without a most", server(autoscaling={}), "spec.autoscaling.maxReplicas")
    yield Case("a scaler upside down", server(autoscaling=scaled(3, 2)), "minReplicas may be at most maxReplicas")
    yield Case("a scaler down to nothing", server(autoscaling=scaled(0, 2)), "spec.autoscaling.minReplicas")
    yield Case("an unknown metrics source", _metrics("Keda"), "spec.autoscaling.metricsSource")
    yield Case("an error rate without a unit", _rate("0.5"), "spec.monitoring.slo.maxErrorRate")
    yield Case("an error rate as a number", _rate(0.5), "spec.monitoring.slo.maxErrorRate")
    yield Case("monitoring by yes", server(monitoring={"serviceMonitor": True}), "spec.monitoring.serviceMonitor")
    yield Case("paused in words", server(paused="Yes"), "spec.paused")


def _rollouts() -> Iterator[Case]:
    yield Case("an unknown strategy", server(rollout={"strategy": "Recreate"}), "spec.rollout.strategy")
    yield Case("no time to start", server(rollout={"startupTimeoutSeconds": 0}), "startupTimeoutSeconds")
    yield Case("a drain too short for both", _drain(39, 10, 30), "rollout.drainSeconds must be at least")
    yield Case("a drain too short for one", _drain(29, None, 30), "rollout.drainSeconds must be at least")
    yield Case("no way in", server(expose={}), "exactly one of ingress, httpRoute must be set")
    yield Case(
        "two ways in",
        server(expose=ingress("a.example.com") | route("a.example.com")),
        "exactly one of ingress, httpRoute must be set",
    )
    yield Case("a host in capitals", server(expose=ingress("A.example.com")), "spec.expose.ingress.host")
    yield Case("a host that is every one", server(expose=ingress("*.example.com")), "spec.expose.ingress.host")
    yield Case("an address for a host", server(expose=ingress("10.0.0.1")), "spec.expose.ingress.host")
    yield Case("a host with a port", server(expose=ingress("a.example.com:80")), "spec.expose.ingress.host")
    yield Case("a host with a path", server(expose=ingress("a.example.com/x")), "spec.expose.ingress.host")
    yield Case("a label of a host that is too long", server(expose=ingress(f"{'a' * 64}.test")), "ingress.host")
    yield Case("a route of no host", server(expose=route()), "spec.expose.httpRoute.hostnames")
    yield Case("a route of a host twice", server(expose=route("a.test", "a.test")), "spec.expose.httpRoute.hostnames")
    yield Case("a route of no gateway", _no_gateway(), "spec.expose.httpRoute.parentRefs")


def _caches() -> Iterator[Case]:
    only_hub = "cache may only be set with model.huggingFace"
    yield Case("a cache of a volume", server(cache=cache()), only_hub)
    yield Case("a cache of an image", server(model=IMAGE, cache=cache()), only_hub)
    yield Case("a cache of no size", server(model=HUB, cache={}), "spec.cache.size")
    yield Case("a cache in words", cached(cache=cache(size="large")), "spec.cache.size")
    yield Case("a cache of no mode", cached("ReadOnlyMany"), "spec.cache.accessMode")
    yield Case("a cache of one node for two pods", cached(replicas=2), f"replicas may be at most 1 {ONE_NODE}")
    yield Case(
        "a cache that says it is of one node",
        cached("ReadWriteOnce", replicas=2),
        f"replicas may be at most 1 {ONE_NODE}",
    )
    yield Case(
        "a cache of one node for a scaler",
        cached(autoscaling=scaled(1, 2)),
        f"autoscaling.maxReplicas may be at most 1 {ONE_NODE}",
    )
    yield Case(
        "a cache of one node in a surge",
        cached(rollout={"strategy": "Surge"}),
        f"rollout.strategy may not be Surge {ONE_NODE}",
    )


def _emotions() -> Iterator[Case]:
    no_vectors = "vectors must be set where default or variants are"
    yield Case("a mix too strong", server(emotions=mixed(mix(scale=4.01))), "mix[0].scale")
    yield Case("a mix of nothing", server(emotions=mixed([])), "mix")
    yield Case("a vector twice", server(emotions=mixed(mix() + mix())), "mix")
    yield Case("a term without a scale", server(emotions=mixed([{"vector": "joy"}])), "scale")
    yield Case("a vector called none", server(emotions=mixed(mix("none"))), "vector may not be 'none'")
    yield Case("a variant called none", server(emotions=variants("none")), "name may not be 'none'")
    yield Case("a variant twice", server(emotions=variants("a", "a")), "spec.emotions.variants")
    yield Case("a variant with the server's name", server(emotions=variants("demo")), "no variant may have the object")
    yield Case(
        "a variant with a served name",
        server(servedNames=["x", "base"], emotions=variants("base")),
        "no variant may have a name of spec.servedNames",
    )
    yield Case("an unknown phase", server(emotions={"default": {"mix": mix(), "phase": "all"}}), "phase")
    yield Case("vectors of no source", server(emotions={"vectors": {}}), "persistentVolumeClaim must be set")
    yield Case("variants without vectors", server(emotions={"variants": [{"name": "a", "mix": mix()}]}), no_vectors)
    yield Case("a default without vectors", server(emotions={"default": {"mix": mix()}}), no_vectors)
    yield Case("emotions by yes", server(emotions={"perRequest": True}), "spec.emotions.perRequest")


def _token(secret: dict[str, Any]) -> dict[str, Any]:
    return {"huggingFace": {**HUB["huggingFace"], "tokenSecretRef": secret}}


def _inside(path: str) -> dict[str, Any]:
    return {"image": {**IMAGE["image"], "path": path}}


def _tokens(count: int, limit: int) -> dict[str, Any]:
    return server(generation={"maxTokens": count, "maxTokensLimit": limit})


def _origin(origin: str) -> dict[str, Any]:
    return server(cors={"allowedOrigins": [origin]})


def _metrics(source: str) -> dict[str, Any]:
    return server(autoscaling=scaled(1, 2, metricsSource=source))


def _rate(rate: Any) -> dict[str, Any]:
    return server(monitoring={"slo": {"maxErrorRate": rate}})


def _no_gateway() -> dict[str, Any]:
    return server(expose={"httpRoute": {"parentRefs": [], "hostnames": ["a.example.com"]}})


def _drain(drain: int, queue: int | None, request: int) -> dict[str, Any]:
    return server(rollout={"drainSeconds": drain}, admission=timeouts(queue, request))


REFUSED_SERVERS: tuple[Case, ...] = (
    *_names(),
    *_models(),
    *_engines(),
    *_load(),
    *_rollouts(),
    *_caches(),
    *_emotions(),
)
