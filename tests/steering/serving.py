"""An engine with or without the plugin, with its own engine process, as the product has it; many options at choice."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.steering.asked import TOP, Answer, Asked
from tests.steering.vectors import Made

from modelserver_runtime.steering.announce import announced
from modelserver_runtime.steering.current import steered
from modelserver_runtime.steering.front import Workers, in_force

OPTIONS: dict[str, Any] = {
    "dtype": "float32",
    "skip_tokenizer_init": True,
    "max_model_len": 512,
    "max_num_seqs": 80,
    "block_size": 32,
    "kv_cache_memory_bytes": 64 << 20,
    "enforce_eager": True,
    "enable_prefix_caching": True,
    "enable_chunked_prefill": True,
    "distributed_executor_backend": "uni",
    "max_logprobs": TOP,
    "enable_log_requests": False,
}


EXTENSION = "modelserver_runtime.steering.worker.SteeringWorker"


@dataclass
class Counted:
    """What the engine said of its steps; one of vLLM's stat loggers."""

    preempted: int = 0
    most_running: int = 0
    scheduled_ahead: bool = False

    def logger(self, vllm_config: object, engine_index: int = 0) -> "Counted":
        return self

    def record(self, scheduler: Any, iteration: Any, mm_cache_stats: object = None, engine_idx: int = 0) -> None:
        if scheduler is not None:
            self.most_running = max(self.most_running, scheduler.num_running_reqs)
        if iteration is not None:
            self.preempted += iteration.num_preempted_reqs

    def log_engine_initialized(self) -> None: ...

    def log(self) -> None: ...

    def record_sleep_state(self, is_awake: int, level: int) -> None: ...


class Serving:
    """A running engine."""

    def __init__(self, llm: Any, counted: Counted) -> None:
        self.llm = llm
        self.counted = counted
        self._asked = 0

    async def hold(self, made: Made) -> None:
        """Let the workers hold a vector."""
        await Workers(self.llm).hold(made.digest, made.data)

    async def answer(self, asked: Asked) -> Answer:
        """The whole answer to one request."""
        from vllm import SamplingParams

        params = SamplingParams(
            max_tokens=asked.tokens, temperature=asked.temperature, seed=asked.seed, logprobs=TOP, ignore_eos=True
        )
        self._asked += 1
        prompt = {"prompt_token_ids": list(asked.prompt)}
        with steered(asked.spec):
            states = [state async for state in self.llm.generate(prompt, params, f"{self._asked}")]
        return _answer(states[-1])

    async def together(self, asked: Sequence[Asked]) -> list[Answer]:
        """The answers to requests that are all there at once."""
        return list(await asyncio.gather(*map(self.answer, asked)))

    async def alone(self, asked: Sequence[Asked]) -> list[Answer]:
        """The answers to requests that come one after the other's end."""
        return [await self.answer(one) for one in asked]


def _answer(last: Any) -> Answer:
    output = last.outputs[0]
    logprobs = tuple({token: entry.logprob for token, entry in position.items()} for position in output.logprobs)
    return Answer(tuple(output.token_ids), logprobs, last.num_cached_tokens or 0)


@asynccontextmanager
async def steerable(folder: Path, vectors: Iterable[Made], **options: Any) -> AsyncIterator[Serving]:
    """An engine with the plugin, past the handshake, whose workers hold the vectors."""
    async with unproven(folder, **options) as serving:
        await in_force(serving.llm, _rows(options))
        for made in vectors:
            await serving.hold(made)
        yield serving


@asynccontextmanager
async def unproven(folder: Path, **options: Any) -> AsyncIterator[Serving]:
    """An engine that was told of the plugin, whether it has it or not."""
    with announced():
        from modelserver_runtime.steering.llm import SteeredLLM

        config = {"modelserver_steering": {"rows": _rows(options)}}
        ours: dict[str, Any] = {"additional_config": config, "worker_extension_cls": EXTENSION}
        async with running(SteeredLLM, folder, **ours, **options) as serving:
            yield serving


def _rows(options: Mapping[str, Any]) -> int:
    return 1 + int({**OPTIONS, **options}["max_num_seqs"])


@asynccontextmanager
async def plain(folder: Path, **options: Any) -> AsyncIterator[Serving]:
    """An engine that never heard of the plugin."""
    from vllm.v1.engine.async_llm import AsyncLLM

    os.environ["VLLM_PLUGINS"] = ""
    async with running(AsyncLLM, folder, **options) as serving:
        yield serving


@asynccontextmanager
async def running(engine: Any, folder: Path, async_scheduling: bool = False, **options: Any) -> AsyncIterator[Serving]:
    """An engine of a class, forked from this process with all that it has imported."""
    import torch._dynamo
    from vllm.engine.arg_utils import AsyncEngineArgs

    look_at_models_here()
    options = {**OPTIONS, **options}
    # vLLM compiles how it counts ranks of log-probabilities also where the model is not compiled: 2 s an engine.
    torch._dynamo.config.disable = options["enforce_eager"]
    config = AsyncEngineArgs(model=str(folder), **options).create_engine_config()
    config.scheduler_config.async_scheduling = async_scheduling  # vLLM turns it off on a CPU, whatever is asked
    os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = "fork"  # vLLM sets spawn on a CPU
    counted = Counted(scheduled_ahead=config.scheduler_config.get_scheduler_cls().__name__ == "AsyncScheduler")
    llm = engine.from_vllm_config(config, stat_loggers=[counted.logger])
    try:
        yield Serving(llm, counted)
    finally:
        llm.shutdown(timeout=5)


def look_at_models_here() -> None:
    """Let vLLM look at a model's class in this process; it would start one for that, which imports everything."""
    from vllm.model_executor.models import registry

    registry._run_in_subprocess = lambda look: look()
