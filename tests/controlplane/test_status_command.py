"""`modelserver status` against a real API server, as somebody with no more than the role view of one namespace."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.controlplane.fault_proxy import FaultProxy
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.person import person
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster

from modelserver_operator.cli import main

pytestmark = pytest.mark.usefixtures("operator")

PROGRAM = Path(sys.executable).parent / "modelserver"

Status = Callable[..., Result]


@pytest.fixture(autouse=True)
def heed_ctrl_c() -> Iterator[None]:
    """Shells have what they start in the background ignore SIGINT, and who is started by that inherits it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def there(shared_world: World) -> World:
    """A server that is Ready, and one whose class does not exist."""
    shared_world.make_class()
    shared_world.make_server("good")
    shared_world.make_server("lost", className="nobody")
    shared_world.wait_for("lost", "Ready", "False", "ClassNotFound")
    shared_world.wait_for("good", "Ready", "True")
    eventually(lambda: "Ready" in reasons(shared_world, "good"), "its Event is there, which comes after the status")
    return shared_world


def reasons(world: World, name: str) -> set[str]:
    """Of the server's Events."""
    return {each["reason"] for each in world.kube.list("Event", world.namespace) if each["regarding"]["name"] == name}


@pytest.fixture(scope="module")
def reader(cluster: Cluster, kube: Kube, there: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kubeconfig of an account with the role view in the namespace."""
    return person(cluster, kube, tmp_path_factory.mktemp("reader"), there.namespace, "view")


@pytest.fixture
def status(reader: Path) -> Status:
    """The command with these arguments."""
    return lambda *arguments: CliRunner().invoke(main, ["status", "--kubeconfig", str(reader), *arguments])


def test_the_list_says_how_each_is_and_what_to_do(status: Status, there: World) -> None:
    def listed() -> Result | None:  # the roles of the chart become part of view after some moments
        result = status()
        return result if "is forbidden" not in result.stderr else None

    result = eventually(listed, "the account may list ModelServers")
    assert (result.exit_code, result.stderr) == (1, "")
    header, good, lost, note = result.stdout.splitlines()
    assert header.split() == ["NAME", "READY", "PODS", "RUNNING", "WAITING", "MODEL", "AGE", "STATUS"]
    assert re.fullmatch(r"good +True +1/1 +- +- +demo +\d+[sm] +Serves: 1 pod answers\.", good)
    assert re.fullmatch(r"lost +False +0/1 +- +- +demo +\d+[sm] +.*nobody\. Set .* No pod answers\.", lost)
    assert note.startswith("note: RUNNING and WAITING are not known: asking pods takes the right to get pods/proxy,")


def test_the_list_for_scripts(status: Status, there: World) -> None:
    result = status("-o", "json")
    good, lost = json.loads(result.stdout)["servers"]
    assert (good["name"], good["namespace"], good["state"]) == ("good", there.namespace, "Well")
    assert (good["sentence"], good["todo"], good["pods"]) == ("Serves: 1 pod answers.", None, {"ready": 1, "wanted": 1})
    assert (lost["state"], lost["ready"], lost["running"]) == ("NeedsHelp", "False", None)
    assert lost["todo"].startswith("Correct spec.className")
    assert yaml.safe_load(status("-o", "yaml").stdout) == {"servers": [good, lost]}


def test_one_server_in_full(status: Status, there: World) -> None:
    result = status("good")
    assert result.exit_code == 0, result.output
    sentence, *rest = result.stdout.splitlines()
    assert sentence == "good: Serves: 1 pod answers."
    page = "\n".join(rest)
    for expected in (
        r"URL +http://good\.[\w-]+\.svc",
        r"Served as +good",
        r"Pods +1/1 ready",
        r"Ready +True +Ready +\d+[sm] +1 pod runs",
        r"good-\w+-\w+ +True +- +- +- +asking pods takes",
        r"EVENT +AGE +TYPE +NOTE",
        r"Ready +\d+[sm] +Normal",
    ):
        assert re.search(expected, page), f"{expected} in\n{page}"


def test_one_server_for_scripts_has_the_events_in_order(status: Status, there: World) -> None:
    found = json.loads(status("good", "-o", "json").stdout)
    assert {each["type"] for each in found["conditions"]} >= {"Ready", "Reconciled", "Available", "Progressing"}
    assert found["events"][-1]["reason"] == "Ready"
    assert [each["time"] for each in found["events"]] == sorted(each["time"] for each in found["events"])
    assert [each["ready"] for each in found["podStates"]] == [True]


def test_names_are_completed(reader: Path, there: World) -> None:
    """As a shell's script asks for them."""
    asked = {"_MODELSERVER_COMPLETE": "bash_complete", "COMP_WORDS": "modelserver status lo", "COMP_CWORD": "2"}
    result = CliRunner().invoke(
        main, env=asked | {"KUBECONFIG": str(reader)}, prog_name="modelserver", complete_var="_MODELSERVER_COMPLETE"
    )
    assert (result.exit_code, result.stdout) == (0, "plain,lost\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none"], r"There is no ModelServer none in the namespace t-\w+\."),
        (["-A"], r'The cluster does not allow this: .*cannot list resource "modelservers" .*at the cluster scope\.'),
        (["-n", "default"], r'The cluster does not allow this: .*in the namespace "default"\.'),
        (["--context", "none"], r"The kubeconfig \S+ has no context none: it has [\w-]+\."),
    ],
)
def test_what_cannot_be_told_is_one_sentence(status: Status, arguments: list[str], said: str) -> None:
    result = status(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(f"Error: {said}\n", result.stderr), result.stderr


def test_a_login_that_is_not_accepted(reader: Path, tmp_path: Path) -> None:
    config = yaml.safe_load(reader.read_text())
    config["users"][0]["user"]["token"] = "expired"
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(yaml.safe_dump(config))
    result = CliRunner().invoke(main, ["status"], env={"KUBECONFIG": str(kubeconfig)})
    assert result.exit_code == 1
    assert "does not accept the login, which may have expired: log in again" in result.stderr


def test_a_cluster_without_the_kind(reader: Path, tmp_path: Path) -> None:
    proxy = FaultProxy(reader)
    with proxy.running():
        proxy.answer("GET", "/modelservers", 404)
        kubeconfig = proxy.kubeconfig(tmp_path)
        result = CliRunner().invoke(main, ["status", "-n", "x", "--kubeconfig", str(kubeconfig)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: This cluster has no ModelServers (modelserver.dev/v1alpha1): install the")


@contextmanager
def in_a_terminal(
    *command: str | Path, **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
    """A process whose output is a terminal, and what that has shown so far."""
    ours, its = pty.openpty()
    os.set_blocking(ours, False)
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    seen = inherited | {"TERM": "xterm"} | environment
    process = subprocess.Popen(command, stdout=its, stderr=its, env=seen)
    shown = bytearray()

    def read() -> str:
        with suppress(BlockingIOError):
            while True:  # a terminal gives a few kilobytes at a time
                shown.extend(os.read(ours, 1 << 20))
        return shown.decode()

    try:
        yield process, read
    finally:
        process.kill()
        process.wait()
        os.close(its)
        os.close(ours)


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_is_drawn_again_until_ctrl_c(
    reader: Path, there: World, environment: dict[str, str], coloured: bool
) -> None:
    command = (PROGRAM, "status", "--watch", "--kubeconfig", reader)
    with in_a_terminal(*command, **environment) as (process, shown):
        eventually(lambda: shown().count("Serves: 1 pod answers.") > 1, "the list is drawn, and drawn again")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        text = shown()
    assert ("\x1b[32m" in text) == coloured  # green
    assert text.endswith("\x1b[?25h")  # the cursor is back
    assert "Traceback" not in text


@pytest.fixture
def watching(reader: Path, there: World, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`modelserver status --watch`, and the file that it writes to."""
    file = tmp_path / "watched"
    with file.open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM, "status", "--watch", "--kubeconfig", reader], stdout=output, stderr=subprocess.STDOUT
        )
    yield process, file
    process.kill()
    process.wait()


def test_watch_tells_each_change_also_after_the_api_server_has_restarted(
    watching: tuple[subprocess.Popen[bytes], Path], cluster: Cluster, kube: Kube, there: World
) -> None:
    process, file = watching

    def told(words: str) -> None:
        eventually(lambda: re.search(words, file.read_text()), f"{words}; told was: {file.read_text()}")

    told(r"/good  Ready=True  pods 1/1  Serves: 1 pod answers\.\n")
    told(r"/lost  Ready=False  pods 0/1  .*nobody")
    cluster.restart_apiserver()
    kube.reconnect()
    eventually(lambda: kube.get("Namespace", there.namespace), "the API server answers")
    there.make_server("good", replicas=2)
    told(r"/good  Ready=True  pods 2/2  Serves: 2 pods answer\.\n")
    kube.delete("ModelServer", "lost", there.namespace)
    told(r"/lost  is deleted\n")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in file.read_text()
    assert "Aborted" not in file.read_text()
