"""How `status` shows ModelServers: the table, the page, the data, and what pods say of themselves."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console, RenderableType
from tests.unit.operator.seen import NOW, REPLICA_SETS, STARTING, all_up, deployment, pod, told, waiting, wanted

from modelserver_operator.cli.pods import FORBIDDEN
from modelserver_operator.cli.screen import plain
from modelserver_operator.cli.status.looking import views
from modelserver_operator.cli.status.numbers import Pod, heard, notes
from modelserver_operator.cli.status.text import line, listing, page
from modelserver_operator.cli.status.view import View, age, row, whole
from modelserver_operator.cluster import MODEL_SERVER, POD, Kind, Manifest
from modelserver_operator.resolve.identity import selector
from modelserver_operator.status import Children

KEY = ("team", "demo")
SERVING = Pod(KEY, "demo-1", ready=True, state="serving", running=3, waiting=2)
MUTE = Pod(KEY, "demo-2", ready=True, why="it does not answer within 2 s")


def view(*pods: Pod, source: dict[str, Any] | None = None, created: int = 90, **more: Any) -> View:
    """A ModelServer that serves with one pod."""
    metadata = {
        "name": "demo",
        "namespace": "team",
        "generation": 7,
        "creationTimestamp": (NOW - timedelta(seconds=created)).isoformat(),
    }
    status = told(wanted(), Children(deployment=all_up(), pods=[pod(ready=True)]))
    spec = {"replicas": 1, "model": source or {"huggingFace": {"repo": "org/model"}}}
    return View({"metadata": metadata, "spec": spec, "status": status}, NOW, pods, **more)


def test_the_table_is_one_line_a_server() -> None:
    text = plain(*listing([view(SERVING)], everywhere=True))
    assert text == (
        "NAMESPACE   NAME   READY   PODS   RUNNING   WAITING   MODEL       AGE   STATUS\n"
        "team        demo   True    1/1    3         2         org/model   1m    Serves: 1 pod answers.\n"
    )
    assert plain(*listing([view(SERVING)], everywhere=False)).startswith("NAME   READY")


def drawn(width: int, *parts: RenderableType) -> list[str]:
    """The lines of a terminal of so many columns."""
    terminal = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, markup=False, emoji=False)
    with terminal.capture() as captured:
        terminal.print(*parts, sep="\n")
    return [each.rstrip() for each in captured.get().splitlines()]


@pytest.mark.parametrize(
    ("width", "everywhere", "lines"),
    [
        (
            60,
            False,
            [
                "NAME                 READY PODS RUNNING WAITING AGE",
                "a-server-for-support True  1/1  3       2       1m",
                "  Serves: 1 pod answers.",
                "There is no room here for MODEL.",
            ],
        ),
        (
            60,
            True,
            [
                "NAMESPACE NAME                 READY PODS RUNNING WAITING",
                "team      a-server-for-support True  1/1  3       2",
                "  Serves: 1 pod answers.",
                "There is no room here for MODEL, AGE.",
            ],
        ),
        (
            50,
            True,
            [
                "NAMESPACE NAME          READY PODS RUNNING WAITING",
                "team      a-server-for- True  1/1  3       2",
                "          support",
                "  Serves: 1 pod answers.",
                "There is no room here for MODEL, AGE.",
            ],
        ),
        (
            80,
            False,
            [
                "NAME                   READY   PODS   RUNNING   WAITING   MODEL       AGE",
                "a-server-for-support   True    1/1    3         2         org/model   1m",
                "  Serves: 1 pod answers.",
            ],
        ),
        (
            130,
            False,
            [
                "NAME                   READY   PODS   RUNNING   WAITING   MODEL       AGE   STATUS",
                "a-server-for-support   True    1/1    3         2         org/model   1m    Serves: 1 pod answers.",
            ],
        ),
    ],
)
def test_in_a_narrow_terminal_the_sentence_stands_below_its_row(width: int, everywhere: bool, lines: list[str]) -> None:
    """No number and no heading is ever cut."""
    server = json.loads(json.dumps(view().server).replace('"name": "demo"', '"name": "a-server-for-support"'))
    assert drawn(width, *listing([View(server, NOW, [SERVING])], everywhere=everywhere)) == lines


def test_the_page_of_a_narrow_terminal_has_its_messages_below_their_rows() -> None:
    lines = drawn(60, *page(view(SERVING, MUTE)))
    ready = next(number for number, each in enumerate(lines) if each.startswith("Ready "))
    assert lines[ready].split() == ["Ready", "True", "Ready", "0s"]
    assert lines[ready + 1] == "  1 pod runs this generation and answers."
    assert "  it does not answer within 2 s" in lines


def test_numbers_that_nobody_tells_are_dashes_and_a_note() -> None:
    text = plain(*listing([view(MUTE)], everywhere=False))
    assert " 1/1    -         -         " in text
    assert "note: Pod demo-2 does not tell RUNNING and WAITING: it does not answer within 2 s.\n" in text
    assert plain(*listing([view(SERVING, MUTE)], everywhere=False)).splitlines()[1].split()[3:5] == ["3", "2"]


def test_what_is_to_be_done_stands_under_the_table_unless_the_sentence_says_it() -> None:
    looping = pod(waiting("CrashLoopBackOff") | {"lastState": {"terminated": {"exitCode": 1, "message": "no."}}})
    lost = pod(scheduled='persistentvolumeclaim "models" not found')
    for reason, seen, lines in (("ends with exit code", looping, 3), ("does not exist", lost, 2)):
        status = told(wanted(), Children(deployment=deployment(**STARTING), replica_sets=REPLICA_SETS, pods=[seen]))
        text = plain(*listing([View({**view().server, "status": status}, NOW)], everywhere=True))
        assert reason in text
        assert len(text.splitlines()) == lines, text


def test_notes_name_one_pod_and_count_the_others() -> None:
    forbidden = [Pod(KEY, f"demo-{number}", ready=True, why=FORBIDDEN) for number in range(3)]
    starting = Pod(KEY, "demo-9", ready=False, why="it has no address yet")
    assert notes([SERVING, starting]) == []
    assert notes(forbidden) == [f"RUNNING and WAITING are not known: {FORBIDDEN}."]
    assert notes([MUTE, MUTE, MUTE])[0].startswith("Pod demo-2 and 2 more do not tell")


def test_text_in_messages_is_text() -> None:
    """Square brackets are markup to the library that lays tables out."""
    server = json.loads(json.dumps(view().server).replace("org/model", "[bold]odd[/bold]"))
    assert "[bold]odd[/bold]" in plain(*listing([View(server, NOW)], everywhere=False))


def test_the_page_of_a_change_that_nobody_looked_at_doubts_every_condition() -> None:
    late = view()
    server = {**late.server, "metadata": {**late.server["metadata"], "generation": 8}}
    text = plain(*page(View(server, NOW)))
    assert "has not looked at its last change yet" in text
    assert "Ready         Unknown   Ready" in text
    assert "Before the last change: True. 1 pod runs this generation and answers." in text


def test_the_page_ends_with_the_newest_events() -> None:
    events = [
        {
            "eventTime": (NOW - timedelta(minutes=20 - number)).isoformat(),
            "reason": f"R{number}",
            "note": "so",
            "type": "Normal",
        }
        for number in range(12)
    ]
    lines = plain(*page(view(events=events))).splitlines()
    assert [each.split()[0] for each in lines[-8:]] == [f"R{number}" for number in range(4, 12)]
    assert lines[-1].split() == ["R11", "9m", "Normal", "so"]


@pytest.mark.parametrize(
    ("source", "model"),
    [
        ({"huggingFace": {"repo": "org/model"}}, "org/model"),
        ({"image": {"reference": "example.com/m:1"}}, "example.com/m:1"),
        ({"persistentVolumeClaim": {"claimName": "models", "path": "qwen"}}, "qwen"),
        ({"persistentVolumeClaim": {"claimName": "models"}}, "models"),
    ],
)
def test_the_model_is_named_as_kubectl_names_it(source: dict[str, Any], model: str) -> None:
    assert view(source=source).model == model


@pytest.mark.parametrize(("seconds", "text"), [(-5, "0s"), (59, "59s"), (61, "1m"), (7300, "2h"), (90_000, "1d")])
def test_ages_are_in_one_unit(seconds: int, text: str) -> None:
    assert age((NOW - timedelta(seconds=seconds)).isoformat(), NOW) == text


def test_the_data_is_that_of_the_table_and_more() -> None:
    made = whole(view(SERVING))
    assert json.loads(json.dumps(made)) == made
    assert row(view(SERVING)).items() <= made.items()
    assert (made["running"], made["waiting"], made["url"]) == (3, 2, "http://demo.default.svc")
    assert made["podStates"][0] | {"name": "demo-1", "state": "serving", "note": None} == made["podStates"][0]


def made(by: str | None) -> Manifest:
    """A pod that has been Ready for an hour, with the server's labels; by: the ReplicaSet whose it is."""
    labels = selector("demo") | {"pod-template-hash": by.rpartition("-")[2] if by else "5d8"}
    owners = [{"kind": "ReplicaSet", "name": by, "uid": "r1", "controller": True}] if by else []
    found = pod(ready=True, labels=labels, ownerReferences=owners)
    found["status"]["conditions"][-1]["lastTransitionTime"] = (NOW - timedelta(hours=1)).isoformat()
    return found


