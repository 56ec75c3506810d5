"""Watches of kinds that come and go, in kopf's one operator.

By itself kopf would follow them only if it may watch all CRDs, with everything that is in them; so it is told, where
its own scanning would tell it. That place, Insights, is no public one: operator/pyproject.toml says what guards it.
"""

from collections.abc import AsyncIterator, Callable

import kopf
from kopf._cogs.structs.references import Insights

from modelserver_operator.cluster import Kind
from modelserver_operator.observe import OPTIONAL
from modelserver_operator.reconcile import Key
from modelserver_operator.users import Users
from modelserver_operator.watch.handlers import watch_kind


async def follow(
    optional_kinds: AsyncIterator[frozenset[Kind]],
    registry: kopf.OperatorRegistry,
    insights: Insights,
    users: Users,
    add_soon: Callable[[Key], None],
) -> None:
    """Let kopf watch just these optional kinds beside the others, for as long as there may be others."""
    await insights.ready_resources.wait()
    known: set[Kind] = set()
    async for kinds in optional_kinds:
        for kind in kinds - known:
            watch_kind(registry, kind, users, add_soon)
        known |= kinds
        async with insights.revised:
            insights.watched_resources.difference_update(map(_resource, OPTIONAL))
            insights.watched_resources.update(map(_resource, kinds))
            insights.revised.notify_all()


def _resource(kind: Kind) -> kopf.Resource:
    return kopf.Resource(kind.group, kind.version, kind.plural, kind=kind.name, namespaced=kind.namespaced)
