"""Whether somebody else keeps writing a ModelServer's status over ours, as a second operator would. Pure.

Each such write wakes whoever watches, so that two writers who disagree would go on for ever.
"""

import hashlib
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from modelserver_operator.fields import Path
from modelserver_operator.repairs import Contest, Repairs

Status = Mapping[str, Any]

STATUS: Path = ("f:status",)
REMEMBERED = 4  # a pass may write two statuses, before and after the applies
TIMES = ("lastTransitionTime", "startedAt")  # which begin anew when somebody has written another status meanwhile


@dataclass(frozen=True)
class _Written:
    """What we have said of one generation: digests of the status as it stood last, and, without times, of the last."""

    generation: int
    last: str
    said: tuple[str, ...]


@dataclass
class Statuses:
    """Counts how often a status was overwritten and what it had said was still true; as Repairs count for children."""

    repairs: Repairs = field(default_factory=Repairs)
    _written: dict[Hashable, _Written] = field(default_factory=dict)

    def contest(self, place: Hashable, found: Status, wanted: Status, now: datetime) -> Contest | None:
        """Why `found` is to be left though `wanted` is true; None: write it, which is counted if it is a repair."""
        written = self._written.get(place)
        if written is None or written.generation != wanted["observedGeneration"]:
            self.forget(place)
        elif contest := self.repairs.contest(place, [STATUS], now):
            return contest
        elif written.last != _digest(found) and _digest(wanted, but=TIMES) in written.said:
            self.repairs.note(place, {STATUS: ""}, now)
        return None

    def stands(self, place: Hashable, status: Status) -> None:
        """This is what stands there now, and what we say."""
        written, generation = self._written.get(place), status["observedGeneration"]
        said = written.said if written and written.generation == generation else ()
        timeless = _digest(status, but=TIMES)
        said = (*(each for each in said if each != timeless), timeless)[-REMEMBERED:]
        self._written[place] = _Written(generation, _digest(status), said)

    def forget(self, place: Hashable) -> None:
        """The ModelServer is gone, or its spec is another."""
        self._written.pop(place, None)
        self.repairs.forget(place)


def _digest(status: Status, *, but: tuple[str, ...] = ()) -> str:
    return hashlib.sha256(json.dumps(_without(status, but), sort_keys=True).encode()).hexdigest()


def _without(value: Any, names: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(each, names) for key, each in value.items() if key not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value
