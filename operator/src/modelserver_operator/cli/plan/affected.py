"""Whom a class would change that is not applied yet: the ModelServers of it that live, and are not in the files."""

from __future__ import annotations

from collections.abc import Collection

from modelserver_operator.api import InvalidObject, ModelServer, ModelServerClass, Problem
from modelserver_operator.cli.plan.contents import Affected
from modelserver_operator.cli.plan.facts import facts
from modelserver_operator.cluster import DEPLOYMENT, MODEL_SERVER, Cluster, Manifest
from modelserver_operator.decide import former_source
from modelserver_operator.resolve import Facts, Refusal, resolve
from modelserver_operator.wishes import is_alike

Place = tuple[str, str]  # namespace and name


async def affected(cluster: Cluster, of_class: ModelServerClass, but: Collection[Place]) -> tuple[Affected, ...]:
    """Each ModelServer of the class, except those that the files hold. Raises ClusterError."""
    everything = await cluster.list_all(MODEL_SERVER)
    named = [each for each in everything if each["spec"].get("className", "default") == of_class.metadata.name]
    servers = [each for each in named if _place(each) not in but]
    if not servers:
        return ()
    known = await facts(cluster, *_place(servers[0]), former_source(servers[0]))
    return tuple([await _one(cluster, each, of_class, known) for each in servers])


def _place(server: Manifest) -> Place:
    return server["metadata"]["namespace"], server["metadata"]["name"]


async def _one(cluster: Cluster, server: Manifest, of_class: ModelServerClass, known: Facts) -> Affected:
    namespace, name = _place(server)
    try:
        outcome = resolve(ModelServer.parse(server, strict=False), of_class, known, former_source=former_source(server))
    except InvalidObject as error:
        return Affected(namespace, name, problems=error.problems)
    if isinstance(outcome, Refusal):
        return Affected(namespace, name, problems=(Problem(outcome.field, outcome.message),))
    deployment = await cluster.get(DEPLOYMENT, namespace, name)
    if deployment is None or outcome.paused:
        return Affected(namespace, name)
    pods = int(deployment["spec"].get("replicas", 1))
    return Affected(namespace, name, pods, rolls=not is_alike(deployment, outcome))
