"""A plan for people, section by section."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.text import Text

from modelserver_operator.api import Problem
from modelserver_operator.cli.narrow import Narrow
from modelserver_operator.cli.plan.changes import changed, differences
from modelserver_operator.cli.plan.contents import (
    Affected,
    Argument,
    Budget,
    Child,
    ClassPlan,
    Plan,
    Rollout,
    ServerPlan,
    Source,
    Value,
)
from modelserver_operator.cli.plan.memorytext import memory
from modelserver_operator.cli.screen import row, table

BAD = "red"
TITLE = "bold cyan"


def pages(plan: Plan) -> Iterator[RenderableType]:
    """Everything that there is to say, in the order in which it is read."""
    for server in plan.servers:
        yield from _server(server)
    for each in plan.classes:
        yield from _class(each)
    for title in plan.skipped:
        yield Text(f"Skipped, for it is not ours: {title}")
    yield _sum(plan)


def reason(source: Source, text: str) -> str:
    """A reason with the word for what follows from something else than a field, a class or a profile."""
    return f"computed: {text}" if source == "Computed" else text


def _server(server: ServerPlan) -> Iterator[RenderableType]:
    title = f"ModelServer {server.name} of namespace {server.namespace or '(none)'}, {server.file}"
    yield from _heading(title, server.problems)
    if server.basis:
        yield from _section("Judged by", _basis(server))
    yield from _section("Changes" if server.stored else "Children", *changed(_objects(server)))
    if server.rollout:
        yield from _section("Pods", *_rollout(server.rollout))
    yield from _section("Engine arguments", _arguments(server.engine_arguments))
    yield from _section("Everything else in force", _values(server.effective))
    yield from _section("Memory", *(memory(server.memory) if server.memory else ()))
    yield from _section("Times allowed, in seconds", _budgets(server.budgets))
    yield from _section("Notes", *(Text(note) for note in server.notes))


def _objects(server: ServerPlan) -> list[Child]:
    return [*filter(None, [server.stored]), *server.children]


def _section(heading: str, *content: RenderableType | None) -> Iterator[RenderableType]:
    """A heading and what stands below it; nothing where there is nothing."""
    there = [each for each in content if each is not None]
    if there:
        yield Text(heading, style="bold")
        yield from there
        yield ""


def _heading(title: str, problems: Iterable[Problem]) -> Iterator[RenderableType]:
    yield Text(title, style=TITLE)
    yield ""
    for problem in problems:
        yield Text(f"refused: {problem}", style=BAD)


def _basis(server: ServerPlan) -> RenderableType:
    made = table("what", "value")
    made.show_header = False
    assert server.basis is not None, "is asked for where there is one"
    row(made, "class", f"{server.basis.class_name}: {server.basis.class_from}")
    row(made, "profile", server.basis.profile)
    row(made, "cluster", server.basis.cluster)
    return made


def _arguments(arguments: tuple[Argument, ...]) -> RenderableType | None:
    made = table("option", "value", "reason")
    for each in arguments:
        row(made, each.option, each.value, reason(each.source, each.reason))
    return Narrow(made, prose="REASON") if arguments else None


def _values(values: tuple[Value, ...]) -> RenderableType | None:
    made = table("name", "value", "reason")
    for each in values:
        row(made, each.name, each.value, reason(each.source, each.reason))
    return Narrow(made, prose="REASON") if values else None


def _budgets(budgets: tuple[Budget, ...]) -> RenderableType | None:
    made = table("name", "seconds", "reason")
    for each in budgets:
        row(made, each.name, each.seconds, reason(each.source, each.reason))
    return Narrow(made, prose="REASON") if budgets else None


def _rollout(rollout: Rollout) -> Iterator[RenderableType]:
    yield from (Text(line) for line in _verdict(rollout))
    if rollout.because:
        yield differences(rollout.because)
    if rollout.live:
        yield Text("Without new pods:")
        yield differences(rollout.live)
    yield Text(f"{rollout.strategy} ({reason(rollout.source, rollout.reason)}): {rollout.how}.")
    yield Text(f"Turns: {rollout.turn}.")


def _verdict(rollout: Rollout) -> Iterator[str]:
    pods = "1 pod" if rollout.pods == 1 else f"{rollout.pods} pods"
    if rollout.note:
        yield f"{rollout.note[:1].upper()}{rollout.note[1:]}."
    elif rollout.rolls:
        yield f"{pods} would be replaced, for the sake of:"
    elif rollout.rolls is None:
        yield f"{pods} to begin with."
    else:
        yield f"No pod would be replaced; there are {rollout.pods}."


def _class(each: ClassPlan) -> Iterator[RenderableType]:
    yield from _heading(f"ModelServerClass {each.name}, {each.file}", each.problems)
    if each.stored:
        yield from changed([each.stored])
    elif not each.problems:
        yield Text("valid")
    yield ""
    yield from _section("Other servers of this class", _affected(each.servers))
    yield from _section("Notes", Text(each.note) if each.note else None)


def _affected(servers: tuple[Affected, ...]) -> RenderableType | None:
    made = table("namespace", "name", "pods", "what")
    for each in servers:
        row(made, each.namespace, each.name, each.pods, _of(each), style=BAD if each.problems else "")
    return Narrow(made, prose="WHAT") if servers else None


def _of(server: Affected) -> str:
    if server.problems:
        return f"refused: {'; '.join(map(str, server.problems))}"
    return "would be replaced" if server.rolls else "would stay"


def _sum(plan: Plan) -> RenderableType:
    """What the exit status says, too."""
    bad = [f"{server.name or server.file} {_why(server)}" for server in plan.servers if not server.is_served]
    bad += [f"class {each.name} is refused, or refuses" for each in plan.classes if not each.is_good]
    if bad:
        return Text(f"Not as it is: {'; '.join(bad)}.", style=BAD)
    return Text("Nothing is refused.", style="green")


def _why(server: ServerPlan) -> str:
    return "does not fit" if server.memory and server.memory.fits is False else "is refused"
