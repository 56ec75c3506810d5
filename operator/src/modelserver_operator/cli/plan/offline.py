"""A plan of what the files say, without a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic.alias_generators import to_camel

from modelserver_operator.api import ModelServer
from modelserver_operator.cli.catalog import Catalog, Given, Verdict
from modelserver_operator.cli.modelfiles import ModelFiles
from modelserver_operator.cli.models import Models
from modelserver_operator.cli.plan.arguments import HARMONY, engine_arguments
from modelserver_operator.cli.plan.contents import (
    Basis,
    Budget,
    Child,
    ClassPlan,
    Plan,
    ServerPlan,
    Value,
    source,
    value,
)
from modelserver_operator.cli.plan.memory import memory
from modelserver_operator.cli.plan.rollout import rollout
from modelserver_operator.desired import Owner, desired
from modelserver_operator.resolve import Resolved, effective
from modelserver_operator.resolve.local import LOCAL
from modelserver_operator.resolve.memory import Unknown, facts_of, setting, shape

ANYWHERE = "none was asked: a new one is assumed, that serves every optional kind"
# Of what is in force these have sections of their own.
ELSEWHERE = ("fit", "rollout.")
BUDGETS = (
    "startup_timeout_seconds",
    "drain_seconds",
    "lame_duck_seconds",
    "grace_period_seconds",
    "progress_deadline_seconds",
)
# The values that stand among the engine's arguments, as vLLM has them.
ARGUMENTS = (
    "engine.dtype",
    "engine.maxContextTokens",
    "engine.maxSequences",
    "engine.acceleratorMemoryPercent",
    "engine.tensorParallelSize",
    "engine.pipelineParallelSize",
    "engine.streamIntervalTokens",
    "engine.arguments.",
)


def plan(found: Catalog, models: Models) -> Plan:
    """Every ModelServer and every class of the files."""
    servers, classes = sorted_out(found)
    return Plan(tuple(server_plan(each, models) for each in servers), tuple(map(class_plan, classes)), skipped(found))


def sorted_out(found: Catalog) -> tuple[list[Verdict], list[Verdict]]:
    """ModelServers, with what is neither, and classes."""
    servers = [each for each in found.verdicts if each.document.kind != "ModelServerClass"]
    return servers, [each for each in found.verdicts if each.document.kind == "ModelServerClass"]


def skipped(found: Catalog) -> tuple[str, ...]:
    """The documents that are not ours."""
    return tuple(document.title for document in found.skipped)


def class_plan(verdict: Verdict) -> ClassPlan:
    """Whether the class can be applied."""
    return ClassPlan(file=verdict.document.place, name=verdict.document.name, problems=tuple(verdict.problems))


def server_plan(verdict: Verdict, models: Models, cluster: str = ANYWHERE) -> ServerPlan:
    """All that is known without asking for what is stored. models: reads the models' files. cluster: what is said of
    it."""
    resolved, server, given = verdict.resolved, verdict.server, verdict.given
    told = ServerPlan(
        file=verdict.document.place,
        namespace=_namespace(verdict),
        name=verdict.document.name,
        basis=_basis(server, given, cluster) if server and given else None,
        problems=tuple(verdict.problems),
    )
    if not (server and given and resolved):
        return told
    read = models.read(resolved)
    needed = memory(server, given.server_class, resolved, read)
    parts = _parts(resolved, read)
    return replace(told, **{**parts, "notes": (*stand_in(verdict), *parts["notes"])}, memory=needed)


def _parts(resolved: Resolved, read: ModelFiles | Unknown) -> dict[str, Any]:
    """What follows from the values and from the model's files, by the names of a plan's parts."""
    model_type = read.config.get("model_type") if isinstance(read, ModelFiles) else None
    return {
        "notes": tuple(_notes(resolved, read)),
        "children": tuple(_children(resolved)),
        "engine_arguments": engine_arguments(resolved, model_type if isinstance(model_type, str) else ""),
        "effective": tuple(_effective(resolved)),
        "budgets": tuple(_budgets(resolved)),
        "rollout": rollout(resolved),
    }


def _namespace(verdict: Verdict) -> str:
    if verdict.resolved:
        return verdict.resolved.namespace
    return (verdict.server.metadata.namespace if verdict.server else None) or ""


def _basis(server: ModelServer, given: Given, cluster: str) -> Basis:
    return Basis(given.name, given.place or "built in: no class is in the files", server.spec.profile, cluster)


def stand_in(verdict: Verdict) -> tuple[str, ...]:
    """What is to be known of a class that nobody has given."""
    if verdict.class_name != LOCAL or verdict.asked == LOCAL:
        return ()
    return (
        f"No class is in the files, so the built-in class {LOCAL}, a processor, stands in for {verdict.asked}: give "
        "that one with --class-file, or ask a cluster with --cluster.",
    )


def _notes(resolved: Resolved, read: ModelFiles | Unknown) -> Iterator[str]:
    yield from (shortcoming.message for shortcoming in resolved.shortcomings)
    if resolved.paused:
        yield "spec.paused holds it: as long as it is set, what runs is left as it is."
    if isinstance(read, Unknown):
        yield (
            "Of what type the model is stands in its config.json, which was not read: one of type "
            f"{HARMONY} gets options more, which keep its reasoning hidden."
        )
    elif resolved.model.facts is None and (facts := _facts(resolved, read)):
        yield f"With spec.model.facts the operator, too, refuses what cannot fit: {facts}"


def _facts(resolved: Resolved, read: ModelFiles) -> str:
    """What to write there; empty where the sizes are not known."""
    sizes, told = shape(read.config), setting(resolved.engine, resolved.placement)
    if isinstance(sizes, Unknown) or isinstance(told, Unknown):
        return ""
    found = facts_of(sizes, told.plain_bytes)
    return "" if isinstance(found, Unknown) else json.dumps(found.model_dump(by_alias=True))


def _children(resolved: Resolved) -> Iterator[Child]:
    for manifest in desired(resolved, Owner(resolved.name, resolved.namespace)):
        yield Child(kind=manifest["kind"], name=manifest["metadata"]["name"])


def _effective(resolved: Resolved) -> Iterator[Value]:
    for name, valued in effective(resolved):
        if not name.startswith((*ELSEWHERE, *ARGUMENTS)):
            yield value(name, valued)


def _budgets(resolved: Resolved) -> Iterator[Budget]:
    for name in BUDGETS:
        valued = getattr(resolved.rollout, name)
        yield Budget(to_camel(name), valued.value, source(valued.reason), valued.reason)
