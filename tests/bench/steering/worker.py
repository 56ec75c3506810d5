"""Run by the engine's Python, `python -m tests.bench.steering.worker START.YAML`: asks one engine what it is told to.

The engine is the product's, with the plugin where the configuration has vectors; only the web server is left out. Each
line of standard input is a question, each line of standard output its answer.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from modelserver_runtime import engine
from modelserver_runtime.config.schema import StartConfig
from modelserver_runtime.config.yaml_file import parse, read
from modelserver_runtime.steering.current import steered
from modelserver_runtime.steering.spec import Spec
from modelserver_runtime.vectors import folder
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.vector import Vector

PROMPT = "How was the concert?"
STREAMS = 8
LARGE_BYTES = 28 * 3584 * 4  # of a vector for a model of seven billion parameters
Answer = dict[str, Any]


class Worker:
    """One engine and what can be asked of it."""

    def __init__(self, config: StartConfig, running: engine.Engine) -> None:
        self._config = config
        self._running = running
        transport = httpx.ASGITransport(app=running.app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=600)

    async def answer(self, question: Answer) -> Answer:
        """Do what `do` says."""
        match question["do"]:
            case "hold":
                return await self._hold()
            case "generate":
                return await self._generate([*question["specs"]], question["tokens"])
            case "pause":
                return await self._pauses(question["tokens"], question["vectors"])
            case _:
                return await self._variants(question["count"])

    async def _hold(self) -> Answer:
        """Hand the shipped vectors to the engine; their digests."""
        vectors = self._vectors()
        return {"digests": [await self._handed(vector.to_bytes()) for vector in vectors]}

    async def _generate(self, specs: Sequence[str | None], tokens: int) -> Answer:
        began = time.perf_counter()
        made = await asyncio.gather(*(self._request(spec, tokens) for spec in specs))
        return {"tokens_per_second": sum(made) / (time.perf_counter() - began)}

    async def _request(self, spec: str | None, tokens: int) -> int:
        body = {"model": "bench", "prompt": PROMPT, "max_tokens": tokens, "ignore_eos": True, "temperature": 0}
        with steered(Spec.parse(spec) if spec else None):
            answer = await self._client.post("/v1/completions", json=body)
        answer.raise_for_status()
        return int(answer.json()["usage"]["completion_tokens"])

    async def _pauses(self, tokens: int, vectors: int) -> Answer:
        """The longest time between two of the engine's steps, while it also takes so many vectors of a large model."""
        steps: list[float] = []
        self._running.tell_steps(lambda: steps.append(time.perf_counter()))
        await asyncio.gather(self._generate([None] * STREAMS, tokens), self._refused(vectors))
        self._running.tell_steps(lambda: None)
        return {"longest_ms": max(after - before for before, after in pairwise(steps)) * 1000}

    async def _refused(self, vectors: int) -> None:
        """Hand over what the workers take and look at, and then do not keep: their own model is a small one."""
        assert self._running.steering
        for chance in range(vectors):
            data = np.random.default_rng(chance).bytes(LARGE_BYTES)
            with contextlib.suppress(VectorError):
                await self._running.steering.hold(hashlib.sha256(data).hexdigest(), data)

    async def _variants(self, count: int) -> Answer:
        """What so many variants more take, each with a vector and a row of its own, once all have been used."""
        template = self._vectors()[0]
        await self._generate([None] * count, 8)
        before = _memory()
        for chance in range(count):
            digest = await self._handed(_other(template, chance).to_bytes())
            await self._request(f"all;{digest}:100", 8)
        return {"bytes": _memory() - before}

    async def _handed(self, data: bytes) -> str:
        assert self._running.steering
        digest = hashlib.sha256(data).hexdigest()
        await self._running.steering.hold(digest, data)
        return digest

    def _vectors(self) -> list[Vector]:
        assert self._config.vectors
        identity = ModelIdentity.of(Path(self._config.model.path), "bench")
        return [*folder.read(Path(self._config.vectors.path), identity).values()]


def _other(vector: Vector, seed: int) -> Vector:
    """A vector of the same length in directions of its own."""
    drawn = np.random.default_rng(seed).standard_normal(vector.direction.shape).astype(np.float32)
    return replace(vector, direction=drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _memory() -> int:
    """Bytes that this process and its engine's have to themselves, shared ones by their share."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return sum(_proportional_bytes(pid) for pid in ("self", *children))


def _proportional_bytes(pid: str) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * int(re.findall(r"^Pss:\s+(\d+) kB", rollup, flags=re.MULTILINE)[0])


async def main(start: Path) -> None:
    """Answer until there are no more questions."""
    config = parse(StartConfig, read(start), start)
    async with engine.running(config) as running:
        worker = Worker(config, running)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await worker.answer(json.loads(line))), file=ANSWERS, flush=True)


# What vLLM prints must not come among the answers.
ANSWERS = os.fdopen(os.dup(sys.stdout.fileno()), "w")

if __name__ == "__main__":
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asyncio.run(main(Path(sys.argv[1])))
