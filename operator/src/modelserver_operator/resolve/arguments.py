"""Engine options: the class's fixed ones, and those of the ModelServer as far as the class allows them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.resolve.options import STEERING_OPTIONS, class_engine, ours, stem
from modelserver_operator.resolve.outcome import Refusal, Valued
from modelserver_operator.resolve.quantities import as_bytes

CACHE_SIZE = "kv-cache-memory-bytes"
CACHE_BYTES = 1 << 30


def arguments(server: ModelServer, server_class: ModelServerClass) -> dict[str, Valued[str]]:
    """The options that the engine gets, by name, sorted; called once the checks below have passed."""
    name = server_class.metadata.name
    fixed = {
        key: Valued(value, f"fixed by class {name}") for key, value in class_engine(server_class).arguments.items()
    }
    asked = {key: Valued(value, "spec.engine.arguments") for key, value in _asked(server).items()}
    return dict(sorted({**_cache(server_class), **asked, **fixed}.items()))


def options_are_not_ours(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """No option is asked for that is ours."""
    for option in _asked(server):
        if why := ours(option, server_class):
            return Refusal(
                Reason.FORBIDDEN_BY_CLASS, f"The option {option} {why}; no class can allow it.", _field(option)
            )
    return None


def options_are_not_fixed(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """No option is asked for that the class has fixed, not even with the same value: the class may change it."""
    fixed = {stem(option): option for option in class_engine(server_class).arguments}
    for option in _asked(server):
        if stem(option) in fixed:
            message = f"Class {server_class.metadata.name} fixes {fixed[stem(option)]}; remove {option} here."
            return Refusal(Reason.FORBIDDEN_BY_CLASS, message, _field(option))
    return None


def options_are_allowed(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """Each option is on the class's list, and its value matches the pattern."""
    patterns = {allowed.name: allowed.pattern for allowed in class_engine(server_class).allowed_arguments}
    for option, value in _asked(server).items():
        if option not in patterns:
            message = f"Class {server_class.metadata.name} does not allow {option}; it allows {_listed(patterns)}."
            return Refusal(Reason.FORBIDDEN_BY_CLASS, message, _field(option))
        if re.fullmatch(patterns[option], value) is None:
            message = f"Class {server_class.metadata.name} allows {option} only as {patterns[option]}, not {value!r}."
            return Refusal(Reason.FORBIDDEN_BY_CLASS, message, _field(option))
    return None


def options_leave_steering_alone(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """A server with vectors has no option, of its own or fixed by the class, by which it is steered."""
    if server.spec.emotions is None or server.spec.emotions.vectors is None:
        return None
    for option, valued in arguments(server, server_class).items():
        if option in STEERING_OPTIONS:
            text = f"The option {option} ({valued.reason}) cannot be set with spec.emotions.vectors: it is how the "
            field = _field(option) if option in _asked(server) else "spec.emotions.vectors"
            return Refusal(Reason.FORBIDDEN_BY_CLASS, f"{text}engine is steered. Remove one of the two.", field)
    return None


def _cache(server_class: ModelServerClass) -> dict[str, Valued[str]]:
    """On a CPU the engine would take its share of the whole node's memory, and the kernel would end it at the pod's
    limit: it is told a size instead. Weights and the engine itself need most of the rest."""
    if server_class.spec.device != "Cpu":
        return {}
    memory = server_class.spec.resources.memory if server_class.spec.resources else None
    if memory is None:
        return {CACHE_SIZE: Valued(str(CACHE_BYTES), f"class {server_class.metadata.name} states no memory: 1 GiB")}
    reason = f"a quarter of {memory}, the memory of one unit of class {server_class.metadata.name}"
    return {CACHE_SIZE: Valued(str(as_bytes(memory) // 4), reason)}


def _asked(server: ModelServer) -> Mapping[str, str]:
    return server.spec.engine.arguments if server.spec.engine else {}


def _field(option: str) -> str:
    return f"spec.engine.arguments.{option}"


def _listed(names: Mapping[str, str]) -> str:
    return ", ".join(sorted(names)) or "none"
