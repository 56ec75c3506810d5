"""The engine's steps as vLLM tells them: to each of its stat loggers, after every step, in the main loop.

Beside vLLM's own loggers, which go on. vLLM is not imported here: it asks for an object with these methods, those of
its StatLoggerBase.
"""

from collections.abc import Callable


class Steps:
    """One of vLLM's stat loggers, which passes on only that there was a step."""

    def __init__(self) -> None:
        self.tell: Callable[[], None] = lambda: None

    def logger(self, vllm_config: object, engine_index: int = 0) -> "Steps":  # noqa: ARG002 - vLLM's signature
        """What vLLM calls for the logger of one engine; we have one."""
        return self

    def record(
        self,
        scheduler_stats: object,  # noqa: ARG002 - these four are vLLM's signature
        iteration_stats: object,  # noqa: ARG002
        mm_cache_stats: object = None,  # noqa: ARG002
        engine_idx: int = 0,  # noqa: ARG002
    ) -> None:
        """A step is done."""
        self.tell()

    def log_engine_initialized(self) -> None:
        """The engine is there."""

    def log(self) -> None:
        """Every few seconds."""

    def record_sleep_state(self, is_awake: int, level: int) -> None:
        """The engine was put to sleep, or woken."""
