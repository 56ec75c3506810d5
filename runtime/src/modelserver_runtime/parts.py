"""What a server is made of, put together from its configuration: one object each, and who knows whom."""

from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from modelserver_runtime.admission.deadline import CallLater, Deadline, by_the_loops_clock
from modelserver_runtime.admission.drain import Lifecycle, State
from modelserver_runtime.admission.gate import Gate
from modelserver_runtime.ask import Ask, Rewrite
from modelserver_runtime.config import Auth, StartConfig
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.shell import Shell
from modelserver_runtime.stages import usage
from modelserver_runtime.stages.cors import Cors
from modelserver_runtime.stages.key_files import KeyFolder
from modelserver_runtime.stages.keys import Keys, Who, peer
from modelserver_runtime.stages.names import Names


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One server's parts, for who starts, watches and ends it."""

    lifecycle: Lifecycle
    gate: Gate
    ask: Ask
    metrics: Metrics
    shell: ASGIApp


def assemble(config: StartConfig, registry: CollectorRegistry, call_later: CallLater = by_the_loops_clock) -> Parts:
    """The parts; `call_later` is the clock of deadlines."""
    names = Names(config.server.served_names, config.engine.max_context_tokens)
    lifecycle = Lifecycle()
    gate = Gate(config.admission.max_running, config.admission.max_waiting)
    deadline = Deadline(config.admission.request_timeout_seconds, call_later)
    states = [each.value for each in State]
    metrics = Metrics(registry, gate, config.server.served_names, lambda: lifecycle.state.value, states)
    ask = Ask(names, gate, deadline, metrics, limits=config.admission, rewrites=_rewrites(config))
    shell = Shell(names, lifecycle, ask, metrics, _who(config.auth))
    app = Cors(shell, config.cors.allowed_origins, metrics.refused) if config.cors else shell
    return Parts(lifecycle=lifecycle, gate=gate, ask=ask, metrics=metrics, shell=app)


def _who(auth: Auth | None) -> Who:
    return Keys(KeyFolder(Path(auth.keys_path))).client if auth else peer


def _rewrites(config: StartConfig) -> tuple[Rewrite, ...]:
    """What is done to a body before the engine sees it, in this order."""
    usage_is_for_all = "enable-force-include-usage" in config.engine.arguments  # vLLM's option: then none is hidden
    return () if usage_is_for_all else (usage.ask,)
