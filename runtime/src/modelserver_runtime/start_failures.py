"""Why an engine did not start, in a sentence that names what to change, where vLLM's own words have a clear cause.

Its engine process tells the process that began it only "See root cause above"; so a log handler there writes what the
exceptions say into a file that exists as long as the engine starts.
"""

import logging
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

E = TypeVar("E")

NOTES = "MODELSERVER_START_NOTES"
CONTEXT = "engine.maxContextTokens (of a ModelServer: spec.engine.maxContextTokens)"
MEMORY = "engine.acceleratorMemoryPercent (of a ModelServer: spec.engine.acceleratorMemoryPercent)"

CACHE = "engine.arguments.kv-cache-memory-bytes (of a ModelServer: spec.engine.arguments)"

# vLLM 0.32's words, and ours. (config/model.py, v1/core/kv_cache_utils.py, v1/worker/utils.py, v1/worker/cpu_worker.py,
# model_executor/model_loader/default_loader.py, model_executor/models/registry.py, torch's allocator)
CAUSES: tuple[tuple[str, str], ...] = (
    (
        r"User-specified max_model_len \((?P<asked>\d+)\).* or model_max_length=(?P<most>\d+) in",
        CONTEXT + " is {asked}, and this model's context holds {most} at most.",
    ),
    (
        r"User-specified max_model_len \((?P<asked>\d+)\) .* derived max_model_len \(\w+=(?P<most>\d+)",
        CONTEXT + " is {asked}, and this model's context holds {most} at most.",
    ),
    (
        r"max seq len \((?P<asked>\d+)\), \((?P<needed>[\d.]+) GiB .*\((?P<left>[\d.]+) GiB\)\. "
        r"Based .* maximum model length is (?P<most>\d+)",
        CONTEXT + " is {asked}, which needs {needed} GiB for one request; {left} GiB are left, enough for {most}.",
    ),
    (
        r"max seq len \((?P<asked>\d+)\), \((?P<needed>[\d.]+) GiB .*\((?P<left>[\d.]+) GiB\)",
        CONTEXT + " is {asked}, which needs {needed} GiB for one request, and {left} GiB are left.",
    ),
    (
        r"No available memory for the cache blocks",
        "The model leaves no memory for requests: raise " + MEMORY + ", or spread it over more accelerators.",
    ),
    (
        r"Free memory on device .*?\((?P<free>[\d.]+)/(?P<all>[\d.]+) GiB\) on startup is less than desired",
        "Only {free} of {all} GiB are free on the accelerator, less than " + MEMORY + " asks for: "
        "lower it, or end what else runs there.",
    ),
    (
        r"Available memory on node \d+ \((?P<free>[\d.]+)/(?P<all>[\d.]+) GiB\) on startup is less than desired CPU "
        r"memory utilization \([\d.]+, (?P<asked>[\d.]+) GiB\)",
        "Only {free} of {all} GiB of this machine's memory are free, less than the {asked} GiB that "
        + MEMORY
        + " asks "
        "for: lower it, or leave it out and set " + CACHE + ".",
    ),
    (
        r"Available memory on node \d+ \((?P<free>[\d.]+)/(?P<all>[\d.]+) GiB\) on kv cache allocation is less than "
        r"requested memory for kv \((?P<asked>[\d.]+)",
        "Only {free} of {all} GiB of this machine's memory are free, less than the {asked} GiB that the KV cache is to "
        "have: lower " + CACHE + ", or end what else runs there.",
    ),
    (
        r"(CUDA out of memory|torch\.OutOfMemoryError)",
        "The accelerator's memory does not hold the model: spread it over more (engine.tensorParallelSize; of a "
        "ModelServer: spec.accelerators.count), or lower engine.maxSequences.",
    ),
    (
        r"Cannot find any model weights with [`'](?P<folder>[^`']+)",
        "The folder {folder} holds no weights (model.path; of a ModelServer it is spec.model).",
    ),
    (
        r"Model architectures? \[?'?(?P<name>\w+)'?\]? (are not supported for now|was supported|is not supported)",
        "This vLLM cannot serve the model's architecture, {name} (architectures in its config.json).",
    ),
    (
        r"(?P<why>In \w+, one list of \d+ decoder layers was expected; found: [^\n]+)",
        "The engine cannot be steered. {why}",
    ),
)


class RefusedError(Exception):
    """The engine does not start with this configuration; the text says what to change."""


class Notes(logging.Handler):
    """In any process of the engine: what its exceptions say, for the process that waits for it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Append it to the file, if that is still there."""
        file = Path(os.environ.get(NOTES, ""))
        if record.exc_info and file.is_file():
            with file.open("a", encoding="utf-8") as notes:
                notes.write(f"{record.exc_info[1]}\n")


def sentence(said: str) -> str | None:
    """Of vLLM's words; None where their cause is not plain."""
    for pattern, ours in CAUSES:
        if found := re.search(pattern, said, flags=re.DOTALL):
            return ours.format(**found.groupdict())
    return None


@asynccontextmanager
async def explained(start: Callable[[], AbstractAsyncContextManager[E]]) -> AsyncIterator[E]:
    """What `start` gives.

    Raises:
        RefusedError: it failed, and what to change is known.
        Exception: whatever else `start` raises.
    """
    notes = _notes()
    async with AsyncExitStack() as stack:
        try:
            running = await stack.enter_async_context(start())
        except Exception as error:
            known = sentence(f"{error}\n{notes.read_text(encoding='utf-8')}")
            if known is None:
                raise
            raise RefusedError(known) from error
        finally:
            notes.unlink()  # what fails from here on is no failed start, and may hold what a caller said
        yield running


def _notes() -> Path:
    """An empty file that this process's children know of."""
    handle, name = tempfile.mkstemp(prefix="modelserver-start-")
    os.close(handle)
    os.environ[NOTES] = name
    return Path(name)
