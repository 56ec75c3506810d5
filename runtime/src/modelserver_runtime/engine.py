"""vLLM, composed in-process: the only module outside steering/ that imports it.

Used of vLLM 0.32: its argument parser (`FlexibleArgumentParser`, `make_arg_parser`, `validate_parsed_serve_args`),
`AsyncEngineArgs`, `AsyncLLM` (`from_engine_args`, `errored`, `model_config`, `output_handler`, `output_processor`,
`shutdown`, `get_supported_tasks`, `reset_mm_cache`), its stat loggers (`engine_steps`), the functions that make its
FastAPI app, `build_app` and `init_app_state`, the field `input` of its `ResponsesRequest`, and for models that write
in channels its `HarmonyParser`, the `harmony_to_response_output` of its `serving` of responses, and the logger of its
`harmony`. All imported late: it takes seven seconds. tests/engine/test_seams.py holds list and signatures.
"""

import asyncio
import importlib.util
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import date
from multiprocessing import resource_tracker
from types import SimpleNamespace
from typing import Any, NoReturn, TypeVar

from starlette.types import ASGIApp

from modelserver_runtime import blocking, cpu, engine_arguments, first_complaint
from modelserver_runtime.config import StartConfig
from modelserver_runtime.engine_steps import Steps
from modelserver_runtime.model_type import model_type
from modelserver_runtime.steering.announce import announced
from modelserver_runtime.steering.front import Workers, in_force

T = TypeVar("T")

STOP_SECONDS = 5  # vLLM kills an engine process that takes longer; idle, it takes 2 to 3 s
WATCH_SECONDS = 0.25
CHANNELS = ("analysis", "commentary", "final")  # Harmony's


class EngineMissingError(Exception):
    """vLLM is not installed where this process runs."""


class EngineArgumentError(Exception):
    """vLLM does not take an option; the text is its own sentence."""


class Engine:
    """A running engine and its app; `steering` is its workers' hold on vectors, where there are any."""

    def __init__(self, app: ASGIApp, llm: Any, steps: Steps, steering: Workers | None = None) -> None:
        self.app = app
        self.steering = steering
        self._llm = llm
        self._steps = steps

    async def died(self) -> None:
        """Return when the engine is dead."""
        while not self._llm.errored:  # noqa: ASYNC110 - vLLM has a flag, no event
            await asyncio.sleep(WATCH_SECONDS)

    def owes(self) -> bool:
        """Whether there are requests that it has not finished. May be asked from any thread."""
        return bool(self._llm.output_processor.has_unfinished_requests())

    def tell_steps(self, to: Callable[[], None]) -> None:
        """Call `to` at each step of the engine from now on."""
        self._steps.tell = to


def require() -> None:
    """Raise EngineMissingError, before anything else is begun, where there is no vLLM."""
    if importlib.util.find_spec("vllm") is None:
        raise EngineMissingError(
            f"vLLM is not installed for {sys.executable}: run the runtime with the engine's Python."
        )


@asynccontextmanager
async def running(config: StartConfig) -> AsyncIterator[Engine]:
    """An engine from its start to its stop.

    Raises:
        EngineArgumentError: vLLM does not take an option of `engine.arguments`.
        Exception: whatever vLLM raises when a model cannot be loaded.
    """
    steps = Steps()
    with announced() if config.vectors else nullcontext():
        # In a thread, so that meanwhile probes are answered and signals heard.
        args, llm = await blocking.begun(lambda: _out_of_reach(lambda: _load(config, steps)), "engine-start")
    try:
        steering = await in_force(llm, engine_arguments.steering_rows(config.engine)) if config.vectors else None
        app = await _compose(args, llm)
        async with app.router.lifespan_context(app):
            yield Engine(app, llm, steps, steering)
    finally:
        await _stop(llm)


async def _stop(llm: Any) -> None:
    """End the engine's processes; without its reader first, which would log their orderly end as a failure."""
    if llm.output_handler:
        llm.output_handler.cancel()
    await asyncio.to_thread(llm.shutdown, timeout=STOP_SECONDS)


