"""The front end's hold on the engine's workers."""

from collections.abc import Iterable
from typing import Any

from modelserver_runtime.start_failures import RefusedError
from modelserver_runtime.steering.announce import NAME
from modelserver_runtime.steering.handshake import problem
from modelserver_runtime.steering.report import CORE_METHOD
from modelserver_runtime.vectors.errors import VectorError

PIECE_BYTES = 1 << 20  # measured: 3.6 ms of a step loop each; 64 MiB at once stopped it for 0.82 s


class Workers:
    """All workers of a running engine, and its core."""

    def __init__(self, llm: Any) -> None:
        self._llm = llm

    async def reports(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """What the engine core reports, and what each worker does."""
        return await self._llm.engine_core.call_utility_async(CORE_METHOD), await self._all("steering_report")

    async def hold(self, digest: str, data: bytes) -> None:
        """Let every worker hold the vector whose file has these bytes. A worker that has it takes no harm.

        Raises:
            VectorError: a worker refuses it; the text says why.
        """
        try:
            for offset in range(0, len(data), PIECE_BYTES):
                await self._done("steering_stage", digest, offset, data[offset : offset + PIECE_BYTES])
            await self._done("steering_commit", digest)
        except Exception as error:  # vLLM's bare ones say that the engine is gone; VectorError is what a worker said
            raise VectorError(f"the engine does not take vector {digest[:12]}: {error}") from error

    async def forget(self, digests: Iterable[str]) -> None:
        """Let the workers drop vectors, each as soon as no request of theirs names it."""
        await self._done("steering_forget", sorted(digests))

    async def held(self) -> set[str]:
        """The digests that every worker holds. Raises VectorError where one does not say."""
        return set.intersection(*(set(held) for held in await self._done("steering_held")))

    async def _done(self, method: str, *args: Any) -> list[Any]:
        """All workers' answers, of methods that answer with a sentence where they refuse."""
        answers = await self._all(method, *args)
        if refused := [answer for answer in answers if isinstance(answer, str)]:
            raise VectorError(refused[0])
        return answers

    async def _all(self, method: str, *args: Any) -> list[Any]:
        answers: list[Any] = await self._llm.collective_rpc(method, args=args)
        return answers


async def in_force(llm: Any, rows: int) -> Workers:
    """The workers of an engine that has just started with a table of `rows` rows.

    Raises:
        RefusedError: something of steering is not in force; the text says what.
    """
    workers = Workers(llm)
    try:
        core, reports = await workers.reports()
    except Exception as error:  # vLLM tells of a missing method so, too
        raise RefusedError(
            "vLLM's processes have not loaded the steering plugin (its log may say why; where VLLM_PLUGINS is set, it "
            f"must name {NAME}): {error}"
        ) from error
    if said := problem(core, reports, rows):
        raise RefusedError(f"The engine cannot be steered. {said}")
    return workers
