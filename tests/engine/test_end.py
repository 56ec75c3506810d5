"""How a server ends: by SIGTERM with everything accepted finished, by the death of its engine, or before it began."""

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import yaml
from openai import APIError, OpenAI
from openai.types.chat import ChatCompletionStreamOptionsParam
from tests.engine.server import Server, free_ports, launch, start_part, until

LONG = {"ignore_eos": True}


@pytest.fixture
def own(tmp_path: Path, model: Path) -> Iterator[Server]:
    """A server of the test's own, to be ended by it."""
    server = Server(tmp_path, model)
    try:
        yield server.ready()
    finally:
        server.kill()


def tokens(server: Server, count: int) -> int:
    """The tokens that a stream of `count` says at its end that it has brought."""
    usage: ChatCompletionStreamOptionsParam = {"include_usage": True}
    with OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=120) as client:
        stream = client.completions.create(
            model="demo", prompt="hi", max_tokens=count, stream=True, stream_options=usage, extra_body=LONG
        )
        last = list(stream)[-1]
    assert last.usage, "the stream was cut"
    return last.usage.completion_tokens


def test_sigterm_finishes_what_was_accepted(server_to_end: Server) -> None:
    """Six streams, of which two wait; Ctrl-C in between reaches the engine's process too and must not end it."""
    server = server_to_end
    with ThreadPoolExecutor(6) as pool:
        streams = [pool.submit(tokens, server, 1200) for _ in range(6)]
        until(lambda: server.metric("modelserver_unfinished_requests") == 6)
        os.kill(server.engine_pid(), signal.SIGINT)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.probe("/readyz") == 503)
        assert httpx.get(server.url + "/v1/models").status_code == 200, "endpoints may still send: accepted"
        until(lambda: httpx.get(server.url + "/v1/models").status_code == 503)
        refused = httpx.get(server.url + "/v1/models")
        assert refused.headers["connection"] == "close"
        assert server.metric("modelserver_unfinished_requests") > 0
        assert server.probe("/livez") == 200
        assert [stream.result() for stream in streams] == [1200] * 6
    assert server.process.wait(60) == 0
    assert "Traceback" not in server.log


def test_an_engine_that_dies_ends_streams_with_an_error_and_the_process_with_3(own: Server) -> None:
    with OpenAI(base_url=own.url + "/v1", api_key="none", max_retries=0, timeout=60) as client:
        stream = client.completions.create(model="demo", prompt="hi", max_tokens=4000, stream=True, extra_body=LONG)
        next(stream)
        os.kill(own.engine_pid(), signal.SIGKILL)
        with pytest.raises(APIError):
            list(stream)
    assert own.process.wait(60) == 3


def test_sigterm_while_starting_ends_at_once(tmp_path: Path, model: Path) -> None:
    server = Server(tmp_path, model)
    try:
        until(lambda: server.probe("/livez") == 200)
        assert server.probe("/startupz") == 503
        assert httpx.get(server.url + "/v1/models").json()["error"]["code"] == "starting"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        assert "Traceback" not in server.log
    finally:
        server.kill()


def refusal(tmp_path: Path, document: object) -> str:
    """What a server with this start part says when it refuses to start, which it must do with exit code 2."""
    (tmp_path / "start.yaml").write_text(yaml.safe_dump(document))
    process = launch("serve", "--config", tmp_path / "start.yaml", log=tmp_path / "log")
    try:
        assert process.wait(120) == 2
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
        f"Error: Cannot listen on 127.0.0.1:{taken} (server.httpPort): another process listens there already."
    )


def test_a_missing_model_folder(tmp_path: Path) -> None:
    said = refusal(tmp_path, start_part(tmp_path / "absent", *free_ports()))
    assert said.startswith(f"Error: There is no model folder {tmp_path / 'absent'} (model.path in ")


def test_an_engine_argument_that_vllm_does_not_know(tmp_path: Path, model: Path) -> None:
    document = start_part(model, *free_ports())
    document["engine"]["arguments"]["enforce-eagr"] = ""
    said = refusal(tmp_path, document)
    assert said == "Error: engine.arguments: vLLM says: unrecognized arguments: --enforce-eagr"
