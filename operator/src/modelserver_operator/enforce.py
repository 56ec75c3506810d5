"""From what is wanted to what is: applies and deletes, and as few of them as possible.

Nothing is written to an object that we did not create. An object in which all of the wish is in force is not applied.
What is otherwise in the answer to an apply of ours is the doing of an admission policy, which would do it again: it is
remembered, and neither applied again nor taken for somebody's change. Forgetting costs one apply.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from modelserver_operator.api import Reason
from modelserver_operator.blocked import Blocked, contested, failed, not_ours, title, unmade, unread
from modelserver_operator.children import Family
from modelserver_operator.cluster import (
    ABSENT,
    CONFIG_MAP,
    DEPLOYMENT,
    Cluster,
    Kind,
    Manifest,
    NotFound,
    Rejected,
    Unavailable,
    kind_of,
    uid_is,
)
from modelserver_operator.fields import Path, deviations, writer
from modelserver_operator.repairs import WHOLE, Repair, Repairs
from modelserver_operator.scalers import is_scaler
from modelserver_operator.wish import MANAGERS, REPLICAS_MANAGER, Wish

Place = tuple[str, str, str]  # namespace, kind, name

# KEDA refuses a scaler for as long as it believes that the former one is there.
HANDOVER_SECONDS = 10.0


@dataclass
class Enforcer:
    """Makes one ModelServer's children as wanted. `missing` hears of a kind that the API server no longer serves."""

    cluster: Cluster
    now: Callable[[], datetime]
    repairs: Repairs
    missing: Callable[[Kind], None]
    repaired: list[Repair] = field(default_factory=list)  # and not told of yet
    _applied: dict[Place, str] = field(default_factory=dict)  # the digest of the wish that was last in force
    _overruled: dict[Place, set[Path]] = field(default_factory=dict)  # what that wish could not have

    async def enforce(self, wishes: Sequence[Wish], family: Family) -> Blocked | None:
        """Apply, then prune; `family` is brought up to date. Raises Unavailable and Conflict.

        While the Deployment is held, or could not be made as wished, nothing is pruned: its pods may need it.
        """
        blocked = unread(family) or await self._read_unlabelled(wishes, family) or not_ours(wishes, family)
        if blocked:
            return blocked
        held = {wish.kind for wish in wishes if wish.held}
        if blocked := await self._retire(wishes, family):
            return blocked
        failures = await self._apply_all(wishes, family)
        if blocked := not_ours(wishes, family):
            return blocked
        unpruned = None if DEPLOYMENT.name in {*held, *failures} else await self._prune(wishes, family)
        return next(iter(failures.values()), unpruned)

    def take_repaired(self) -> tuple[Repair, ...]:
        """What was put back since this was asked last, be it in a pass that ended in an error."""
        taken = tuple(self.repaired)
        self.repaired.clear()
        return taken

    def forget(self) -> None:
        """The ModelServer is gone."""
        for place in self._applied:
            self.repairs.forget(place)

    async def _read_unlabelled(self, wishes: Iterable[Wish], family: Family) -> Blocked | None:
        """Look by name for what was listed by label: it may have lost its labels, or be somebody else's."""
        for wish in wishes:
            if wish.kind == CONFIG_MAP.name and family.find(wish.manifest) is None:
                metadata = wish.manifest["metadata"]
                try:
                    live = await self.cluster.get(CONFIG_MAP, metadata["namespace"], metadata["name"])
                except Rejected as error:
                    return Blocked(Reason.REJECTED_BY_API_SERVER, f"{title(wish.manifest)} could not be read: {error}")
                if live:
                    family.put(live)
        return None

    async def _apply_all(self, wishes: Sequence[Wish], family: Family) -> dict[str, Blocked]:
        """What could not be applied, by kind, the Deployment included when something that it needs could not."""
        failures: dict[str, Blocked] = {}
        for wish in wishes:
            if wish.kind == DEPLOYMENT.name and (missing := unmade(failures)):
                failures[wish.kind] = missing
            elif blocked := await self._apply_one(wish, family):
                failures.setdefault(wish.kind, blocked)
        return failures

    async def _apply_one(self, wish: Wish, family: Family) -> Blocked | None:
        live = family.find(wish.manifest)
        paths = self._deviations(wish, live)
        if live is not None and not paths:
            self._remember(wish, live)
            return None
        drift = self._drift(wish, live, paths)
        if isinstance(drift, Blocked):
            return drift
        try:
            applied = await self._write(wish, live)
        except (Rejected, Unavailable) as error:
            return self._not_applied(wish.manifest, error)
        self._remember(wish, applied)
        self.repaired += [drift] if drift else []
        family.put(applied)
        return None

    def _drift(self, wish: Wish, live: Manifest | None, paths: Sequence[Path]) -> Repair | Blocked | None:
        """What others have done to it that is to be put back, or too often by now; None: the wish is another."""
        place = _place(wish.manifest)
        if self._applied.get(place) != wish.digest:
            self.repairs.forget(place)
            return None
        if contest := self.repairs.contest(place, paths, self.now()):
            return contested(wish, contest, self.now())  # an apply takes all fields or none
        changed = {path: _writer(live, path) for path in paths}
        self.repairs.note(place, changed, self.now())
        return Repair(title(wish.manifest), changed)

    def _deviations(self, wish: Wish, live: Manifest | None) -> list[Path]:
        if live is None:
            return [WHOLE]
        place = _place(live)
        overruled = self._overruled.get(place, ()) if self._applied.get(place) == wish.digest else ()
        return [path for path in wish.deviations(live) if path not in overruled]

    def _remember(self, wish: Wish, live: Manifest) -> None:
        self._applied[_place(live)] = wish.digest

    async def _write(self, wish: Wish, live: Manifest | None) -> Manifest:
        if live is None and wish.scale:
            live = await self.cluster.apply(wish.at_birth(), manager=REPLICAS_MANAGER, precondition=ABSENT)
        overruled: set[Path] = set()
        for part, manager in wish.due(live) if live else wish.parts():
            precondition = uid_is(live["metadata"]["uid"]) if live else ABSENT
            live = await self.cluster.apply(part, manager=manager, precondition=precondition)
            overruled.update(deviations(part, live, manager))
        assert live is not None, "every wish has a part"
        self._overruled[_place(live)] = overruled
        return live

    async def _retire(self, wishes: Sequence[Wish], family: Family) -> Blocked | None:
        """Remove scalers that are wished for no longer, before anything else sets the number of pods. No pod needs
        them, so that one goes from a Deployment that is held, too."""
        if any(wish.unheard for wish in wishes):
            return None
        leaving = [each for each in family.superfluous(wish.manifest for wish in wishes) if is_scaler(each)]
        blocked = [await self._remove(each) for each in leaving]
        family.leave(leaving)
        return next((each for each in blocked if each), None)

    async def _prune(self, wishes: Iterable[Wish], family: Family) -> Blocked | None:
        """Remove what is wished for no longer; the first that could not be removed stops none of the others."""
        blocked = [await self._remove(each) for each in family.superfluous(wish.manifest for wish in wishes)]
        return next((each for each in blocked if each), None)

    async def _remove(self, manifest: Manifest) -> Blocked | None:
        for memory in (self._applied, self._overruled):
            memory.pop(_place(manifest), None)
        try:
            await self.cluster.delete(manifest)
        except (Rejected, Unavailable) as error:
            return failed(f"{title(manifest)} could not be removed: {error}", error)
        return None

    def _not_applied(self, manifest: Manifest, error: Rejected | Unavailable) -> Blocked:
        if isinstance(error, NotFound):
            self.missing(kind_of(manifest))
        what = "was refused" if isinstance(error, Rejected) else "could not be applied"
        said = failed(f"{title(manifest)} {what}: {error}", error)
        return replace(said, again=HANDOVER_SECONDS) if is_scaler(manifest) else said


def _writer(live: Manifest | None, path: Path) -> str:
    """Who has changed this field, as far as the object says."""
    return writer(live, path, but=MANAGERS) if live else ""


def _place(manifest: Manifest) -> tuple[str, str, str]:
    return manifest["metadata"]["namespace"], manifest["kind"], manifest["metadata"]["name"]
