"""The end by SIGTERM of a server that others have used: the last file here."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx
from tests.engine.server import Server, until
from tests.engine.test_end import client, tokens


def test_sigterm_finishes_what_was_accepted(server: Server) -> None:
    """Six streams, of which two wait; Ctrl-C in between reaches the engine's process too and must not end it."""
    before = len(server.log)  # of callers' mistakes, which other tests made, vLLM logs tracebacks
    with client(server) as sdk, ThreadPoolExecutor(6) as pool:
        generated = server.metric("vllm:generation_tokens_total")
        with server.standing_still():
            streams = [pool.submit(tokens, sdk, 2000) for _ in range(6)]
            until(lambda: server.metric("modelserver_unfinished_requests") == 6)
        until(lambda: server.metric("vllm:generation_tokens_total") > generated)
        with server.standing_still():  # so that they outlast the lame duck on a fast machine, too
            os.kill(server.engine_pid(), signal.SIGINT)
            server.process.send_signal(signal.SIGTERM)
            until(lambda: server.probe("/readyz") == 503)
            assert httpx.get(server.url + "/v1/models", timeout=60).status_code == 200, (
                "endpoints may still send: accepted"
            )
            until(lambda: httpx.get(server.url + "/v1/models", timeout=60).status_code == 503)
            refused = httpx.get(server.url + "/v1/models", timeout=60)
            assert refused.headers["connection"] == "close"
            assert server.metric("modelserver_unfinished_requests") > 0
            assert server.probe("/livez") == 200
        assert [stream.result() for stream in streams] == [2000] * 6
    assert server.process.wait(60) == 0
    assert "Traceback" not in server.log[before:]
