"""What comes of a ModelServer and a class, as the tests of resolve ask it."""

from __future__ import annotations

from typing import Any

from tests.crd_cases import server, server_class

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.resolve import ASSUMED, Facts, Refusal, Resolved, resolve

GPU = {"resourceName": "nvidia.com/gpu"}


def outcome(
    spec: dict[str, Any], of_class: dict[str, Any] | None = None, facts: Facts = ASSUMED, namespace: str = "team"
) -> Resolved | Refusal:
    """What comes of a ModelServer of this spec with a class of that spec."""
    manifest = server(className="small", **spec)
    manifest["metadata"]["namespace"] = namespace
    return resolve(
        ModelServer.parse(manifest, strict=True),
        ModelServerClass.parse(server_class(**(of_class or {})), strict=True),
        facts,
    )


def resolved(spec: dict[str, Any], of_class: dict[str, Any] | None = None, facts: Facts = ASSUMED) -> Resolved:
    """The same, where nothing is refused."""
    found = outcome(spec, of_class, facts)
    assert isinstance(found, Resolved), found
    return found


def cuda(capability: str | None = None) -> dict[str, Any]:
    """A class of accelerators."""
    return {"device": "Cuda", "accelerator": GPU | ({"computeCapability": capability} if capability else {})}


def refused(spec: dict[str, Any], of_class: dict[str, Any] | None = None, facts: Facts = ASSUMED) -> Refusal:
    """The same, where something is refused."""
    found = outcome(spec, of_class, facts)
    assert isinstance(found, Refusal), found
    return found


def allowing(**patterns: str) -> dict[str, Any]:
    """A class that fixes seed and allows these options."""
    allowed = [{"name": name.replace("_", "-"), "pattern": pattern} for name, pattern in patterns.items()]
    return {"engine": {"arguments": {"seed": "1"}, "allowedArguments": allowed}}


def test_options_of_class_and_server_are_merged() -> None:
    found = resolved({"engine": {"arguments": {"block-size": "32"}}}, allowing(block_size="[0-9]+"))
    assert {name: argument.value for name, argument in found.engine.arguments.items()} == {
        "block-size": "32",
        "kv-cache-memory-bytes": "1073741824",
        "seed": "1",
    }
    assert found.engine.arguments["seed"].reason == "fixed by class small"
