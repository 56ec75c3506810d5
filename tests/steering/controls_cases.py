"""Cases for warm.py: the others with a claim's ground taken away, by patching what steering does.

The engine's processes are forked from here, and have the patches, too.
"""

import asyncio
import hashlib
import importlib
import multiprocessing
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.steering import cache_cases, mixed, models, serving
from tests.steering.asked import Asked
from tests.steering.reference import Reference, difference
from tests.steering.vectors import Made

from modelserver_runtime.steering.spec import Phase
from modelserver_runtime.vectors.vector import Vector


def every_order_without_salt() -> dict[str, Any]:
    """Phase `all` without its part of the cache's key."""
    from modelserver_runtime.steering import llm

    mark = llm.mark

    def unsalted(request: Any, spec: Any) -> None:
        mark(request, spec)
        request.cache_salt = None

    vars(llm)["mark"] = unsalted
    return cache_cases.every_order(orders=2)


def continued_without_block_key() -> dict[str, Any]:
    """Phase `decode` without its part of the cache's key."""
    from modelserver_runtime.steering import cache_key

    vars(cache_key)["asked"] = lambda params: None
    return cache_cases.continued()


def new_bytes_by_name(phase: Phase) -> dict[str, Any]:
    """Vectors that are known by the names that people give them, and not by their bytes."""
    from modelserver_runtime.steering import store

    def by_name(made: Made) -> str:
        return hashlib.sha256(made.vector.description.name.encode()).hexdigest()

    def as_it_is_called(data: bytes) -> Any:
        made = Made(Vector.from_bytes(data, "given"), data)
        return type("Digest", (), {"hexdigest": lambda self: by_name(made)})()

    vars(store)["hashlib"] = type("Names", (), {"sha256": staticmethod(as_it_is_called)})
    setattr(Made, "digest", property(by_name))  # noqa: B010 - mypy lets no method be assigned
    return cache_cases.new_bytes(phase)


def without_plugin_and_handshake() -> dict[str, float]:
    """An engine whose plugin cannot be imported and whom nobody asks: how far a steered answer is from each."""
    _break_the_plugin()
    return asyncio.run(_unasked())


async def _unasked() -> dict[str, float]:
    folder = models.write(Path(tempfile.mkdtemp()), "qwen2", seed=1)
    of = mixed.made(folder)
    asked = Asked(mixed.words(1, 40), mixed.spec(of, mixed.WAYS[1]))
    async with serving.unproven(folder) as engine:
        answer = await engine.answer(asked)
    reference = Reference(folder, {made.digest: made.vector for made in of.values()})
    plain = reference.logprobs(Asked(asked.prompt), answer.tokens)
    return {
        "from_steered": difference(answer, reference.logprobs(asked, answer.tokens)),
        "from_plain": difference(answer, plain),
    }


def refused(broken: str) -> str:
    """What the runtime says when it is to start an engine in which something of steering is not in force.

    broken: "plugin", "nothing", or the module of steering/ whose patches are not made.
    """
    if broken == "plugin":
        _break_the_plugin()
    elif broken != "nothing":
        vars(importlib.import_module(f"modelserver_runtime.steering.{broken}"))["patch"] = lambda: None
    return asyncio.run(_refused())


async def _refused() -> str:
    from tests.engine.server import start_part
    from tests.engine.tiny_model import write

    from modelserver_runtime import engine
    from modelserver_runtime.config import StartConfig
    from modelserver_runtime.start_failures import RefusedError

    context = multiprocessing.get_context
    vars(multiprocessing)["get_context"] = lambda method=None: context("fork")
    serving.look_at_models_here()
    model = write(Path(tempfile.mkdtemp()) / "model")
    config = StartConfig.model_validate(start_part(model, 1, 2) | {"vectors": {"path": "/vectors/vectors.json"}})
    try:
        async with engine.running(config):
            return "it serves"
    except RefusedError as error:
        return str(error)


def _break_the_plugin() -> None:
    """Let its import fail, as it does where a part of it is not installed."""
    vars(sys)["modules"]["modelserver_runtime.steering.plugin"] = None
