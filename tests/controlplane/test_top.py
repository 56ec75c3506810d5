"""`modelserver top` through a real API server, as somebody with the role edit of one namespace, or with view only.

The one pod is played: at its address a real runtime answers, around a scripted engine, and its kubelet is the test.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from tests.bench.runtime.process import Server, config, serving
from tests.cli.terminal import terminal
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.kubelet import ago, end, placed, say
from tests.controlplane.person import person
from tests.controlplane.world import ON_BARE_NODE, World
from tools.devcluster.cluster import Cluster

from modelserver_operator.cli import main
from modelserver_operator.cli.top import showing

pytestmark = pytest.mark.usefixtures("operator")

PROGRAM = Path(sys.executable).parent / "modelserver"
CONTROL_PORT = 9000  # what the operator's pods have


@pytest.fixture(scope="module")
def runtime(
    cluster: Cluster, shared_world: World, bare_node: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """What answers in the one pod of the ModelServer good; beside it there is one whose class does not exist."""
    world, start = shared_world, config("unused", 8, 8, {})
    world.make_class(**ON_BARE_NODE)
    world.make_server("good")
    world.make_server("lost", className="nobody")
    pod = placed(world, "good")
    folder = tmp_path_factory.mktemp("runtime")
    with serving(folder, start, 0.02, sys.executable, (cluster.gateway, CONTROL_PORT)) as server:
        say(world, pod, phase="Running", ready=True, address=cluster.gateway, state={"running": {"startedAt": ago()}})
        world.wait_for("good", "Ready", "True")
        world.wait_for("lost", "Ready", "False", "ClassNotFound")
        yield server
    world.make_server("good", replicas=0)
    end(world, "good")


@pytest.fixture(scope="module")
def editor(
    cluster: Cluster, kube: Kube, shared_world: World, runtime: Server, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return person(cluster, kube, tmp_path_factory.mktemp("editor"), shared_world.namespace, "edit")


@pytest.fixture(scope="module")
def viewer(
    cluster: Cluster, kube: Kube, shared_world: World, runtime: Server, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return person(cluster, kube, tmp_path_factory.mktemp("viewer"), shared_world.namespace, "view")


def top(kubeconfig: Path, *words: str) -> Result:
    """The roles of the chart become part of view and edit after some moments."""

    def told() -> Result | None:
        result = CliRunner().invoke(
            main, ["top", "--once", "--interval", "0.5", "--kubeconfig", str(kubeconfig), *words]
        )
        return None if "is forbidden" in result.stderr else result

    return eventually(told, "the account may list ModelServers")


def ask(runtime: Server, tokens: int) -> None:
    asked = {"model": "demo", "messages": [{"role": "user", "content": "hi"}], "max_tokens": tokens, "stream": True}
    url = f"http://127.0.0.1:{runtime.ports['shell']}/v1/chat/completions"
    assert httpx.post(url, json=asked, timeout=60).status_code == 200


def test_its_figures_come_through_the_api_server(
    editor: Path, runtime: Server, shared_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pause(seconds: float) -> None:
        for tokens in (3, 4):
            ask(runtime, tokens)

    top(editor)  # until the roles are there: what is asked below is asked once
    monkeypatch.setattr(showing, "sleep", pause)
    result = top(editor, "-o", "json", "--sort", "state")
    assert (result.exit_code, result.stderr) == (1, "")  # lost needs help
    found = json.loads(result.stdout)
    lost, good = found["servers"]
    assert (good["namespace"], good["name"], good["sentence"]) == (
        shared_world.namespace,
        "good",
        "Serves: 1 pod answers.",
    )
    assert (good["requests"], good["emotions"], good["running"]) == ({"answered": 2}, {"none": 2}, 0)
    assert good["tokensPerSecond"] == pytest.approx(7 / found["seconds"], rel=0.02)
    assert [(each["state"], each["requests"]) for each in good["podFigures"]] == [("serving", {"answered": 2})]
    assert (lost["state"], lost["podFigures"], found["notes"]) == ("NeedsHelp", [], [])


def test_who_may_not_ask_pods_sees_the_rest_and_why(viewer: Path, shared_world: World) -> None:
    header, good, _, _, note = top(viewer).stdout.splitlines()
    assert header.split()[:4] == ["NAME", "STATE", "PODS", "RUN"]
    assert good.split()[:6] == ["good", "Well", "1/1", "-", "-", "-"]
    why = "asking pods takes the right to get pods/proxy, which the role edit has"
    assert note == f"note: There are no figures of {shared_world.namespace}: {why}."


def test_all_namespaces_take_more_rights(editor: Path) -> None:
    result = CliRunner().invoke(main, ["top", "--once", "-A", "--kubeconfig", str(editor)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: The cluster does not allow this: ")


def test_the_view_goes_on_when_the_api_server_was_away(
    editor: Path, runtime: Server, cluster: Cluster, kube: Kube, shared_world: World
) -> None:
    top(editor)
    command = (PROGRAM, "top", "--interval", "0.5", "--kubeconfig", editor)
    with terminal(*command) as shown:
        shown.shows(r"^ good +Well +1/1 +0 +0 ")
        shown.press("down")
        shown.shows(r"^lost: .*nobody")
        cluster.restart_apiserver()
        kube.reconnect()
        eventually(lambda: kube.get("Namespace", shared_world.namespace), "the API server answers")
        kube.delete("ModelServer", "lost", shared_world.namespace)
        shown.shows(r"^ 1 server ")
        ask(runtime, 5)
        shown.shows(r"^ good +Well +1/1 +0 +0 +(?!0 )[\d.]+ ")
        shown.press("enter")
        shown.shows(r"^CONDITION +STATUS")
        shown.shows(r"^good-\S+ +True +serving ")
        shown.press("q")
        assert shown.ends() == 0
        assert shown.is_as_it_was()
        assert b"Traceback" not in shown.raw
