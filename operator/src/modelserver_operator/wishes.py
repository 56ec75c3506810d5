"""All that one ModelServer wants of the cluster in one pass, and how far its Deployment is from it. Pure."""

from modelserver_operator.children import Family
from modelserver_operator.cluster import DEPLOYMENT, POD_DISRUPTION_BUDGET, Manifest
from modelserver_operator.desired import (
    Owner,
    annotated,
    budgeted,
    desired,
    live_configmap,
    replicas,
    template_digest,
    with_room,
)
from modelserver_operator.resolve import Resolved, identity
from modelserver_operator.room import USUAL, Room
from modelserver_operator.scalers import may_be_made, scalers
from modelserver_operator.scaling import Scale, scale
from modelserver_operator.status import Scalers, ignored_replicas, live_config_of
from modelserver_operator.wish import Wish


def wishes(resolved: Resolved, owner: Owner, family: Family, *, held: bool, room: Room) -> list[Wish]:
    """All children that may be made now.

    held: it waits for a turn: it keeps its pods, may have more or fewer of them, and retunes them. room: how many
    pods may be away.
    """
    deployment, there = family.deployment(), scalers(family)
    manifests = [each for each in desired(resolved, owner) if may_be_made(each, there)]
    if held and deployment and (used := live_config_of(deployment["spec"]["template"]["spec"])):
        kept = live_configmap(resolved, owner, name=used)
        manifests = [kept, *(each for each in manifests if each["metadata"]["name"] != used)]
    scaled = scale(resolved, deployment, there)
    unheard = held and resolved.autoscaling is None and _is_unheard(deployment, there, scaled)
    return [
        Wish(_annotated(_roomy(each, room.unavailable), scaled), _scale(resolved, scaled), held, unheard)
        if each["kind"] == DEPLOYMENT.name
        else Wish(budgeted(each, USUAL + room.unplaced) if each["kind"] == POD_DISRUPTION_BUDGET.name else each)
        for each in manifests
    ]


def is_alike(deployment: Manifest | None, resolved: Resolved) -> bool:
    """Whether its pod template is as wished, by the digest that it was given."""
    return _annotation(deployment, identity.TEMPLATE) == template_digest(resolved)


def has_asked(deployment: Manifest | None, resolved: Resolved) -> bool:
    """Whether the server itself asks something else of its pods than when the Deployment was applied."""
    return _annotation(deployment, identity.ASKED) != resolved.asked


def _is_unheard(deployment: Manifest | None, there: Scalers, scaled: Scale) -> bool:
    """Beside somebody else's scaler the number is that one's."""
    return not there.on_pods and scaled.ignored not in (None, ignored_replicas(deployment))


def _roomy(manifest: Manifest, unavailable: int) -> Manifest:
    """The Deployment, some of whose pods find no room while others are replaced."""
    return manifest if unavailable == USUAL else with_room(manifest, unavailable)


def _annotated(manifest: Manifest, scaled: Scale) -> Manifest:
    """The Deployment, which says what spec.replicas does not count."""
    return manifest if scaled.ignored is None else annotated(manifest, identity.REPLICAS_IGNORED, str(scaled.ignored))


def _scale(resolved: Resolved, scaled: Scale) -> Manifest | None:
    """The number of its pods, where that is ours to set."""
    return None if scaled.replicas is None else replicas(resolved, scaled.replicas)


def _annotation(deployment: Manifest | None, name: str) -> str | None:
    """What a Deployment was given by us to be recognized by."""
    found: str | None = ((deployment or {}).get("metadata", {}).get("annotations") or {}).get(name)
    return found
