"""A plan against a cluster: its classes, its facts, and what lives there, all with the rights of whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from modelserver_operator.api import InvalidObject, ModelServer, ModelServerClass, Problem
from modelserver_operator.cli.catalog import Catalog, Given, Verdict, judged
from modelserver_operator.cli.documents import Document
from modelserver_operator.cli.models import Models
from modelserver_operator.cli.plan import offline
from modelserver_operator.cli.plan.affected import Place, affected
from modelserver_operator.cli.plan.contents import Child, ClassPlan, Plan, ServerPlan
from modelserver_operator.cli.plan.facts import facts, in_words
from modelserver_operator.cli.plan.kubectl import preview
from modelserver_operator.cli.plan.named import missing
from modelserver_operator.cli.plan.replaced import replaced, room
from modelserver_operator.cli.plan.trial import Trial, tried
from modelserver_operator.cluster import (
    DEPLOYMENT,
    MODEL_SERVER,
    MODEL_SERVER_CLASS,
    Cluster,
    Manifest,
    Rejected,
)
from modelserver_operator.decide import former_source
from modelserver_operator.desired import Owner
from modelserver_operator.observe import child_kinds, observe
from modelserver_operator.resolve import Resolved
from modelserver_operator.resolve.local import LOCAL
from modelserver_operator.wish import Wish
from modelserver_operator.wishes import wishes

HELD = "left as it is: spec.paused"


async def plan(cluster: Cluster, found: Catalog, models: Models) -> Plan:
    """Every ModelServer and every class of the files. models: reads the models' files. Raises ClusterError."""
    servers, classes = offline.sorted_out(found)
    return Plan(
        tuple([await _server(cluster, each, models, found.skipped) for each in servers]),
        tuple([await _class(cluster, each, _places(servers)) for each in classes]),
        offline.skipped(found),
    )


def _places(servers: Iterable[Verdict]) -> set[Place]:
    return {(_namespace(each.server), each.document.name) for each in servers if each.server}


def _namespace(server: ModelServer) -> str:
    return server.metadata.namespace or ""


async def _class(cluster: Cluster, verdict: Verdict, in_files: set[Place]) -> ClassPlan:
    told = offline.class_plan(verdict)
    if told.problems or verdict.given is None:
        return told
    try:
        live = await cluster.get(MODEL_SERVER_CLASS, None, told.name)
    except Rejected as error:
        unknown = Child(
            kind=MODEL_SERVER_CLASS.name, name=told.name, change="Unknown", note=f"may not be read: {error}"
        )
        return replace(told, stored=unknown)
    stored, _ = await preview(cluster, verdict.document.manifest, live)
    told = replace(told, stored=stored)
    if stored.change == "Unchanged":
        return told
    try:
        return replace(told, servers=await affected(cluster, verdict.given.server_class, in_files))
    except Rejected as error:
        return replace(told, note=f"Whom else it would change may not be read: {error}")


async def _server(cluster: Cluster, verdict: Verdict, models: Models, beside: Collection[Document]) -> ServerPlan:
    """As it would be stored, judged by the class and the facts that would hold, and compared with what lives. beside:
    what the files hold besides."""
    if verdict.server is None:
        return offline.server_plan(verdict, models)
    name, namespace = verdict.document.name, _namespace(verdict.server)
    live = await cluster.get(MODEL_SERVER, namespace, name)
    manifest = _placed(verdict.document.manifest, namespace)
    stored, then = await preview(cluster, manifest, live)
    judgement, known = await _judged(cluster, verdict, then, live or {})
    told = replace(offline.server_plan(judgement, models, known), stored=stored)
    if judgement.resolved is None:
        return told
    told = replace(told, notes=(*told.notes, *await missing(cluster, judgement.resolved, beside)))
    return await _compared(cluster, told, judgement.resolved, {**then, "status": (live or {}).get("status", {})})


async def _judged(cluster: Cluster, verdict: Verdict, then: Manifest, live: Manifest) -> tuple[Verdict, str]:
    """What comes of it in this cluster, and what is to be said of the cluster."""
    assert verdict.server is not None, "is asked for what could be parsed"
    former, metadata = former_source(live), verdict.server.metadata
    given = await _given(cluster, verdict)
    if isinstance(given, Problem):
        return replace(verdict, given=None, resolved=None, problems=[given]), ""
    known = await facts(cluster, metadata.namespace or "", metadata.name, former)
    server = ModelServer.parse(then, strict=False)
    return judged(verdict.document, server, given, known, former), in_words(known)


async def _given(cluster: Cluster, verdict: Verdict) -> Given | Problem:
    """The class that would hold: that of the files, which is to be applied with it, else the cluster's."""
    in_file = verdict.given if verdict.given and verdict.given.name != LOCAL else None
    try:
        manifest = await cluster.get(MODEL_SERVER_CLASS, None, verdict.asked)
        live = ModelServerClass.parse(manifest, strict=False) if manifest else None
    except (Rejected, InvalidObject) as error:
        if in_file:
            return Given(in_file.server_class, f"{in_file.place}; what the cluster has could not be read: {error}")
        words = f"class {verdict.asked} could not be read; give it with --class-file: {error}"
        return Problem("spec.className", words)
    if in_file:
        return Given(in_file.server_class, f"{in_file.place}, {_applied(in_file.server_class, live)}")
    if live:
        return Given(live, f"the cluster's, generation {live.metadata.generation}")
    return Problem("spec.className", f"neither the cluster nor the files have a class {verdict.asked}")


def _applied(in_file: ModelServerClass, live: ModelServerClass | None) -> str:
    if live is None:
        return "not applied yet: the cluster has none of this name"
    return "as the cluster has it" if live.spec == in_file.spec else "not applied yet: the cluster's is another"


async def _compared(cluster: Cluster, told: ServerPlan, resolved: Resolved, server: Manifest) -> ServerPlan:
    """With what would become of each child, and of the pods. server: as it would be stored, with the present status."""
    uid = server["metadata"].get("uid", "")
    family = await observe(
        cluster, server | {"metadata": {"uid": uid} | server["metadata"]}, child_kinds(resolved.facts)
    )
    now, owner = datetime.now(UTC), Owner(resolved.name, resolved.namespace, uid)
    wanted = wishes(resolved, owner, family, held=False, room=room(resolved, family, now))
    if resolved.paused:
        return replace(told, children=tuple(_held(wanted)))
    trials = [await tried(cluster, wish, family) for wish in wanted]
    removed = [_removed(each) for each in family.superfluous([wish.manifest for wish in wanted])]
    assert told.rollout is not None, "there is one where there are children"
    rollout = replaced(told.rollout, resolved, family, _deployment(trials), now)
    return replace(told, children=(*(trial.child for trial in trials), *removed), rollout=rollout)


def _deployment(trials: Sequence[Trial]) -> Manifest | None:
    return next((trial.then for trial in trials if trial.child.kind == DEPLOYMENT.name), None)


def _held(wanted: Sequence[Wish]) -> list[Child]:
    return [Child(kind=wish.kind, name=wish.name, change="Unchanged", note=HELD) for wish in wanted]


def _removed(manifest: Manifest) -> Child:
    return Child(kind=manifest["kind"], name=manifest["metadata"]["name"], change="Removed")


def _placed(manifest: Manifest, namespace: str) -> Manifest:
    return manifest | {"metadata": {"namespace": namespace} | manifest["metadata"]}
