"""How a server ends: past the drain's limit, by its engine's death, or before it began; `test_sigterm.py` has the rest.

And how it lives on with an engine that stands still for a while.
"""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from openai import APIError, OpenAI
from openai.types.chat import ChatCompletionStreamOptionsParam
from tests.engine.server import Server, free_ports, launch, start_part, until

LONG = {"ignore_eos": True}


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[Server]:
    """A server that neither bears an engine without steps for long nor drains for long; the last test ends it."""
    folder = tmp_path_factory.mktemp("impatient")
    server = Server(folder, model, health={"stalledSeconds": 2}, drain={"lameDuckSeconds": 0, "drainSeconds": 1})
    try:
        yield server.ready()
    finally:
        server.kill()


@pytest.fixture
def own(tmp_path: Path, model: Path) -> Iterator[Server]:
    """A server of the test's own, to be ended by it."""
    server = Server(tmp_path, model)
    try:
        yield server.ready()
    finally:
        server.kill()


@contextmanager
def client(server: Server) -> Iterator[OpenAI]:
    """A client that has asked once: the SDK's first request takes its time."""
    with OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=120) as client:
        client.models.list()
        yield client


def tokens(client: OpenAI, count: int) -> int:
    """The tokens that a stream of `count` says at its end that it has brought."""
    usage: ChatCompletionStreamOptionsParam = {"include_usage": True}
    stream = client.completions.create(
        model="demo", prompt="hi", max_tokens=count, stream=True, stream_options=usage, extra_body=LONG
    )
    last = list(stream)[-1]
    assert last.usage, "the stream was cut"
    return last.usage.completion_tokens


def ask(server: Server, *, stream: bool) -> httpx.Response:
    """A request that takes many seconds, until it is answered or cut."""
    body = {"model": "demo", "prompt": "hi", "max_tokens": 4000, "stream": stream, **LONG}
    return httpx.post(server.url + "/v1/completions", json=body, timeout=60)


def generates(server: Server, requests: int) -> Callable[[], bool]:
    return lambda: server.metric("vllm:num_requests_running") == requests


def state(server: Server) -> str:
    return str(httpx.get(server.control_url + "/readyz", timeout=60).json()["state"])


def test_an_engine_that_stands_still_makes_the_server_unready_until_it_moves(impatient: Server) -> None:
    server = impatient
    with client(server) as sdk, ThreadPoolExecutor(1) as pool:
        whole = pool.submit(tokens, sdk, 2000)
        until(generates(server, 1))
        with server.standing_still():
            until(lambda: server.probe("/readyz") == 503)
            assert state(server) == "stalled"
            assert server.probe("/livez") == 200
            refused = httpx.post(server.url + "/v1/completions", json={"model": "demo", "prompt": "hi"}, timeout=60)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "stalled")
        until(lambda: server.probe("/readyz") == 200)
        assert not whole.done(), "the next step is enough"
        assert whole.result() == 2000, "who was running has lost nothing"


def test_past_the_drain_limit_requests_end_with_an_error_never_silently(impatient: Server) -> None:
    with ThreadPoolExecutor(2) as pool:
        streamed, whole = pool.submit(ask, impatient, stream=True), pool.submit(ask, impatient, stream=False)
        until(generates(impatient, 2))
        impatient.process.send_signal(signal.SIGTERM)
        assert streamed.result().status_code == 200
        *_, error, done = streamed.result().text.strip().split("\n\n")
        assert json.loads(error.removeprefix("data: "))["error"]["code"] == "drain_limit"
        assert done == "data: [DONE]"
        assert (whole.result().status_code, whole.result().json()["error"]["code"]) == (503, "drain_limit")
    assert impatient.process.wait(60) == 0
    assert "Traceback" not in impatient.log


def test_an_engine_that_dies_ends_requests_with_an_error_and_the_process_with_3(own: Server) -> None:
    with client(own) as sdk, ThreadPoolExecutor(1) as pool:
        whole = pool.submit(ask, own, stream=False)
        stream = sdk.completions.create(model="demo", prompt="hi", max_tokens=4000, stream=True, extra_body=LONG)
        next(stream)
        until(generates(own, 2))
        os.kill(own.engine_pid(), signal.SIGKILL)
        with pytest.raises(APIError):
            list(stream)
        assert (whole.result().status_code, whole.result().json()["error"]["code"]) == (503, "broken")
    assert own.process.wait(60) == 3
    said = own.log.splitlines()[-1]
    assert said.startswith(
        "Error: The engine has died: its process was ended by SIGKILL, as the kernel does when memory"
    )


def test_sigterm_while_starting_ends_at_once(tmp_path: Path, model: Path) -> None:
    server = Server(tmp_path, model)
    try:
        until(lambda: server.probe("/livez") == 200)
        until(lambda: server.probe("/startupz") == 503)  # imports from a slow disk keep whoever asks waiting
        assert httpx.get(server.url + "/v1/models", timeout=60).json()["error"]["code"] == "starting"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        assert '"message": "ready"' not in server.log, "it has waited for its engine"
        assert "Traceback" not in server.log
    finally:
        server.kill()


def refusal(tmp_path: Path, document: object) -> str:
    """What a server with this start part says when it refuses to start, which it must do with exit code 2."""
    (tmp_path / "start.yaml").write_text(yaml.safe_dump(document))
    process = launch("serve", "--config", tmp_path / "start.yaml", log=tmp_path / "log")
    try:
        assert process.wait(600) == 2
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said
    return said.splitlines()[-1]


def test_a_port_in_use(tmp_path: Path, model: Path, server: Server) -> None:
    taken = int(server.url.rsplit(":", 1)[1])
    said = refusal(tmp_path, start_part(model, taken, free_ports()[0]))
    assert said == (
        f"Error: Cannot listen on 127.0.0.1:{taken} (server.httpPort): another process listens there already; "
        "--auto-port takes the next free port."
    )


def test_a_missing_model_folder(tmp_path: Path) -> None:
    said = refusal(tmp_path, start_part(tmp_path / "absent", *free_ports()))
    assert said.startswith(f"Error: There is no model folder {tmp_path / 'absent'} (model.path, from ")


def test_an_engine_argument_that_vllm_does_not_know(tmp_path: Path, model: Path) -> None:
    document = start_part(model, *free_ports())
    document["engine"]["arguments"] |= {"enforce-eagr": "", "enable-log-req": ""}  # an abbreviation is none it knows
    said = refusal(tmp_path, document)
    assert said == "Error: engine.arguments: vLLM says: unrecognized arguments: --enable-log-req --enforce-eagr"
