"""The same for people: the list as a table, one ModelServer as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from modelserver_operator.api import ConditionType
from modelserver_operator.cli import screen
from modelserver_operator.cli.narrow import Narrow
from modelserver_operator.cli.status.advice import State
from modelserver_operator.cli.status.numbers import Pod, notes
from modelserver_operator.cli.status.saying import current
from modelserver_operator.cli.status.view import View, age, happened

STYLES = {State.WELL: "green", State.AS_ASKED: "cyan", State.ON_ITS_WAY: "yellow", State.NEEDS_HELP: "bold red"}
GOOD = {"True": "green", "False": "red"}
MOST_EVENTS = 8


def listing(views: Sequence[View], *, everywhere: bool) -> Iterator[RenderableType]:
    """One row a ModelServer, what is to be done under the table, and what could not be had."""
    headings = ("name", "ready", "pods", "running", "waiting", "model", "age", "status")
    made = screen.table(*(("namespace",) if everywhere else ()), *headings)
    for view in views:
        cells = (view.key[1], view.ready, view.counts, view.number("running"), view.number("waiting"), view.model)
        told = Text(view.said.sentence, style=STYLES[view.said.state])
        screen.row(made, *((view.key[0],) if everywhere else ()), *cells, view.age, told)
    yield Narrow(made, spare=("MODEL", "AGE"), prose="STATUS")
    yield from _todos(views, everywhere=everywhere)
    yield from _notes(pod for view in views for pod in view.pods)


def page(view: View) -> Iterator[RenderableType]:
    """Everything about one."""
    style = STYLES[view.said.state]
    yield Text.assemble((view.key[1], "bold"), ": ", (view.said.sentence, style))
    if view.said.todo:
        yield Text(f"To do: {view.said.todo}")
    yield Text()
    yield facts(view)
    yield from conditions(view)
    yield from _pods(view.pods)
    yield from _events(view)
    yield from _notes(view.pods)


def line(view: View) -> str:
    """One line for a log of changes."""
    namespace, name = view.key
    todo = f" To do: {view.said.todo}" if _is_to_be_advised(view) else ""
    return f"{namespace}/{name}  Ready={view.ready}  pods {view.counts}  {view.said.sentence}{todo}"


def _todos(views: Sequence[View], *, everywhere: bool) -> Iterator[RenderableType]:
    for view in views:
        if _is_to_be_advised(view):
            name = "/".join(view.key) if everywhere else view.key[1]
            yield Text(f"To do for {name}: {view.said.todo}")


def _is_to_be_advised(view: View) -> bool:
    """Where it needs somebody, and the sentence does not say what to do; waiting needs no advice."""
    return view.said.state == State.NEEDS_HELP and not view.said.told


def _notes(pods: Iterable[Pod]) -> Iterator[RenderableType]:
    yield from (Text(f"note: {each}", style="dim") for each in notes(pods))


def facts(view: View) -> RenderableType:
    """What it is, and where."""
    made = screen.table("", "")
    made.show_header = False
    scaling = current(view.server).get(ConditionType.SCALING_ACTIVE, {})
    told = {
        "Namespace": view.key[0],
        "Model": view.model,
        "Served as": ", ".join(view.status.get("servedNames", ())),
        "URL": view.status.get("url", ""),
        "Pods": f"{view.counts} ready",
        "Requests": f"{view.number('running')} running, {view.number('waiting')} waiting",
        "Scaling": scaling.get("message", ""),
        "Age": view.age,
    }
    for name, value in told.items():
        if value:
            screen.row(made, name, value)
    return made


def conditions(view: View) -> Iterator[RenderableType]:
    """The conditions, each with what it says."""
    found = view.status.get("conditions", ())
    if not found:
        return
    valid = current(view.server)
    made = screen.table("condition", "status", "reason", "since", "message")
    for each in found:
        is_valid = each["type"] in valid
        answer = Text(each["status"], style=GOOD.get(each["status"], "")) if is_valid else Text("Unknown")
        told = each["message"] if is_valid else f"Before the last change: {each['status']}. {each['message']}"
        screen.row(made, each["type"], answer, each["reason"], age(each["lastTransitionTime"], view.now), told)
    yield from (Text(), Narrow(made, prose="MESSAGE"))


def _pods(pods: Sequence[Pod]) -> Iterator[RenderableType]:
    if not pods:
        return
    made = screen.table("pod", "ready", "state", "running", "waiting", "note")
    for pod in pods:
        numbers = ("-" if number is None else number for number in (pod.running, pod.waiting))
        screen.row(made, pod.name, pod.ready, pod.state or "-", *numbers, pod.why)
    yield from (Text(), Narrow(made, prose="NOTE"))


def _events(view: View) -> Iterator[RenderableType]:
    if not view.events:
        return
    made = screen.table("event", "age", "type", "note")
    for event in view.events[-MOST_EVENTS:]:
        style = "yellow" if event.get("type") == "Warning" else ""
        note = " ".join(str(event.get("note") or "").split())
        told = (event.get("reason", ""), age(happened(event), view.now), event.get("type", ""), note)
        screen.row(made, *told, style=style)
    yield from (Text(), Narrow(made, prose="NOTE"))
