"""Whether pods would be replaced, how many and why; and what changes without new pods. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import yaml

from modelserver_operator.children import Family
from modelserver_operator.cli.plan.contents import Difference, Rollout
from modelserver_operator.cli.plan.differences import differences
from modelserver_operator.cluster import CONFIG_MAP, DEPLOYMENT, POD_DISRUPTION_BUDGET, Manifest
from modelserver_operator.desired.live_config import live_config
from modelserver_operator.desired.start_config import CONTAINER, start_config
from modelserver_operator.resolve import Resolved, identity
from modelserver_operator.rolls import needs_turn
from modelserver_operator.room import USUAL, Room, Rooms
from modelserver_operator.status import Children, Observed, live_config_of
from modelserver_operator.wishes import has_asked, is_alike

START = "start"  # the volume with the start configuration
# Both volumes name the start configuration's hash, and so change with every difference that is told already.
BY_HASH = (f"volumes[{START}]", f"volumes[{identity.LIVE_VOLUME}]")


def replaced(rollout: Rollout, resolved: Resolved, family: Family, then: Manifest | None, now: datetime) -> Rollout:
    """The rollout against what lives. then: the Deployment as it would be stored; None where that is not known."""
    deployment = family.deployment()
    if why := family.unread.get(DEPLOYMENT.name):
        return replace(rollout, note=f"whether pods would be replaced is not known: {why}")
    if deployment is None:
        return rollout
    rolls = not is_alike(deployment, resolved)
    live = (*_number(deployment, then), *_live(resolved, family, deployment))  # which alone would replace nothing
    known = replace(rollout, pods=int(deployment["spec"].get("replicas", 1)), rolls=rolls, live=live)
    if not rolls:
        return known
    because = (*_started(resolved, family, deployment), *_template(deployment, then))
    return replace(known, because=because, turn=_turn(rollout, resolved, family, now))


def room(resolved: Resolved, family: Family, now: datetime) -> Room:
    """How many pods may be away at a time. What the operator allows where pods find no room is no difference."""
    children = Children(deployment=family.deployment(), replica_sets=family.replica_sets(), pods=family.pods())
    found = Rooms[str]().room(resolved.name, Observed(resolved, children, now))
    return replace(found, unplaced=_unplaced(resolved, family))


def _unplaced(resolved: Resolved, family: Family) -> int:
    """For how many pods without a place the budget allows now."""
    budget = family.find({"kind": POD_DISRUPTION_BUDGET.name, "metadata": {"name": resolved.name}}) or {}
    allowed = budget.get("spec", {}).get("maxUnavailable")
    return max(0, allowed - USUAL) if isinstance(allowed, int) else 0


def _turn(rollout: Rollout, resolved: Resolved, family: Family, now: datetime) -> str:
    deployment, server = family.deployment(), family.server
    if needs_turn(server, deployment, alike=False, asked=has_asked(deployment, resolved), now=now):
        return f"it has not asked for this itself, so it waits for its turn: {rollout.turn}"
    return "it waits for no other server"


def _started(resolved: Resolved, family: Family, deployment: Manifest) -> Iterator[Difference]:
    before = _config(family, _configmap(deployment, START), "start.yaml")
    if before is not None:
        yield from differences(before, start_config(resolved, CONTAINER))


def _live(resolved: Resolved, family: Family, deployment: Manifest) -> Iterator[Difference]:
    before = _config(family, live_config_of(deployment["spec"]["template"]["spec"]), "live.yaml")
    if before is not None:
        yield from differences(before, live_config(resolved))


def _number(deployment: Manifest, then: Manifest | None) -> Iterator[Difference]:
    if then:
        yield from differences(deployment["spec"].get("replicas"), then["spec"].get("replicas"), "replicas")


def _template(deployment: Manifest, then: Manifest | None) -> Iterator[Difference]:
    """What differs in the pods beside their configuration."""
    if then is None:
        return
    before, after = (each["spec"]["template"] for each in (deployment, then))
    for each in differences(before, after):
        if not each.field.removeprefix("spec.").startswith(BY_HASH):
            yield replace(each, field=f"pod.{each.field}")


def _config(family: Family, name: str, file: str) -> Mapping[str, Any] | None:
    """A configuration file as it lives; None where it could not be read."""
    found = family.find({"kind": CONFIG_MAP.name, "metadata": {"name": name}})
    return yaml.safe_load(found["data"][file]) if found else None


def _configmap(deployment: Manifest, volume: str) -> str:
    volumes = deployment["spec"]["template"]["spec"].get("volumes") or ()
    return next((each["configMap"]["name"] for each in volumes if each["name"] == volume), "")
