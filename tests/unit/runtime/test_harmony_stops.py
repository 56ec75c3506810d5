"""Stop strings of a model with channels: never vLLM's to look for, and met in what is shown alone."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from tests.unit.runtime.harmony import answered, bench
from tests.unit.runtime.scripted import SSE

from modelserver_runtime.stages.harmony.stops import Cut

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
CANARY = "Canary"
VLLMS = {"finish_reason": "stop", "stop_reason": CANARY}


def stream(*documents: dict[str, Any]) -> bytes:
    names = [b"event: " + each["type"].encode() + b"\n" if "type" in each else b"" for each in documents]
    return b"".join(
        b"%bdata: %b\n\n" % (name, json.dumps(d).encode()) for name, d in zip(names, documents, strict=True)
    )


def events(said: bytes) -> list[Any]:
    """The JSON of each event, whose name has to be its type."""
    told = []
    for event in said.split(b"\n\n")[:-1]:
        *name, data = event.splitlines()
        told.append(json.loads(data.removeprefix(b"data: ")))
        assert name == ([b"event: " + told[-1]["type"].encode()] if "type" in told[-1] else [])
    return told


def deltas(*contents: str, index: int = 0) -> list[dict[str, Any]]:
    return [{"choices": [{"index": index, "delta": {"content": content}}]} for content in contents]


def end(reason: str = "stop", index: int = 0) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {}, "finish_reason": reason, "stop_reason": 200002}]}


def block(index: int, *texts: str) -> list[dict[str, Any]]:
    start = {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}}
    said = [
        {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}} for text in texts
    ]
    return [start, *said, {"type": "content_block_stop", "index": index}]


LAST = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}


async def chat(folder: Path, stop: Any, *said: dict[str, Any]) -> tuple[str, list[Any], list[Any]]:
    """The text of the first choice, how it ended, and all choices in all events."""
    told = events(await answered(bench(folder), CHAT, stream(*said), stop=stop, stream=True))
    choices = [choice for event in told for choice in event["choices"]]
    first = [choice for choice in choices if choice["index"] == 0]
    ends = [(each["finish_reason"], each["stop_reason"]) for each in first if each.get("finish_reason")]
    return "".join(each["delta"].get("content", "") for each in first), ends, choices


@pytest.mark.parametrize("stops", [("cd",), ("d ", "abc"), ("abcde", "cd"), ("aab",), ("x", "yz"), ("e",), ()])
def test_a_text_is_cut_at_the_same_place_however_it_comes(stops: tuple[str, ...]) -> None:
    text = "aaabcd e"
    ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
    first = next((stop for stop in stops if ends and text.find(stop) + len(stop) == min(ends)), None)
    expected = text[: min(ends) - len(first)] if first else text
    for cuts in combinations(range(1, len(text)), 3):
        pieces = [text[a:b] for a, b in zip((0, *cuts), (*cuts, len(text)), strict=True)]
        cut = Cut(stops)
        assert "".join([*map(cut.text, pieces), cut.rest()]) == expected, pieces
        assert cut.met == first


def test_no_more_is_held_back_than_may_be_a_beginning() -> None:
    cut = Cut(("<end>", "de"))
    assert [cut.text(piece) for piece in ("abc", "d", "<", "<en", "!", "")] == ["abc", "", "d", "<", "<en!", ""]


@pytest.mark.parametrize(
    ("path", "more"), [(CHAT, {"stop": CANARY}), (MESSAGES, {"stop_sequences": [CANARY], "max_tokens": 9})]
)
async def test_the_engine_is_not_told(tmp_path: Path, path: str, more: dict[str, Any]) -> None:
    asked = bench(tmp_path)
    caller = asked.ask(path, {"model": "demo", "messages": [{"role": "user", "content": "hi"}], **more})
    call = await asked.engine.call()
    assert not {"stop", "stop_sequences"} & (await call.document()).keys()
    await call.answer({"choices": [], "content": []})
    await caller.done()


async def test_a_chat_ends_where_it_is_met(tmp_path: Path) -> None:
    said = [*deltas("Hel", "lo. An", "d mo", "re. And"), end("length")]
    assert (await chat(tmp_path, ["And", "more"], *said))[:2] == ("Hello. ", [("stop", "And")])
    assert (await chat(tmp_path, "And so", *said))[:2] == ("Hello. And more. And", [("length", None)])


async def test_each_choice_ends_by_itself(tmp_path: Path) -> None:
    said = [*deltas("one two"), *deltas("three", index=1), *deltas(" more"), end(index=1), end()]
    text, ends, choices = await chat(tmp_path, "two", *said)
    assert (text, ends) == ("one ", [("stop", "two")])
    assert [each["delta"].get("content") for each in choices if each["index"]] == ["three", None]


async def test_nothing_is_called_after_it(tmp_path: Path) -> None:
    call = {"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"name": "f"}}]}}
    *_, choices = await chat(tmp_path, "STOP", *deltas("I look STOP"), {"choices": [call]}, end("tool_calls"))
    assert not [each for each in choices if "tool_calls" in each["delta"]]
    text, ends, choices = await chat(tmp_path, "look!", *deltas("I look"), {"choices": [call]}, end("tool_calls"))
    assert (text, ends) == ("I look", [("tool_calls", None)])
    assert [each for each in choices if "tool_calls" in each["delta"]]


async def test_a_whole_chat_ends_there_too(tmp_path: Path) -> None:
    message = {"role": "assistant", "content": "I look. STOP", "tool_calls": [{"id": "x"}]}
    said = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    (choice,) = json.loads(await answered(bench(tmp_path), CHAT, said, stop="STOP"))["choices"]
    assert choice["message"] == {"role": "assistant", "content": "I look. "}
    assert (choice["finish_reason"], choice["stop_reason"]) == ("stop", "STOP")
    (choice,) = json.loads(await answered(bench(tmp_path), CHAT, said))["choices"]
    assert (choice["message"], choice["finish_reason"]) == (message, "tool_calls")


async def test_a_message_ends_where_it_is_met(tmp_path: Path) -> None:
    said = [*block(0, "Hel", "lo. An", "d more"), *block(1, "again"), LAST]
    for stop, texts, ends in (
        ("And", ["Hel", "lo. "], ("stop_sequence", "And")),
        ("more!", ["Hel", "lo. An", "d ", "more", "again"], ("end_turn", None)),
    ):
        body = await answered(bench(tmp_path), MESSAGES, stream(*said), max_tokens=9, stop_sequences=[stop])
        told = events(body)
        assert [each["delta"]["text"] for each in told if each["type"] == "content_block_delta"] == texts
        assert (told[-1]["delta"]["stop_reason"], told[-1]["delta"]["stop_sequence"]) == ends
        stops = [each["index"] for each in told if each["type"] == "content_block_stop"]
        assert stops == list(range(len(stops)))


async def test_a_whole_message_ends_there_too(tmp_path: Path) -> None:
    content = [{"type": "text", "text": "I look. STOP"}, {"type": "tool_use", "id": "x", "name": "f", "input": {}}]
    said = {"content": content, "stop_reason": "tool_use"}
    told = json.loads(await answered(bench(tmp_path), MESSAGES, said, max_tokens=9, stop_sequences=["STOP"]))
    assert told == {
        "content": [{"type": "text", "text": "I look. "}],
        "stop_reason": "stop_sequence",
        "stop_sequence": "STOP",
    }


@pytest.mark.parametrize("stop_reason", [CANARY, 167005])
async def test_what_vllm_stopped_at_is_never_named(tmp_path: Path, stop_reason: str | int) -> None:
    ended = {"index": 0, "finish_reason": "stop", "stop_reason": stop_reason}
    whole = {"choices": [{**ended, "message": {"role": "assistant", "content": "seen"}}]}
    assert json.loads(await answered(bench(tmp_path), CHAT, whole))["choices"][0]["stop_reason"] is None
    hidden = {"choices": [{"index": 0, "delta": {"reasoning": CANARY}}]}
    told = (await chat(tmp_path, None, *deltas("I look."), hidden, {"choices": [{**ended, "delta": {}}]}))[2]
    assert [(each.get("finish_reason"), each.get("stop_reason")) for each in told] == [(None, None), ("stop", None)]


async def test_nor_in_a_message(tmp_path: Path) -> None:
    ended = {"stop_reason": "stop_sequence", "stop_sequence": CANARY}
    whole = {"content": [{"type": "text", "text": "I look."}, {"type": "thinking", "thinking": CANARY}], **ended}
    assert CANARY.encode() not in await answered(bench(tmp_path), MESSAGES, whole, max_tokens=9)
    said = stream(*block(0, "I look."), {"type": "message_delta", "delta": ended})
    told = events(await answered(bench(tmp_path), MESSAGES, said, max_tokens=9))
    assert told[-1]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}


@pytest.mark.parametrize("stop", [[""], ["x"] * 5, "x" * 1001, [1], {"a": 1}])
async def test_what_cannot_be_looked_for_is_refused(tmp_path: Path, stop: Any) -> None:
    asked = bench(tmp_path)
    caller = await asked.chat(stop=stop).done()
    assert (caller.status, caller.document["error"]["param"]) == (400, "stop")
    assert not asked.engine.calls


async def test_other_models_stop_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    asked = bench(tmp_path)
    caller = asked.chat(stop=CANARY)
    call = await asked.engine.call()
    assert (await call.document())["stop"] == CANARY
    await call.start(content_type=SSE)
    await call.send(stream({"choices": [{"index": 0, "delta": {}, **VLLMS}]}), more=False)
    call.ended.set()
    assert CANARY.encode() in (await caller.done()).body
