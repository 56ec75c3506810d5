"""Objects that are accepted or refused, as plain data.

tests/unit/operator feeds them to the parser, tests/controlplane to a real API server: both must give the same
verdict, and for a refusal both answers must hold the same words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MODEL = {"persistentVolumeClaim": {"claimName": "models", "path": "demo"}}
VECTORS = {"persistentVolumeClaim": {"claimName": "steering"}}


@dataclass(frozen=True)
class Case:
    """One object.

    says: words that both refusals hold, a field's path or a rule's message; empty when the object is accepted.
    """

    name: str
    manifest: Mapping[str, Any]
    says: str = ""


def server(name: str = "demo", **spec: Any) -> dict[str, Any]:
    """A ModelServer with a model, and what the case is about."""
    return {
        "apiVersion": "modelserver.dev/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": name},
        "spec": {"model": MODEL, **spec},
    }


def server_class(name: str = "small", **spec: Any) -> dict[str, Any]:
    """A ModelServerClass with an image and a device, and what the case is about."""
    return {
        "apiVersion": "modelserver.dev/v1alpha1",
        "kind": "ModelServerClass",
        "metadata": {"name": name},
        "spec": {"image": "registry.example.com/runtime:1", "device": "Cpu", **spec},
    }


def mix(vector: str = "happiness", scale: float = 0.5) -> list[dict[str, Any]]:
    """A mix of one vector."""
    return [{"vector": vector, "scale": scale}]


def variants(*names: str) -> dict[str, Any]:
    """Emotions with variants of these names."""
    return {"vectors": VECTORS, "variants": [{"name": name, "mix": mix()} for name in names]}


def _accepted() -> Iterator[Case]:
    yield Case("the smallest server", server())
    yield Case("a model at the root of its volume", server(model={"persistentVolumeClaim": {"claimName": "models"}}))
    yield Case("an empty part", server(engine={}, admission={}, rollout={}, emotions={}))
    yield Case("nulls count as left out", server(engine=None, servedNames=None, replicas=None))
    yield Case("names with slashes, dots and colons", server(servedNames=["org/Model-7B.v1:q4"]))
    yield Case("forty characters of name", server("a" * 40))
    yield Case("no replicas", server(replicas=0))
    yield Case("sizes that make the count", server(accelerators=_spread(8, 4, 2)))
    yield Case("one size that divides the count", server(accelerators={"count": 4, "tensorParallelSize": 2}))
    yield Case("options", server(engine={"arguments": {"enforce-eager": "", "seed": "1"}}))
    yield Case("vectors without variants", server(emotions={"vectors": VECTORS}))
    yield Case("variants", server(servedNames=["base"], emotions=variants("cheerful", "org/grave")))
    yield Case("scales at both ends", server(emotions=_mixed(mix("joy", 4), mix("fear", -4))))
    yield Case("the longest drain", server(rollout={"drainSeconds": 40}, admission=_timeouts(10, 30)))
    yield Case("the smallest class", server_class())
    yield Case("a class of accelerators", server_class(device="Cuda", accelerator={"resourceName": "nvidia.com/gpu"}))
    yield Case("whole numbers of resources", server_class(resources={"cpu": 4, "memory": "16Gi"}))
    yield Case("a volume beside our folders", server_class(volumes=[_volume("/opt/engine")]))
    yield Case("tolerations", server_class(tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists"}]))


def _refused_servers() -> Iterator[Case]:
    yield Case("no model", _without_model(), "spec.model")
    yield Case("a model of no source", server(model={}), "exactly one of huggingFace, persistentVolumeClaim, image must be set")
    yield Case("a claim without a name", server(model={"persistentVolumeClaim": {}}), "claimName")
    yield Case("a path out of the volume", server(model=_at("../secrets")), "path")
    yield Case("a path from the root", server(model=_at("/models")), "path")
    yield Case("a hidden folder", server(model=_at("a/.git")), "path")
    yield Case("a long name", server("a" * 41), "the name may have at most 40 characters")
    yield Case("a name that begins with a digit", server("7b"), "begin with a letter")
    yield Case("a name with a dot", server("a.b"), "begin with a letter")
    yield Case("its own name again", server(servedNames=["demo"]), "may not repeat the object's own name")
    yield Case("a served name twice", server(servedNames=["a", "a"]), "spec.servedNames")
    yield Case("a served name with a blank", server(servedNames=["a b"]), "spec.servedNames[0]")
    yield Case("an unknown profile", server(profile="Fast"), "spec.profile")
    yield Case("an enum in small letters", server(engine={"dtype": "bfloat16"}), "spec.engine.dtype")
    yield Case("a text for a number", server(engine={"maxSequences": "8"}), "spec.engine.maxSequences")
    yield Case("too few tokens", server(engine={"maxContextTokens": 1}), "spec.engine.maxContextTokens")
    yield Case("all of the memory", server(engine={"acceleratorMemoryPercent": 100}), "acceleratorMemoryPercent")
    yield Case("an option with dashes", server(engine={"arguments": {"--seed": "1"}}), "spec.engine.arguments")
    yield Case("an option in capitals", server(engine={"arguments": {"Seed": "1"}}), "spec.engine.arguments")
    yield Case("an option of a number", server(engine={"arguments": {"seed": 1}}), "spec.engine.arguments.seed")
    yield Case("negative replicas", server(replicas=-1), "spec.replicas")
    yield Case("sizes that make another count", server(accelerators=_spread(8, 2, 2)), "must be count")
    yield Case("a size that does not divide", server(accelerators=_spread(4, 3)), "must be a multiple")
    yield Case("sizes without a count", server(accelerators={"tensorParallelSize": 2}), "must be a multiple")
    yield Case("an unknown strategy", server(rollout={"strategy": "Recreate"}), "spec.rollout.strategy")
    yield Case("no time to start", server(rollout={"startupTimeoutSeconds": 0}), "startupTimeoutSeconds")
    yield Case("a drain too short for both", _drain(39, 10, 30), "rollout.drainSeconds must be at least")
    yield Case("a drain too short for one", _drain(29, None, 30), "rollout.drainSeconds must be at least")


def _refused_emotions() -> Iterator[Case]:
    yield Case("a mix too strong", server(emotions=_mixed(mix(scale=4.01))), "mix[0].scale")
    yield Case("a mix of nothing", server(emotions=_mixed([])), "mix")
    yield Case("a vector twice", server(emotions=_mixed(mix() + mix())), "mix")
    yield Case("a term without a scale", server(emotions=_mixed([{"vector": "joy"}])), "scale")
    yield Case("a vector called none", server(emotions=_mixed(mix("none"))), "vector may not be 'none'")
    yield Case("a variant called none", server(emotions=variants("none")), "name may not be 'none'")
    yield Case("a variant twice", server(emotions=variants("a", "a")), "spec.emotions.variants")
    yield Case("a variant with the server's name", server(emotions=variants("demo")), "no variant may have the object")
    yield Case(
        "a variant with a served name",
        server(servedNames=["x", "base"], emotions=variants("base")),
        "no variant may have a name of spec.servedNames",
    )
    yield Case("an unknown phase", server(emotions={"default": {"mix": mix(), "phase": "all"}}), "phase")
    yield Case(
        "variants without vectors",
        server(emotions={"variants": [{"name": "a", "mix": mix()}]}),
        "vectors must be set where default or variants are",
    )
    yield Case(
        "a default without vectors",
        server(emotions={"default": {"mix": mix()}}),
        "vectors must be set where default or variants are",
    )


def _refused_classes() -> Iterator[Case]:
    yield Case("no image", server_class(image=""), "spec.image")
    yield Case("an image with a blank", server_class(image="a b"), "spec.image")
    yield Case("an unknown device", server_class(device="Gpu"), "spec.device")
    yield Case("cuda without an accelerator", server_class(device="Cuda"), "accelerator must be set")
    yield Case("a capability in words", server_class(accelerator=_capable("ampere")), "computeCapability")
    yield Case("a quantity in words", server_class(resources={"memory": "lots"}), "spec.resources.memory")
    yield Case("a volume over ours", server_class(volumes=[_volume("/models")]), "may not hide a folder")
    yield Case("a volume inside ours", server_class(volumes=[_volume("/tmp/x")]), "may not hide a folder")
    yield Case("a volume around ours", server_class(volumes=[_volume("/var/cache")]), "may not hide a folder")
    yield Case("root", server_class(securityContext={"runAsUser": 0}), "runAsUser")
    yield Case("a variable twice", server_class(environment=[{"name": "A"}, {"name": "A"}]), "spec.environment")
    yield Case("an unknown source", server_class(allowed={"sources": ["Git"]}), "spec.allowed.sources")
    yield Case("a fixed option with dashes", server_class(engine={"arguments": {"--seed": ""}}), "engine.arguments")


def _spread(count: int, tensor: int, pipeline: int | None = None) -> dict[str, Any]:
    sizes = {"count": count, "tensorParallelSize": tensor}
    return sizes if pipeline is None else {**sizes, "pipelineParallelSize": pipeline}


def _timeouts(queue: int | None, request: int) -> dict[str, Any]:
    timeouts = {"requestTimeoutSeconds": request}
    return timeouts if queue is None else {**timeouts, "queueTimeoutSeconds": queue}


def _drain(drain: int, queue: int | None, request: int) -> dict[str, Any]:
    return server(rollout={"drainSeconds": drain}, admission=_timeouts(queue, request))


def _mixed(*mixes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "vectors": VECTORS,
        "variants": [{"name": f"mixed-{index}", "mix": each} for index, each in enumerate(mixes)],
    }


def _at(path: str) -> dict[str, Any]:
    return {"persistentVolumeClaim": {"claimName": "models", "path": path}}


def _volume(path: str) -> dict[str, Any]:
    return {"name": "engine", "persistentVolumeClaim": {"claimName": "engine"}, "mountPath": path}


def _capable(capability: str) -> dict[str, Any]:
    return {"resourceName": "nvidia.com/gpu", "computeCapability": capability}


def _without_model() -> dict[str, Any]:
    return {**server(), "spec": {"className": "small"}}


ACCEPTED: tuple[Case, ...] = tuple(_accepted())
REFUSED: tuple[Case, ...] = (*_refused_servers(), *_refused_emotions(), *_refused_classes())


@dataclass(frozen=True)
class Update:
    """A stored object and its next version. says: words of the refusal, empty when the change is accepted."""

    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    says: str = ""


# Nothing is immutable yet: what a change needs is a new pod. Rules hold for changes as for new objects, also where a
# part is added or removed.
UPDATES: tuple[Update, ...] = (
    Update("another model", server(), server(model=_at("other"))),
    Update("another class", server(className="a"), server(className="b")),
    Update("emotions come", server(), server(emotions=variants("cheerful"))),
    Update("emotions go", server(emotions=variants("cheerful")), server()),
    Update("sizes come", server(accelerators={"count": 2}), server(accelerators=_spread(2, 2, 1))),
    Update(
        "vectors go and variants stay",
        server(emotions=variants("cheerful")),
        server(emotions={"variants": [{"name": "cheerful", "mix": mix()}]}),
        "vectors must be set where default or variants are",
    ),
    Update(
        "a served name takes a variant's",
        server(emotions=variants("cheerful")),
        server(servedNames=["cheerful"], emotions=variants("cheerful")),
        "no variant may have a name of spec.servedNames",
    ),
    Update("the source goes", server(), server(model={}), "exactly one of huggingFace, persistentVolumeClaim, image must be set"),
)
