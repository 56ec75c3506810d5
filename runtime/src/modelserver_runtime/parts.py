"""What a server is made of, put together from its configuration: one object each, and who knows whom."""

import random
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from modelserver_runtime.admission.clock import REAL, Clock
from modelserver_runtime.admission.deadline import Deadline
from modelserver_runtime.admission.drain import Lifecycle
from modelserver_runtime.admission.early import EarlyRefusal
from modelserver_runtime.admission.gate import Gate
from modelserver_runtime.admission.health import STATES, Health
from modelserver_runtime.ask import Ask, nothing_hidden
from modelserver_runtime.config import Admission, Auth, StartConfig
from modelserver_runtime.config.namespace_file import full_name
from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.metrics import Metrics
from modelserver_runtime.model_type import HARMONY, model_type
from modelserver_runtime.prepare import Prepare, Rewrite
from modelserver_runtime.shell import Shell
from modelserver_runtime.stages import fields, usage
from modelserver_runtime.stages.cors import Cors
from modelserver_runtime.stages.counters import Memory, Redis
from modelserver_runtime.stages.generation import Defaults
from modelserver_runtime.stages.harmony import conceal, requests
from modelserver_runtime.stages.harmony.effort import Effort
from modelserver_runtime.stages.key_files import KeyFolder
from modelserver_runtime.stages.keys import Keys, Who, peer
from modelserver_runtime.stages.length import Longest
from modelserver_runtime.stages.names import Names
from modelserver_runtime.stages.rates import Rates

# Texts that are only tokenized, at a time: vLLM has one thread for that, through which all prompts have to pass, too.
COUNTING = 2


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One server's parts, for who starts, watches and ends it."""

    lifecycle: Lifecycle
    health: Health
    gate: Gate
    ask: Ask
    metrics: Metrics
    emotions: Emotions
    shell: ASGIApp


def assemble(
    config: StartConfig, registry: CollectorRegistry, clock: Clock = REAL, chance: random.Random | None = None
) -> Parts:
    """The parts; `clock` measures all their time, `chance`, which guards nothing, decides who is refused early."""
    emotions = Emotions(enabled=config.vectors is not None, max_active_mixes=config.steering.max_active_mixes)
    names = Names(config.server.served_names, config.engine.max_context_tokens, emotions)
    lifecycle = Lifecycle(clock)
    health = Health(config.health, lifecycle, clock)
    gate = _gate(config.admission, clock, chance or random.Random())
    deadline = Deadline(config.admission.request_timeout_seconds, clock)
    metrics = Metrics(registry, gate, config.server.served_names, lambda: health.state, STATES, active=emotions.active)
    rates = _rates(config, metrics)
    harmony = model_type(config.model.path) == HARMONY
    ask = Ask(
        Prepare(names, emotions, config.admission.max_running, _rewrites(config, harmony=harmony)),
        gate,
        deadline,
        metrics,
        health,
        active=emotions.active,
        engine_name=names.engine,
        counting=Gate(COUNTING, config.admission.max_waiting, clock=clock),
        limits=config.admission,
        conceal=conceal.Conceal(clock) if harmony else nothing_hidden,
        rates=rates,
    )
    shell = Shell(names, health, ask, metrics, _who(config.auth), rates=rates, clock=clock)
    app = Cors(shell, config.cors.allowed_origins, metrics.refused) if config.cors else shell
    return Parts(lifecycle=lifecycle, health=health, gate=gate, ask=ask, metrics=metrics, emotions=emotions, shell=app)


def _who(auth: Auth | None) -> Who:
    return Keys(KeyFolder(Path(auth.keys_path))).client if auth else peer


def _rates(config: StartConfig, metrics: Metrics) -> Rates | None:
    limits = config.rate_limit
    if limits is None:
        return None
    if limits.redis_url_path is None:
        return Rates(limits, Memory())
    prefix = f"modelserver/{full_name(config)}"
    return Rates(limits, Redis(Path(limits.redis_url_path), prefix, metrics.redis_failed))


def _gate(limits: Admission, clock: Clock, chance: random.Random) -> Gate:
    above = limits.refuse_early_above_percent
    early = None if above is None else EarlyRefusal(above, chance)
    return Gate(limits.max_running, limits.max_waiting, early=early, clock=clock)


def _rewrites(config: StartConfig, *, harmony: bool) -> tuple[Rewrite, ...]:
    """What is done to a body before the engine sees it, in this order.

    The effort comes before the defaults: a temperature that we write into a body is no wish of its caller.
    """
    usage_is_for_all = "enable-force-include-usage" in config.engine.arguments  # vLLM's option: then none is hidden
    defaults = Defaults(config.generation, config.engine.max_context_tokens)
    channels = (requests.answerable, Effort(config.generation)) if harmony else ()
    length = Longest(config.engine.max_context_tokens)
    last = () if usage_is_for_all else (usage.ask,)
    return fields.allowed, length.rewrite, *channels, defaults.rewrite, *last
