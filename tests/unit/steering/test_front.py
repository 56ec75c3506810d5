"""The front end's hold on the workers: how a vector is handed over, and what is made of what they say."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from modelserver_runtime.start_failures import RefusedError
from modelserver_runtime.steering.front import PIECE_BYTES, Workers, in_force
from modelserver_runtime.steering.report import CORE_METHOD, VERSION
from modelserver_runtime.vectors.errors import VectorError

CORE = {"version": VERSION, "problems": []}
WORKER = {**CORE, "runner": "V1", "layers": [0], "model_layers": 1, "hidden_size": 8, "rows": 9, "self_test": None}
DIGEST = "a" * 64


class Said:
    """In the place of vLLM's AsyncLLM: answers by method, or raises; remembers what was called."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.calls = answers, list[tuple[Any, ...]]()
        self.engine_core = self

    async def call_utility_async(self, method: str, *args: Any) -> Any:
        """The engine core's answer."""
        return self._answer(method, args)

    async def collective_rpc(self, method: str, args: tuple[Any, ...] = ()) -> Any:
        """All workers' answers."""
        return self._answer(method, args)

    def _answer(self, method: str, args: tuple[Any, ...]) -> Any:
        self.calls.append((method, *args))
        answer = self.answers.get(method, [None])
        if isinstance(answer, Exception):
            raise answer
        return answer


def reports(core: Any = CORE, workers: Any = (WORKER,)) -> dict[str, Any]:
    return {CORE_METHOD: core, "steering_report": workers}


def test_a_vector_goes_in_pieces_and_is_committed_after_the_last() -> None:
    llm, data = Said(), bytes(PIECE_BYTES) + b"end"
    asyncio.run(Workers(llm).hold(DIGEST, data))

    assert llm.calls == [
        ("steering_stage", DIGEST, 0, data[:PIECE_BYTES]),
        ("steering_stage", DIGEST, PIECE_BYTES, b"end"),
        ("steering_commit", DIGEST),
    ]


@pytest.mark.parametrize("method", ["steering_stage", "steering_commit"])
@pytest.mark.parametrize("answer", [[7, "it is too wide"], Exception("it is too wide")], ids=["a worker", "the engine"])
def test_what_is_refused_is_said(method: str, answer: Any) -> None:
    with pytest.raises(VectorError, match=r"^the engine does not take vector a{12}: it is too wide$"):
        asyncio.run(Workers(Said(**{method: answer})).hold(DIGEST, b"x"))


def test_held_is_what_all_workers_hold() -> None:
    held = asyncio.run(Workers(Said(steering_held=[["a", "b"], ["b", "c"]])).held())
    assert held == {"b"}


@pytest.mark.parametrize("work", [Workers.held, lambda workers: workers.forget([DIGEST])], ids=["held", "forget"])
def test_a_worker_that_says_why_not_has_not_answered(work: Callable[[Workers], Awaitable[Any]]) -> None:
    said = Said(steering_held=[["a"], "no attribute"], steering_forget=[None, "no attribute"])

    async def asked() -> None:
        await work(Workers(said))

    with pytest.raises(VectorError, match=r"^no attribute$"):
        asyncio.run(asked())


def test_an_engine_in_which_all_is_in_force_is_handed_out() -> None:
    assert isinstance(asyncio.run(in_force(Said(**reports()), 9)), Workers)


@pytest.mark.parametrize(
    ("answers", "rows", "said"),
    [
        (reports(core=Exception("no attribute")), 9, "have not loaded .*: no attribute$"),
        (reports(workers=Exception("no attribute")), 9, "where VLLM_PLUGINS is set, it must name modelserver_steering"),
        (reports(workers=[{**WORKER, "layers": []}]), 9, "The engine cannot be steered. The workers hooked"),
        (reports(), 17, "The engine cannot be steered. Worker 0 has a table of 9 rows for steering, not 17.$"),
    ],
)
def test_an_engine_in_which_something_is_missing_is_not(answers: dict[str, Any], rows: int, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        asyncio.run(in_force(Said(**answers), rows))
