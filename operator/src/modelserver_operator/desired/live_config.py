"""The live part of the runtime's configuration: what a running server takes over without a restart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from modelserver_operator.api.emotions import DefaultMix, MixTerm, Variant
from modelserver_operator.desired.start_config import SCHEMA_VERSION, as_yaml
from modelserver_operator.resolve import Resolved


def live_yaml(resolved: Resolved) -> str:
    """The file's text."""
    return as_yaml(json.dumps(live_config(resolved)))


def live_digest(resolved: Resolved) -> str:
    """The SHA-256 of the file's bytes, as the runtime reports it of what it has in force."""
    return hashlib.sha256(live_yaml(resolved).encode()).hexdigest()


def live_config(resolved: Resolved) -> dict[str, Any]:
    """The file as plain data: which names are steered by which mixes, and whether requests may bring their own."""
    emotions, steering = resolved.emotions, resolved.steering
    own = {"perRequest": steering.per_request.value} if steering else {}
    default = {"default": _steering(emotions.default)} if emotions.default else {}
    variants = [{"name": variant.name, **_steering(variant)} for variant in emotions.variants]
    return {"schemaVersion": SCHEMA_VERSION, "emotions": {**own, **default, "variants": variants}}


def _steering(steered: DefaultMix | Variant) -> dict[str, Any]:
    return {"mix": _canonical(steered.mix), "phase": steered.phase.lower()}


def _canonical(mix: Iterable[MixTerm]) -> list[dict[str, Any]]:
    """Terms in one order, scales rounded to 0.01 and without a negative zero: equal mixes are equal text."""
    terms = sorted(mix, key=lambda term: term.vector)
    return [{"vector": term.vector, "scale": round(float(term.scale), 2) + 0.0} for term in terms]
