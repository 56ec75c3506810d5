"""How each ModelServer stands, as the operator's metrics tell it to alerts and dashboards. Pure.

A pod that never starts cannot tell that of itself, and a scaler that follows nothing is a matter of no pod at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Seen = Mapping[str, Any]
Place = tuple[str, str]


@dataclass(frozen=True)
class Standing:
    """conditions: (type, reason, whether it is True). wanted, ready: pods, of any template."""

    conditions: tuple[tuple[str, str, bool], ...]
    wanted: int
    ready: int


@dataclass
class Standings:
    """What was last told of each, by namespace and name."""

    _known: dict[Place, Standing] = field(default_factory=dict)

    def stands(self, place: Place, status: Seen, deployment: Seen | None) -> None:
        """This is how it stands, whoever else writes its status."""
        conditions = ((each["type"], each["reason"], each["status"] == "True") for each in status["conditions"])
        wanted = (deployment or {}).get("spec", {}).get("replicas", 0)
        self._known[place] = Standing(tuple(conditions), wanted, status["readyReplicas"])

    def forget(self, place: Place) -> None:
        """The ModelServer is gone."""
        self._known.pop(place, None)

    def __iter__(self) -> Iterator[tuple[Place, Standing]]:
        return iter(tuple(self._known.items()))
