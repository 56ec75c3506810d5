"""What one pod gets: the class's resources for one unit, times the units of the ModelServer."""

from __future__ import annotations

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.api.classpod import UnitResources
from modelserver_operator.resolve.outcome import ResolvedResources, Valued
from modelserver_operator.resolve.quantities import times

# Docker's 64 MiB are too small for the buffers that the engine's processes share; vLLM's own examples use more.
SHARED_MEMORY = "1Gi"


def resources(server: ModelServer, server_class: ModelServerClass) -> ResolvedResources:
    """The pod's resources; what the class leaves out stays out, except shared memory."""
    spread, unit = server.spec.accelerators, server_class.spec.resources or UnitResources()
    units = Valued(spread.count, "spec.accelerators.count") if spread else Valued(1, "default: one")

    def total(quantity: str | None) -> Valued[str] | None:
        return _times(quantity, units.value, server_class.metadata.name) if quantity is not None else None

    return ResolvedResources(
        units=units,
        cpu=total(unit.cpu),
        memory=total(unit.memory),
        ephemeral_storage=total(unit.ephemeral_storage),
        shared_memory=total(unit.shared_memory)
        or Valued(SHARED_MEMORY, f"default: class {server_class.metadata.name} states none"),
    )


def _times(quantity: str, count: int, class_name: str) -> Valued[str]:
    if count == 1:
        return Valued(quantity, f"class {class_name}")
    return Valued(times(quantity, count), f"class {class_name}: {count} times {quantity}")
