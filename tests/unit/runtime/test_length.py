"""What is only tokenized is bounded whatever the context, and so are those who ask for it at a time."""

import asyncio

import pytest
from tests.unit.runtime.scripted import Bench, Caller, until

from modelserver_runtime.parts import COUNTING
from modelserver_runtime.refusals import Refused
from modelserver_runtime.stages.length import MOST_CHARACTERS, Longest

COUNT, TOKENIZE, CHAT = "/v1/messages/count_tokens", "/tokenize", "/v1/chat/completions"


def conversation(characters: int) -> dict[str, object]:
    """A body with so many, its field's name and its keys among them."""
    return {"messages": [{"role": "user", "content": "x" * (characters - len("messagesroleusercontent"))}]}


@pytest.mark.parametrize("path", [COUNT, TOKENIZE])
def test_a_long_context_makes_no_longer_text_tokenized(path: str) -> None:
    rule, most, more = Longest(1_000_000), conversation(MOST_CHARACTERS), conversation(MOST_CHARACTERS + 1)
    assert rule.rewrite(path, most) is most
    assert rule.rewrite(CHAT, more) is more
    with pytest.raises(Refused) as refused:
        rule.rewrite(path, more)
    refusal = refused.value.refusal
    assert (refusal.status, refusal.param) == (400, "messages")
    assert str(MOST_CHARACTERS) in refusal.message


def counting(bench: Bench, path: str = COUNT) -> Caller:
    return bench.ask(path, {"model": "demo", "messages": [{"role": "user", "content": "hi"}]})


async def test_so_many_are_tokenized_at_a_time_the_next_wait_and_the_rest_are_refused() -> None:
    bench = Bench(max_waiting=3)
    callers = [counting(bench, path) for path in (COUNT, TOKENIZE) * 4]
    running = bench.chat()  # has a slot all the same: it is another gate
    await bench.engine.call(COUNTING)
    await asyncio.gather(*(caller.done() for caller in callers[COUNTING + 3 :]))

    assert [caller.status for caller in callers] == [0] * (COUNTING + 3) + [429] * 3
    assert callers[-1].document["error"]["code"] == "waiting_line_full"
    assert len(bench.engine.calls) == COUNTING + 1
    assert bench.gate.unfinished == 1, "autoscaling sees what generates"
    await bench.engine.play_on([running, *callers[: COUNTING + 3]])
    assert {caller.status for caller in callers[: COUNTING + 3]} == {200}


async def test_who_hangs_up_in_the_line_of_the_tokenizer_leaves_it() -> None:
    bench = Bench(max_waiting=1)
    first = [counting(bench) for _ in range(COUNTING)]
    await bench.engine.call(COUNTING - 1)
    gone = counting(bench)
    await until(lambda: len(bench.clock.alarms) == COUNTING + 1)  # the deadlines, and its time in the line
    gone.hang_up()
    await gone.done()
    assert bench.metric("modelserver_clients_gone_total", phase="waiting") == 1
    await bench.engine.play_on(first)
