"""vLLM's AsyncLLM, which also tells the engine how a request is steered."""

from typing import Any

from vllm.v1.engine.async_llm import AsyncLLM

from modelserver_runtime.start_failures import RefusedError
from modelserver_runtime.steering import support
from modelserver_runtime.steering.current import current
from modelserver_runtime.steering.spec import EXTRA_ARG, Spec


class SteeredLLM(AsyncLLM):  # type: ignore[misc]
    """Marks what it sends to the engine core: every request of every route passes there, each of `n` choices too."""

    def __init__(self, vllm_config: Any, *args: Any, **options: Any) -> None:
        """As AsyncLLM's.

        Raises:
            RefusedError: this engine cannot be steered; the text says what to change.
        """
        if said := support.problem(vllm_config):
            raise RefusedError(f"With vectors, {said[0].lower()}{said[1:]}")
        super().__init__(vllm_config, *args, **options)
        send = self.engine_core.add_request_async

        async def marked(request: Any) -> None:
            if spec := current():
                mark(request, spec)
            await send(request)

        self.engine_core.add_request_async = marked


def mark(request: Any, spec: Spec) -> None:
    """Write `spec` on vLLM's EngineCoreRequest, and where it steers all tokens, into its key of the prefix cache."""
    params = request.sampling_params
    params.extra_args = {**(params.extra_args or {}), EXTRA_ARG: spec.text}
    if spec.phase == "all":
        request.cache_salt = spec.text if request.cache_salt is None else f"{spec.text} {request.cache_salt}"
