"""A download that is asked how far it is: the command itself, as an init container runs it, and a hub in steps."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.hub.hub import Hub
from tests.ports import free_port
from tests.unit.runtime.downloads import CONTENTS, SIZE, WEIGHTS, download, start, there
from tests.waiting import until

from modelserver_runtime import listen
from modelserver_runtime.download import asked
from modelserver_runtime.download.place import Place

SECONDS = 120  # for two processes that start
TOTAL = sum(map(len, CONTENTS.values()))
UNWRITTEN = 64 * 1024  # bytes that have come and are not yet in the file
ANYWHERE = "0.0.0.0"  # as in a pod


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def other_port() -> int:
    return free_port()


@contextmanager
def begun(hub: Hub, to: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = start(hub, to, "--progress-port", str(port))
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and its log."""
    _, log = process.communicate(timeout=SECONDS)
    return process.returncode, log


def get(port: int, path: str = "/stats?part=requests") -> httpx.Response | None:
    """None while nobody answers."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}")
    except httpx.TransportError:
        return None


def told(port: int) -> tuple[int, int | None] | None:
    """Bytes that are there, and of all; None while nobody answers."""
    answer = get(port)
    if answer is None:
        return None
    document = answer.json()
    assert (answer.status_code, list(document)) == (200, ["download"])
    assert list(document["download"]) == ["bytes", "total_bytes"]
    return document["download"]["bytes"], document["download"]["total_bytes"]


def arrives(port: int, percent: int) -> None:
    """Waits until all but the rest of the large file is told as there."""
    most = TOTAL - SIZE + SIZE * percent // 100

    def look() -> bool:
        said = told(port)
        return said is not None and most - UNWRITTEN <= said[0] <= most and said[1] == TOTAL

    until(look, SECONDS, f"{most} of {TOTAL} bytes are told")


def test_it_says_how_far_it_is_and_leaves_the_port_to_the_server_that_follows(
    model_hub: Hub, to: Path, port: int
) -> None:
    holds = [model_hub.hold(WEIGHTS, percent) for percent in (30, 60, 90)]
    with begun(model_hub, to, port) as process:
        for hold in holds:
            arrives(port, hold.percent)
            hold.released.set()
        code, log = ended(process)

    assert (code, there(to)) == (0, CONTENTS), log
    listen.bind(ANYWHERE, port, "server.controlPort").close()


def test_before_the_hub_has_said_what_there_is_the_total_is_unknown(model_hub: Hub, to: Path, port: int) -> None:
    model_hub.refuse = [(503, {"Retry-After": "100"})]
    with begun(model_hub, to, port):
        until(lambda: told(port) == (0, None), SECONDS, "it says that nothing is known")


def test_one_that_waits_for_another_pod_says_how_far_that_is(
    model_hub: Hub, to: Path, port: int, other_port: int
) -> None:
    hold = model_hub.hold(WEIGHTS, 50)
    with begun(model_hub, to, port) as one, begun(model_hub, to, other_port) as other:
        arrives(port, 50)
        arrives(other_port, 50)
        hold.released.set()
        ends = [ended(one), ended(other)]

    assert [code for code, _ in ends] == [0, 0], ends
    assert sum("another process downloads this model" in log for _, log in ends) == 1


def test_it_answers_nothing_else_and_nobody_holds_it_up(model_hub: Hub, to: Path, port: int) -> None:
    hold = model_hub.hold(WEIGHTS, 30)
    with begun(model_hub, to, port) as process:
        arrives(port, 30)
        silent = socket.create_connection(("127.0.0.1", port))
        slow = socket.create_connection(("127.0.0.1", port))
        slow.sendall(b"GET /stats HTTP/1.1\r\nHost: slow")
        others = [get(port, path) for path in ("/", "/livez", "/statsx", "/metrics")]
        assert [other and other.status_code for other in others] == [404] * 4
        assert httpx.post(f"http://127.0.0.1:{port}/stats").status_code == 501
        late = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        hold.released.set()
        code, log = ended(process)
        for each in (silent, slow, *late):
            each.close()

    assert (code, there(to)) == (0, CONTENTS), log
    assert "Traceback" not in log
    listen.bind(ANYWHERE, port, "server.controlPort").close()


def test_a_port_that_is_taken_is_a_line_in_the_log(model_hub: Hub, to: Path, port: int) -> None:
    with socket.create_server((ANYWHERE, port)), begun(model_hub, to, port) as process:
        code, log = ended(process)

    assert (code, there(to)) == (0, CONTENTS), log
    said = f"nobody can ask how far the download is: port {port}: Address already in use"
    assert [said in line for line in log.splitlines()].count(True) == 1


def test_the_port_is_free_again_as_soon_as_the_block_ends(to: Path, port: int) -> None:
    for _ in range(3):
        with asked.answering(port, Place(to).arrived):
            assert told(port) == (0, None)
        assert told(port) is None


def test_a_model_that_is_there_is_told_as_there(model_hub: Hub, to: Path) -> None:
    """For the moment between the last file and the end."""
    download(model_hub, to)
    assert Place(to).arrived() == (TOTAL, TOTAL)
