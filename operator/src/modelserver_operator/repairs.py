"""How often others have undone what we applied, and when to stop: a fight that nobody wins is load for everybody.

Pure: the times come with the calls.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from modelserver_operator.fields import Path, spelled

REPAIRS = 5
WITHIN = timedelta(minutes=10)

WHOLE: Path = ()  # the object itself, which somebody deletes


@dataclass(frozen=True)
class Contest:
    """A field of one object that `manager` (empty: not known) keeps changing; it is left to them `until` then."""

    path: Path
    manager: str
    until: datetime


@dataclass(frozen=True)
class Repair:
    """An object, by kind and name, and of what was put back in it the fields, each with the manager that changed it."""

    title: str
    changed: Mapping[Path, str]

    def __str__(self) -> str:
        (path, manager), *others = self.changed.items()
        if path == WHOLE:
            return f"{self.title} was deleted and is made again."
        verb = "is" if len(others) == 1 else "are"
        more = f", as {verb} {len(others)} more of its fields" if others else ""
        return f"{spelled(path)} of {self.title} was changed by {manager or 'somebody'} and is put back{more}."


@dataclass
class Repairs:
    """Counts, for each field of each object, how often it was put back within the last ten minutes."""

    total: int = 0
    _times: dict[Hashable, dict[Path, list[datetime]]] = field(default_factory=dict)
    _managers: dict[tuple[Hashable, Path], str] = field(default_factory=dict)

    def note(self, place: Hashable, changed: Mapping[Path, str], now: datetime) -> None:
        """One repair of the object at `place`: the fields that were changed, each with the manager that did it."""
        self.total += 1
        times = self._times.setdefault(place, {})
        for path, manager in changed.items():
            times[path] = [*_recent(times.get(path, []), now), now]
            self._managers[place, path] = manager

    def contest(self, place: Hashable, paths: Collection[Path], now: datetime) -> Contest | None:
        """The first of these fields that has been put back too often; None while there is none."""
        for path, times in self._times.get(place, {}).items():
            if path in paths and len(recent := _recent(times, now)) >= REPAIRS:
                return Contest(path, self._managers[place, path], recent[-REPAIRS] + WITHIN)
        return None

    def contested(self, now: datetime) -> int:
        """How many objects have a field that is left to others now."""
        return sum(self.contest(place, times, now) is not None for place, times in self._times.items())

    def forget(self, place: Hashable) -> None:
        """The object is wished for anew, or no longer: what others did to it before says nothing."""
        for path in self._times.pop(place, {}):
            del self._managers[place, path]


def _recent(times: Iterable[datetime], now: datetime) -> list[datetime]:
    return [time for time in times if now - time < WITHIN]
