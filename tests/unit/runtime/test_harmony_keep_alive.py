"""Comments while everything in a stream is hidden, by the test's clock."""

from pathlib import Path

from starlette.types import Message
from tests.unit.runtime.harmony import bench
from tests.unit.runtime.scripted import Bench, Call, Caller, Clock, until

from modelserver_runtime.refusals import Family
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages.harmony.keep_alive import kept_alive
from modelserver_runtime.stages.harmony.redact_chat import ChatRedactor

COMMENT = b": keep-alive\n\n"
BEGIN = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'
HIDDEN = b'data: {"choices":[{"index":0,"delta":{"reasoning":"hm"}}]}\n\n'
SHOWN = b'data: {"choices":[{"index":0,"delta":{"content":"so"}}]}\n\n'


async def begun(folder: Path) -> tuple[Bench, Caller, Call]:
    """A stream that the engine has yet to begin."""
    asked = bench(folder)
    caller = asked.chat(stream=True)
    call = await asked.engine.call()
    await call.start()
    await until(lambda: len(asked.clock.alarms) == 2)  # the deadline's and the first comment's
    return asked, caller, call


async def passes(asked: Bench, seconds: float) -> None:
    """Time passes, and who waited for it has acted."""
    asked.clock.passes(seconds)
    alarms = list(asked.clock.alarms)
    await until(lambda: asked.clock.alarms != alarms)


async def end(caller: Caller, call: Call) -> None:
    await call.send(b"data: [DONE]\n\n", more=False)
    call.ended.set()
    await caller.done()


async def test_a_comment_for_each_ten_seconds_without_anything_to_see(tmp_path: Path) -> None:
    asked, caller, call = await begun(tmp_path)
    await call.send(BEGIN)
    await passes(asked, 10)
    assert COMMENT not in caller.body, "the first event came within these ten seconds"
    for comments in (1, 2):
        await call.send(HIDDEN)
        await passes(asked, 10)
        assert caller.body.count(COMMENT) == comments
    await call.send(SHOWN)
    await passes(asked, 10)
    assert caller.body.count(COMMENT) == 2
    await end(caller, call)
    assert not asked.clock.alarms


async def test_none_before_the_engine_has_begun(tmp_path: Path) -> None:
    asked, caller, call = await begun(tmp_path)
    for _ in range(3):
        await passes(asked, 10)
    assert not caller.status, "it can still be refused with a status"
    await end(caller, call)


async def test_none_in_an_answer_that_is_no_stream(tmp_path: Path) -> None:
    asked = bench(tmp_path)
    caller = asked.chat()
    call = await asked.engine.call()
    await until(lambda: len(asked.clock.alarms) == 2)
    await passes(asked, 10)
    await call.answer({"choices": []})
    assert (await caller.done()).document == {"choices": []}


async def test_none_between_the_status_and_the_body_of_json() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    clock, reply = Clock(), Reply(send, "id", Family.OPENAI, lambda reason: None)
    async with kept_alive(ChatRedactor(), reply, clock.of_the_parts()):
        await until(lambda: len(clock.alarms) == 1)
        await reply.start(200, [])
        clock.passes(10)
        await until(lambda: len(clock.alarms) == 1)  # that of the next ten seconds
        assert [message["type"] for message in sent] == ["http.response.start"]
