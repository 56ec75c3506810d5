"""What is counted and measured, of whom, and what the docs say of it."""

import json

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from tests import metrics_page
from tests.unit.runtime.scripted import CHAT, Bench, Call, Caller

from modelserver_runtime.admission.gate import Gate
from modelserver_runtime.measure import Measure, Outcome
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.refusals import DEADLINE, ClientGone, Refused

NAME = "demo"


def event(content: str = "", **more: object) -> bytes:
    return (
        b"data: "
        + json.dumps({"model": "demo", "choices": [{"delta": {"content": content}}], **more}).encode()
        + b"\n\n"
    )


async def streaming(bench: Bench) -> tuple[Caller, Call]:
    """A stream that has begun, with the engine's side of it."""
    caller = bench.chat(stream=True)
    call = await bench.engine.call()
    await call.start()
    return caller, call


async def end(call: Call, caller: Caller) -> None:
    await call.send(b"data: [DONE]\n\n", more=False)
    call.ended.set()
    await caller.done()


async def test_the_page_has_every_metric_with_its_type_and_labels_and_no_other() -> None:
    bench = Bench()
    await bench.chat("unknown").done()
    scrape = generate_latest(bench.registry).decode()

    assert metrics_page.scraped(scrape) == metrics_page.told()


async def test_an_answer_is_counted_under_the_name_that_was_asked_for() -> None:
    bench = Bench()
    caller = bench.chat("org/demo")
    await (await bench.engine.call()).answer({"model": "demo", "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    await caller.done()

    assert bench.metric("modelserver_requests_total", model="org/demo", outcome="answered") == 1
    assert bench.metric("modelserver_requests_admitted_total", model="org/demo") == 1
    assert bench.metric("modelserver_prompt_tokens_total", model="org/demo") == 7
    assert bench.metric("modelserver_completion_tokens_total", model="org/demo") == 3
    assert bench.metric("modelserver_request_seconds_count", model="org/demo") == 1
    assert bench.metric("modelserver_wait_seconds_count", model="org/demo") == 1
    assert bench.metric("modelserver_time_to_first_token_seconds_count", model="org/demo") == 0  # no stream
    assert bench.metric("modelserver_requests_total", model=NAME, outcome="answered") == 0


async def test_only_events_with_something_in_them_are_tokens() -> None:
    bench = Bench()
    caller, call = await streaming(bench)
    first = "modelserver_time_to_first_token_seconds_count"
    await call.send(event(""))  # the role
    assert bench.metric(first, model=NAME) == 0
    await call.send(event("a"))
    assert bench.metric(first, model=NAME) == 1
    await call.send(b": keep-alive\n\n" + event("b") + event("c"))
    await end(call, caller)

    assert bench.metric(first, model=NAME) == 1
    assert bench.metric("modelserver_inter_token_latency_seconds_count", model=NAME) == 2


@pytest.mark.parametrize(("status", "outcome"), [(400, "refused"), (404, "refused"), (500, "failed"), (503, "failed")])
async def test_an_error_of_the_engine_is_told_by_its_status(status: int, outcome: str) -> None:
    bench = Bench()
    caller = bench.chat()
    await (await bench.engine.call()).answer({"error": {"message": "no"}}, status)
    await caller.done()

    assert bench.metric("modelserver_requests_total", model=NAME, outcome=outcome) == 1
    assert bench.metric("modelserver_request_seconds_count", model=NAME) == 0


async def test_an_error_within_a_stream_is_a_failure() -> None:
    bench = Bench()
    caller, call = await streaming(bench)
    await call.send(event("a") + b'data: {"error": {"message": "dead", "code": 500}}\n\n')
    await end(call, caller)

    assert bench.metric("modelserver_requests_total", model=NAME, outcome="failed") == 1


async def test_out_of_time_while_running_is_a_missed_deadline() -> None:
    bench = Bench()
    caller = bench.chat()
    call = await bench.engine.call()
    bench.clock.passes(61)
    await call.disconnected()
    call.ended.set()
    await caller.done()

    assert bench.metric("modelserver_deadlines_missed_total", phase="running") == 1
    assert bench.metric("modelserver_requests_total", model=NAME, outcome="failed") == 1


async def test_a_stream_that_is_broken_off_counts_what_was_generated() -> None:
    bench = Bench()
    caller, call = await streaming(bench)
    await call.send(event("a") + event("b"))
    caller.hang_up()
    await call.disconnected()
    call.ended.set()
    await caller.done()

    assert bench.metric("modelserver_requests_total", model=NAME, outcome="gone") == 1
    assert bench.metric("modelserver_clients_gone_total", phase="running") == 1
    assert bench.metric("modelserver_completion_tokens_total", model=NAME) == 2


async def test_counting_tokens_is_no_load() -> None:
    bench = Bench()
    caller = bench.ask("/v1/messages/count_tokens", CHAT)
    await (await bench.engine.call()).answer({"input_tokens": 5})
    await caller.done()

    assert bench.metric("modelserver_requests_total", model=NAME, outcome="answered") == 0
    assert bench.metric("modelserver_requests_admitted_total", model=NAME) == 0


async def test_what_is_refused_before_the_engine_has_no_figures_of_a_name() -> None:
    bench = Bench()
    await bench.chat("unknown").done()

    assert bench.metric("modelserver_requests_refused_total", reason="model_not_found") == 1
    assert 'model="unknown"' not in generate_latest(bench.registry).decode()


async def test_the_state_is_one_of_all() -> None:
    bench = Bench()
    states = {
        sample.labels["state"]: sample.value
        for family in bench.registry.collect()
        for sample in family.samples
        if sample.name == "modelserver_state"
    }

    assert states.pop("serving") == 1
    assert len(states) >= 4
    assert set(states.values()) == {0}


@pytest.mark.parametrize(("count", "counted"), [("0", 0), ("1", 1), ("2", 1)])
async def test_a_request_that_an_sdk_tries_again_is_counted(count: str, counted: int) -> None:
    bench = Bench()
    await bench.ask("/v1/models", method="GET", headers={"x-stainless-retry-count": count}).done()

    assert bench.metric("modelserver_client_retries_total") == counted


@pytest.fixture
def measured() -> tuple[CollectorRegistry, Measure]:
    """A request whose clock says one second more each time it is asked."""
    registry, seconds = CollectorRegistry(), iter(range(100))
    metrics = Metrics(registry, Gate(1, 1), [NAME], str, [], active=())
    return registry, Measure(metrics.series[NAME], lambda: float(next(seconds)))


def total(registry: CollectorRegistry, name: str) -> float:
    return registry.get_sample_value(f"modelserver_{name}_sum", {"model": NAME}) or 0


def test_times_begin_with_the_measure_and_gaps_with_the_event_before(
    measured: tuple[CollectorRegistry, Measure],
) -> None:
    registry, measure = measured  # the clock says 0
    measure.waited()  # 1
    measure.shown()  # 2
    measure.shown()  # 3
    measure.shown()  # 4
    measure.ended(Outcome.ANSWERED)  # 5

    assert total(registry, "wait_seconds") == 1
    assert total(registry, "time_to_first_token_seconds") == 2
    assert total(registry, "inter_token_latency_seconds") == 2
    assert total(registry, "request_seconds") == 5


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [(Refused(DEADLINE), "failed"), (ClientGone("waiting"), "gone"), (RuntimeError("inside"), "failed")],
)
def test_a_request_ends_however_it_ends(
    measured: tuple[CollectorRegistry, Measure], raised: Exception, outcome: str
) -> None:
    registry, measure = measured
    with pytest.raises(type(raised)), measure:
        raise raised

    assert registry.get_sample_value("modelserver_requests_total", {"model": NAME, "outcome": outcome}) == 1
