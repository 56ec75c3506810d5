"""What callers see of steering, and what the engine is told: per request, however many are on their way at once."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from tests.unit.emotions.given import DIGESTS, STRENGTHS, in_force
from tests.unit.runtime.scripted import SSE, Bench, Caller, body, until
from tests.unit.runtime.steered import steered

from modelserver_runtime.emotions.mapping import InForce, Mix
from modelserver_runtime.steering import current
from modelserver_runtime.steering.spec import Spec

CHAT, COMPLETIONS, RESPONSES, MESSAGES = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/responses",
    "/v1/messages",
)
GENERATE = (CHAT, COMPLETIONS, RESPONSES, MESSAGES)
HEADER = "x-modelserver-steering"
HAPPY = Spec.of([(DIGESTS["happiness"], 70)], "all")


async def answered(bench: Bench, caller: Caller, index: int = 0) -> Caller:
    await (await bench.engine.call(index)).answer({"model": "demo"})
    return await caller.done()


@pytest.mark.parametrize("path", GENERATE)
async def test_a_variant_answers_under_its_name_and_the_engine_knows_only_its_own(path: str) -> None:
    bench, engine = steered()
    caller = bench.ask(path, body(path, model="cheerful"), headers={"x-request-id": "one"})
    assert (await (await engine.call()).document())["model"] == "demo"
    await answered(bench, caller)

    assert caller.document == {"model": "cheerful"}
    assert engine.told == {"one": HAPPY}
    assert caller.headers[HEADER] == f"happiness=0.70;rev={in_force().revision}"


@pytest.mark.parametrize("path", GENERATE)
@pytest.mark.parametrize(
    "asked", [{"emotion": "happiness", "emotion_scale": 0.7}, {"emotions": {"happiness": 0.7}, "emotion": None}]
)
async def test_what_a_request_brings_steers_it_and_never_reaches_vllm(path: str, asked: dict[str, Any]) -> None:
    bench, engine = steered()
    caller = bench.ask(path, body(path, model="grave", **asked), headers={"x-request-id": "one"})
    assert not {"emotion", "emotion_scale", "emotions"} & set(await (await engine.call()).document())
    await answered(bench, caller)

    assert engine.told == {"one": HAPPY}
    assert caller.headers[HEADER].startswith("happiness=0.70;rev=")
    assert caller.document["model"] == "grave"


async def test_headers_do_too_and_vllm_does_not_see_them() -> None:
    bench, engine = steered()
    headers = {"x-modelserver-emotion": "happiness", "x-modelserver-emotion-scale": "0.7", "x-request-id": "one"}
    caller = bench.ask(CHAT, body(CHAT), headers=headers)
    call = await engine.call()
    await answered(bench, caller)

    assert engine.told == {"one": HAPPY}
    assert [name for name, _ in call.scope["headers"] if b"emotion" in name] == []


async def test_many_at_once_are_each_steered_as_they_asked() -> None:
    bench, engine = steered(max_running=5, max_waiting=40)
    chance = random.Random(7)
    asked = {f"r{number}": chance.randrange(-100, 100) for number in range(20)}
    callers = [
        bench.ask(CHAT, body(CHAT, emotion="fear", emotion_scale=number / 100), headers={"x-request-id": request_id})
        for request_id, number in asked.items()
    ]
    for _ in asked:
        await until(engine.owes)
        await chance.choice([call for call in engine.calls if not call.ended.is_set()]).answer({"model": "demo"})
    for caller in callers:
        await caller.done()

    assert engine.told == {name: Spec.of([(DIGESTS["fear"], number)], "all") for name, number in asked.items()}
    assert [caller.headers[HEADER].partition(";")[0] for caller in callers] == [
        f"fear={number / 100:.2f}" for number in asked.values()
    ]
    assert current.current() is None
    assert len(bench.parts.emotions.active) == 0


async def test_a_request_keeps_what_it_began_with_waiting_or_running() -> None:
    bench, engine = steered(max_running=1)
    happier = in_force(variants={"cheerful": Mix((("happiness", 90),))})
    callers = [
        bench.ask(CHAT, body(CHAT, model="cheerful", stream=True), headers={"x-request-id": name}) for name in "ab"
    ]
    call = await engine.call()
    await call.start()
    bench.parts.emotions.flip(happier, STRENGTHS)
    callers.append(bench.ask(CHAT, body(CHAT, model="cheerful", stream=True), headers={"x-request-id": "c"}))
    for index in range(3):
        call = await engine.call(index)
        if index:
            await call.start()
        await call.send(b"data: [DONE]\n\n", more=False)
        call.ended.set()

    told = [(await caller.done()).headers[HEADER] for caller in callers]
    old, new = f"happiness=0.70;rev={in_force().revision}", f"happiness=0.90;rev={happier.revision}"
    assert told == [old, old, new]
    assert engine.told == {"a": HAPPY, "b": HAPPY, "c": Spec.of([(DIGESTS["happiness"], 90)], "all")}


async def test_a_vector_is_named_until_the_last_request_has_ended_however_that_is() -> None:
    bench, engine = steered(max_running=1, max_waiting=3)
    active, digest = bench.parts.emotions.active, DIGESTS["happiness"]
    running, waiting, late = [bench.chat("cheerful") for _ in range(3)]
    call = await engine.call()
    await until(lambda: bench.gate.waiting == 2)
    bench.parts.emotions.flip(InForce(digests=DIGESTS), STRENGTHS)
    waiting.hang_up()
    await waiting.done()
    bench.clock.passes(61)  # no slot came free for the one, and the other ran too long
    await call.disconnected()
    assert (await late.done()).status == 503
    assert active.names(digest)
    call.ended.set()
    assert (await running.done()).status == 504

    assert not active.names(digest)
    assert (await bench.chat("cheerful").done()).status == 404


async def test_more_mixes_than_allowed_are_refused_and_more_requests_are_not() -> None:
    bench, engine = steered(most=1)
    first = bench.chat(emotion="fear")
    await engine.call()
    second, third = bench.chat(emotion="fear"), await bench.chat(emotion="anger").done()
    plain = bench.chat(emotion="none")
    await engine.play_on([first, second, plain])

    assert [caller.status for caller in (first, second, plain)] == [200, 200, 200]
    assert (third.status, third.document["error"]["code"]) == (429, "too_many_mixes")
    assert third.headers["retry-after"] == "1"
    assert (await bench.ask(MESSAGES, body(MESSAGES, emotion="anger")).done()).status == 200


async def test_no_callers_mixes_keep_a_name_from_answering() -> None:
    bench, engine = steered(in_force(default=Mix((("pride", 10),))), most=1, max_running=5)
    own = bench.chat(emotion="fear")
    await engine.call()
    named = [bench.chat("cheerful"), bench.chat("grave"), bench.chat(), bench.chat(emotion="pride", emotion_scale=0.1)]
    await engine.call(4)
    assert (await bench.chat(emotion="anger").done()).status == 429, "all of them count"
    await engine.play_on([own, *named])

    assert [caller.status for caller in (own, *named)] == [200] * 5


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (CHAT, {"type": "invalid_request_error", "param": "emotion_scale", "code": "emotion_scale_invalid"}),
        (RESPONSES, {"type": "invalid_request_error", "param": "emotion_scale", "code": "emotion_scale_invalid"}),
        (MESSAGES, {"type": "invalid_request_error"}),
    ],
)
async def test_a_refusal_has_the_familys_shape_and_no_header(path: str, shape: dict[str, str]) -> None:
    bench, engine = steered()
    caller = await bench.ask(path, body(path, emotion="fear", emotion_scale=5)).done()
    error = caller.document["error"]
    assert caller.status == 400
    assert error.pop("message").startswith(
        "The field `emotion_scale` must be a number from -4 to 4; the emotions are: "
    )
    assert error == shape
    assert HEADER not in caller.headers
    assert engine.calls == []


async def test_no_refusal_says_how_it_was_steered_neither_ours_nor_the_engines() -> None:
    bench, engine = steered()
    caller = bench.chat("cheerful")
    await (await engine.call()).answer({"error": {"message": "no", "code": 400}}, status=400)
    assert (await caller.done()).status == 400
    assert HEADER not in caller.headers
    for refused in (bench.chat("gone"), bench.ask("/nowhere"), bench.chat("cheerful", no_such_field=1)):
        assert HEADER not in (await refused.done()).headers


async def test_a_stream_says_so_before_its_first_event() -> None:
    bench, engine = steered()
    caller = bench.chat("grave", stream=True)
    call = await engine.call()
    await call.start()
    await call.send(b'data: {"model": "demo", "choices": []}\n\n')
    assert caller.headers[HEADER] == f"sadness=0.30,surprise=-0.20;phase=decode;rev={in_force().revision}"
    assert caller.headers["content-type"] == SSE.decode()
    assert json.loads(caller.body.removeprefix(b"data: "))["model"] == "grave"
    await call.send(b"data: [DONE]\n\n", more=False)
    call.ended.set()
    await caller.done()


@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES])
async def test_a_model_with_channels_is_steered_as_others(path: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "gpt_oss"}')
    bench, engine = steered(model=str(tmp_path))
    sent = body(path, model="grave", emotion="happiness", emotion_scale=0.7)
    caller = bench.ask(path, sent, headers={"x-request-id": "one"})
    call = await engine.call()
    assert "emotion" not in await call.document()
    await call.answer({"model": "demo", "choices": [], "output": [], "content": []})

    assert (await caller.done()).status == 200
    assert engine.told == {"one": HAPPY}
    assert caller.headers[HEADER].startswith("happiness=0.70;rev=")