def _load(config: StartConfig, steps: Steps) -> tuple[Any, Any]:
    """vLLM's parsed arguments and its engine. Blocks for as long as the model loads."""
    _set_environment(config)
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.entrypoints.openai.responses.protocol import ResponsesRequest

    first_complaint.only(ResponsesRequest, "input")  # before the routes are made of it
    args = _parse(engine_arguments.command_line(config, model_type(config.model.path)))
    engine_args = AsyncEngineArgs.from_cli_args(args)
    return args, _llm_class(config).from_engine_args(engine_args, stat_loggers=[steps.logger])


def _llm_class(config: StartConfig) -> Any:
    if config.vectors:
        from modelserver_runtime.steering.llm import SteeredLLM

        return SteeredLLM
    from vllm.v1.engine.async_llm import AsyncLLM

    return AsyncLLM


def _set_environment(config: StartConfig) -> None:
    for name, value in engine_arguments.environment(config, cpu.usable(), date.today()).items():
        os.environ.setdefault(name, value)
    if os.environ.get("VLLM_CPU_KVCACHE_SPACE") == "":  # vLLM would read it as a number
        del os.environ["VLLM_CPU_KVCACHE_SPACE"]
    # As vLLM's own command line does: a forked child would inherit threads that it cannot use.
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")


def _parse(command_line: list[str]) -> Any:
    from vllm.entrypoints.launchers.cli_args import make_arg_parser, validate_parsed_serve_args
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    parser = make_arg_parser(FlexibleArgumentParser())
    parser.error = _refuse
    parser.allow_abbrev = False  # `enable-log-req` would pass by what is not the config's to set
    args = parser.parse_args(command_line)
    validate_parsed_serve_args(args)
    return args


def _refuse(message: str) -> NoReturn:
    raise EngineArgumentError(f"engine.arguments: vLLM says: {message}")


async def _compose(args: Any, llm: Any) -> Any:
    """vLLM's FastAPI app over `llm`."""
    from vllm.entrypoints.launchers.api_server.app_state import init_app_state
    from vllm.entrypoints.launchers.app import build_app

    _hide_what_is_in_no_channel()
    tasks = await llm.get_supported_tasks()
    app = build_app(args, tasks, llm.model_config)
    await init_app_state(llm, app.state, args, tasks)
    await llm.reset_mm_cache()  # joins the warm-up that AsyncLLM began
    # vLLM's error handler sets should_exit on the server that it believes in; we watch the engine ourselves.
    app.state.server = SimpleNamespace(should_exit=False)
    return app


def _hide_what_is_in_no_channel() -> None:
    """Let vLLM's parser of Harmony keep to itself what it cannot place.

    Where an answer is cut off between two channels, or a model never names one, the parser gives out all that it has
    as if that were the answer, on every route. Such a piece alone comes without the message that it completes.
    What a model asks of a browser, which nobody has, or says in a channel that is none, would be shown by nobody; of
    a response vLLM fails at it, or says in an error, and in its log, what it was.
    """
    from vllm.entrypoints.openai.responses import harmony, serving
    from vllm.parser.harmony import HarmonyParser

    harmony.logger.setLevel(logging.ERROR)
    flush = HarmonyParser.flush

    def placed(self: HarmonyParser) -> Any:
        segments = flush(self)
        return [] if any(segment.completed_message is None for segment in segments) else segments

    def heard(message: Any, *more: Any, **options: Any) -> Any:
        to = message.recipient
        nobody = message.channel not in CHANNELS if to is None else to.startswith("browser.")
        return [] if nobody else items(message, *more, **options)

    items = serving.harmony_to_response_output
    HarmonyParser.flush, serving.harmony_to_response_output = placed, heard


def _out_of_reach(work: Callable[[], T]) -> T:
    """The result of `work`, which begins processes, done in a thread of its own.

    The thread blocks SIGINT, and so, by inheritance, do the engine's processes: Ctrl-C in a terminal goes to all of
    a group, and an engine that ended at once would take the requests with it that we have yet to finish.
    """
    resource_tracker.ensure_running()  # its start would unblock what is blocked next
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return work()
