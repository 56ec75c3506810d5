"""What vLLM is started with: command line and environment, from the config. Pure."""

import json
from datetime import date

from modelserver_runtime.config import Engine, StartConfig
from modelserver_runtime.model_type import HARMONY

# vLLM's options that the config has a key for, or that the shell's promises rest on.
OWNED = {
    "model": "is set by model.path",
    "served-model-name": "is set by server.servedNames",
    "host": "is set by server.host",
    "port": "is set by server.httpPort",
    "dtype": "is set by engine.dtype",
    "max-model-len": "is set by engine.maxContextTokens",
    "max-num-seqs": "is set by engine.maxSequences",
    "gpu-memory-utilization": "is set by engine.acceleratorMemoryPercent",
    "tensor-parallel-size": "is set by engine.tensorParallelSize",
    "pipeline-parallel-size": "is set by engine.pipelineParallelSize",
    "stream-interval": "is set by engine.streamIntervalTokens",
    "enable-log-requests": "is not allowed: prompts are never logged",
    "enable-log-outputs": "is not allowed: answers are never logged",
    "enable-log-deltas": "is not allowed: answers are never logged",
    "log-level": "is not allowed: at DEBUG prompts would be logged",
    "logging-config": "is not allowed: all lines of the log have one shape",
    "log-config-file": "is not allowed: all lines of the log have one shape",
    "api-key": "is set by auth.keysPath: keys come from files, and are logged nowhere",
    "hf-token": "is not allowed: the model is in a folder, and options are logged and shown by /stats",
    "api-server-count": "is not allowed: requests are counted in one process",
    "config": "is not allowed: it would bring in options unseen",
    "middleware": "is not allowed: it would run code before the shell's",
}
# vLLM 0.32's CPU runner rewinds the random generator of a request with a seed when its prompt is only partly
# prefilled in a step; torch's CPU generator cannot be rewound, and the engine dies. Without chunked prefill a prompt
# is prefilled whole or not at all, which costs only some waiting behind long prompts. The other cures are worse:
# refusing seeds breaks clients that want repeatable answers, and a patch would have to be carried along.
CPU_ARGUMENTS = {"no-enable-chunked-prefill": ""}
CPU_OWNED = dict.fromkeys(
    ("enable-chunked-prefill", "no-enable-chunked-prefill"),
    "is fixed on CPU: a seed with a partly prefilled prompt would kill the engine",
)
# Without both parsers vLLM would answer with all that such a model writes, its reasoning first.
HARMONY_ARGUMENTS = {"reasoning-parser": "openai_gptoss", "tool-call-parser": "openai", "enable-auto-tool-choice": ""}
HARMONY_OWNED = dict.fromkeys(
    (*HARMONY_ARGUMENTS, "no-enable-auto-tool-choice"), f"is fixed for models of type {HARMONY}: reasoning stays hidden"
)
# With vectors: only shapes are in vLLM's additional config, because it is part of the key of its compile cache.
STEERING_OWNED = dict.fromkeys(("additional-config", "worker-extension-cls"), "is fixed where there are vectors")


class ArgumentError(Exception):
    """An engine argument that the config may not hold; the text names the key."""


def command_line(config: StartConfig, model_type: str = "") -> list[str]:
    """vLLM's options for a model of that type.

    Raises:
        ArgumentError: `engine.arguments` holds an option that is not its to set.
    """
    engine = config.engine
    _check(config, model_type)
    options = {
        "model": config.model.path,
        "served-model-name": config.server.served_names[0],
        "dtype": engine.dtype,
        "max-model-len": str(engine.max_context_tokens),
        "max-num-seqs": str(engine.max_sequences),
        "gpu-memory-utilization": str(engine.accelerator_memory_percent / 100),
        "tensor-parallel-size": str(engine.tensor_parallel_size),
        "pipeline-parallel-size": str(engine.pipeline_parallel_size),
        "stream-interval": str(engine.stream_interval_tokens),
        **_for_device(engine),
        **(HARMONY_ARGUMENTS if model_type == HARMONY else {}),
        **(_for_steering(engine) if config.vectors else {}),
        **engine.arguments,
    }
    return [f"--{name}={value}" if value else f"--{name}" for name, value in options.items()]


def steering_rows(engine: Engine) -> int:
    """One for tokens that nothing steers, and one for each request of a step: they may all be steered differently."""
    return 1 + engine.max_sequences


def environment(config: StartConfig, usable_cpus: int, today: date) -> dict[str, str]:
    """Environment variables that vLLM needs and the pod may override.

    Without a day of its own, vLLM would put the day of each request into the prompts of models that are told one: at
    midnight every cached prefix would be lost, and the same request would be answered otherwise.
    On CPU the executor stays in the engine's process: one process less that imports vLLM (measured: 14 processor
    seconds to ready instead of 19, and 0.5 GiB less). vLLM allows that only with this variable set.
    One processor is left to the front end; threads beyond the quota would only wait for each other.
    """
    variables = {"VLLM_SYSTEM_START_DATE": config.engine.system_date or today.isoformat()}
    if config.vectors:
        variables["VLLM_USE_V2_MODEL_RUNNER"] = "0"  # steering on the other has not been proven on a GPU
    if config.engine.device != "Cpu":
        return variables
    variables["OMP_NUM_THREADS"] = str(max(1, usable_cpus - 1))
    if _in_process(config.engine):
        variables["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    return variables


def _for_device(engine: Engine) -> dict[str, str]:
    if engine.device != "Cpu":
        return {}
    executor = {"distributed-executor-backend": "uni"} if _in_process(engine) else {}
    return {**CPU_ARGUMENTS, **executor}


def _for_steering(engine: Engine) -> dict[str, str]:
    return {
        "additional-config": json.dumps({"modelserver_steering": {"rows": steering_rows(engine)}}),
        "worker-extension-cls": "modelserver_runtime.steering.worker.SteeringWorker",
    }


def _in_process(engine: Engine) -> bool:
    one = engine.tensor_parallel_size * engine.pipeline_parallel_size == 1
    return one and engine.arguments.get("distributed-executor-backend", "uni") == "uni"


def _check(config: StartConfig, model_type: str) -> None:
    owned = OWNED | (CPU_OWNED if config.engine.device == "Cpu" else {})
    owned |= (HARMONY_OWNED if model_type == HARMONY else {}) | (STEERING_OWNED if config.vectors else {})
    for name in config.engine.arguments:
        if name in owned:
            raise ArgumentError(f"engine.arguments.{name} {owned[name]}")