@pytest.mark.parametrize(
    ("pods", "ready"),
    [
        ({}, "Serves: 1 pod answers."),
        ({POD: []}, "The status says that 1 pod answers, and there is none: "),
        ({POD: [made("demo-5d8")]}, "Serves: 1 pod answers."),
        ({POD: [made("demo-5d8"), made("demo-7c4")]}, "The status says that 1 pod answers, and 2 are Ready: "),
        ({POD: [made("demo-5d8"), made("demo-chart-5d8")]}, "Serves: 1 pod answers."),  # of another chart's release
        ({POD: [made("demo-5d8"), made(None)]}, "Serves: 1 pod answers."),  # taken out, to be looked at
    ],
)
def test_pods_are_counted_where_they_may_be_seen(pods: dict[Kind, list[Manifest]], ready: str) -> None:
    (found,) = views({MODEL_SERVER: [dict(view().server)], **pods}, ())
    assert found.said.sentence.startswith(ready)


def test_a_line_of_a_log_has_no_numbers_that_change_all_the_time() -> None:
    assert line(view(SERVING)) == "team/demo  Ready=True  pods 1/1  Serves: 1 pod answers."


@pytest.mark.parametrize(
    ("stats", "found"),
    [
        ({"state": "serving", "why": None, "requests": {"running": 1, "waiting": 0}}, ("serving", 1, 0, "")),
        ({"state": "stalled", "why": "No step.", "requests": {"running": 1}}, ("stalled", 1, None, "No step.")),
        ({"download": {"bytes": 30, "total_bytes": 120}}, ("downloading 25 %", None, None, "")),
        ({"download": {"bytes": 30, "total_bytes": None}}, ("downloading", None, None, "")),
        ({"download": {"bytes": "x", "total_bytes": 0}}, ("downloading", None, None, "")),
        ({"state": "serving"}, ("", None, None, "its runtime does not say how many requests it has")),
        ({"state": 7, "requests": {"running": -1, "waiting": True}}, ("", None, None, "")),
    ],
)
def test_what_a_pod_says_is_taken_as_far_as_it_makes_sense(stats: dict[str, Any], found: tuple[Any, ...]) -> None:
    said = heard(pod(ready=True), stats)
    assert (said.state, said.running, said.waiting, said.why) == found
