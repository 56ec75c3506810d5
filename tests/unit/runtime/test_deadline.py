"""The end of what runs too long: by status while that is possible, else by an event; and the engine is told to stop."""

import json

import pytest
from tests.unit.runtime.scripted import SSE, Bench, body, until

from modelserver_runtime.refusals import DRAIN_LIMIT

CHUNK = b'data: {"id":"1","model":"demo","choices":[]}\n\n'


async def test_before_the_first_byte_it_is_504_not_to_be_tried_again() -> None:
    bench = Bench(request_timeout_seconds=7)
    caller = bench.chat()
    call = await bench.engine.call()
    await call.document()

    bench.clock.passes(7)
    await call.disconnected()  # the engine is told, as if the caller had gone; nothing is cancelled
    call.ended.set()
    await caller.done()

    assert caller.status == 504
    assert caller.headers["x-should-retry"] == "false"
    assert caller.document["error"]["code"] == "deadline"
    assert bench.gate.unfinished == 0


async def test_a_stream_that_has_sent_nothing_can_still_be_504() -> None:
    bench = Bench(request_timeout_seconds=7)
    caller = bench.chat(stream=True)
    call = await bench.engine.call()
    await call.document()
    await call.start(content_type=SSE)

    bench.clock.passes(7)
    await call.disconnected()
    call.ended.set()

    assert (await caller.done()).status == 504


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/v1/chat/completions", b'data: {"error":{"message":"The request took longer than allowed."'),
        ("/v1/completions", b'data: {"error":{"message":"The request took longer than allowed."'),
        ("/v1/responses", b'event: error\ndata: {"type":"error","error":{"message":"The request took longer'),
        ("/v1/messages", b'event: error\ndata: {"type":"error","error":{"type":"timeout_error","message":"The'),
    ],
)
async def test_in_a_stream_it_is_an_error_event_never_a_silent_end(path: str, event: bytes) -> None:
    bench = Bench(request_timeout_seconds=7)
    caller = bench.ask(path, body(path, stream=True))
    call = await bench.engine.call()
    await call.document()
    await call.start(content_type=SSE)
    bench.clock.passes(6)
    await call.send(CHUNK)

    bench.clock.passes(1)
    await call.disconnected()
    await call.send(b"data: too late\n\n")
    call.ended.set()
    await caller.done()

    assert caller.status == 200
    assert caller.body.startswith(CHUNK + event)
    assert b"too late" not in caller.body
    assert caller.complete
    assert bench.metric("modelserver_requests_refused_total", reason="deadline") == 1


async def test_an_answer_in_time_is_untouched_by_the_deadline() -> None:
    bench = Bench(request_timeout_seconds=7)
    caller = bench.chat()
    call = await bench.engine.call()
    await call.document()
    await call.start(content_type=b"application/json")
    await call.send(json.dumps({"model": "demo"}).encode(), more=False)

    await until(lambda: caller.complete)
    bench.clock.passes(7)  # the app takes its time to leave
    await call.disconnected()
    call.ended.set()

    assert (await caller.done()).document == {"model": "demo"}
    assert not bench.clock.alarms, "whoever has left is not called"
    assert bench.metric("modelserver_requests_refused_total", reason="deadline") == 0
    assert bench.metric("modelserver_clients_gone_total", phase="running") == 0


async def test_cutting_all_ends_what_runs_and_what_would_run_next() -> None:
    bench = Bench()
    callers = [bench.chat(stream=True) for _ in range(3)]  # two run, one waits
    for number in range(2):
        call = await bench.engine.call(number)
        await call.document()
        await call.start(content_type=SSE)
        await call.send(CHUNK)

    bench.parts.ask.deadline.cut_all(DRAIN_LIMIT)
    for call in bench.engine.calls:
        await call.disconnected()
        call.ended.set()
    for caller in callers:
        await caller.done()

    assert [caller.status for caller in callers] == [200, 200, 503]
    assert all(b'"code":"drain_limit"' in caller.body for caller in callers)
    assert len(bench.engine.calls) == 2
