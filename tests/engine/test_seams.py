"""Where vLLM is touched: each seam that `engine.py` uses, with the parameters that it has in the pinned release.

A new vLLM that moved or changed one fails here, in a minute and by name, before anything is served with it.
"""

import ast
import inspect
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelserver_runtime.engine_steps import Steps

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "runtime/src/modelserver_runtime/engine.py"
STEERING = ROOT / "runtime/src/modelserver_runtime/steering"
PROBE = Path(__file__).with_name("seams_probe.py")

# (module, attribute, its parameters; "b=" has a default): the ones that we pass are told in the comment.
SEAMS = (
    ("vllm.utils.argparse_utils", "FlexibleArgumentParser", "class"),  # no arguments; `error` is replaced on the object
    ("vllm.entrypoints.launchers.cli_args", "make_arg_parser", "parser"),  # all
    ("vllm.entrypoints.launchers.cli_args", "validate_parsed_serve_args", "args"),  # all
    ("vllm.engine.arg_utils", "AsyncEngineArgs", "class"),
    ("vllm.engine.arg_utils", "AsyncEngineArgs.from_cli_args", "args"),  # all
    ("vllm.v1.engine.async_llm", "AsyncLLM", "class"),
    (
        "vllm.v1.engine.async_llm",
        "AsyncLLM.from_engine_args",
        "engine_args start_engine_loop= usage_context= stat_loggers=",  # the first and the last
    ),
    ("vllm.v1.engine.async_llm", "AsyncLLM.errored", "property"),
    ("vllm.v1.engine.async_llm", "AsyncLLM.model_config", "set by the constructor"),
    ("vllm.v1.engine.async_llm", "AsyncLLM.output_handler", "set by the constructor"),  # a task, or None
    ("vllm.v1.engine.async_llm", "AsyncLLM.output_processor", "set by the constructor"),
    ("vllm.v1.engine.output_processor", "OutputProcessor.has_unfinished_requests", ""),
    ("vllm.v1.engine.async_llm", "AsyncLLM.get_supported_tasks", ""),
    ("vllm.v1.engine.async_llm", "AsyncLLM.reset_mm_cache", ""),
    ("vllm.v1.engine.async_llm", "AsyncLLM.shutdown", "timeout="),  # all
    ("vllm.entrypoints.launchers.app", "build_app", "args supported_tasks= model_config="),  # all
    (
        "vllm.entrypoints.launchers.api_server.app_state",
        "init_app_state",
        "engine_client state args supported_tasks=",  # all
    ),
    ("vllm.entrypoints.openai.responses", "harmony.logger", "Logger"),
    (
        "vllm.entrypoints.openai.responses",
        "serving.harmony_to_response_output",
        "message function_tool_names incomplete=",  # replaced by one that asks it, with all
    ),
    ("vllm.entrypoints.openai.responses.protocol", "ResponsesRequest", "class"),  # its `input` gives up at the first
    ("vllm.parser.harmony", "HarmonyParser.flush", ""),  # replaced by one that asks it
)
RUNNER, V2 = "vllm.v1.worker.gpu_model_runner", "vllm.v1.worker.gpu.model_runner"
# What steering/ uses besides what its patches check themselves at each start.
STEERING_SEAMS = (
    ("vllm.plugins", "DEFAULT_PLUGINS_GROUP", "vllm.general_plugins"),
    ("vllm.v1.engine.async_llm", "AsyncLLM", "class"),
    ("vllm.v1.engine.async_llm", "AsyncLLM.engine_core", "set by the constructor"),
    ("vllm.v1.engine.async_llm", "AsyncLLM.collective_rpc", "method timeout= args= kwargs="),  # the first and args
    ("vllm.v1.engine.core_client", "AsyncMPClient.add_request_async", "request"),  # replaced by one that asks it
    ("vllm.v1.engine.core_client", "AsyncMPClient.call_utility_async", "method args"),
    ("vllm.v1.engine.core", "EngineCore", "class"),  # gets a method
    ("vllm.model_executor.models.utils", "PPMissingLayer", "class"),
    ("vllm.config", "CUDAGraphMode.NONE", "CUDAGraphMode"),
    (RUNNER, "GPUModelRunner.get_model", ""),
    (
        RUNNER,
        "GPUModelRunner._dummy_run",
        "num_tokens cudagraph_runtime_mode= force_attention= uniform_decode= allow_microbatching= skip_eplb= "
        "is_profile= create_mixed_batch= remove_lora= is_graph_capturing= num_active_loras= profile_seq_lens= "
        "randomize_inputs=",  # the first three and skip_eplb
    ),
    (V2, "GPUModelRunner.get_model", ""),
    (
        V2,
        "GPUModelRunner._dummy_run",
        "num_tokens args skip_attn= uniform_decode= context_len= skip_eplb= is_profile= valid_dummy_state_slots= "
        "randomize_inputs= kwargs",  # the first, skip_eplb and is_profile
    ),
    ("vllm.config", "ParallelConfig.use_ubatching", "property"),
    ("vllm.config", "ParallelConfig.use_sequence_parallel_moe", "property"),
    ("vllm.config", "ModelConfig.get_hidden_size", ""),
    ("vllm.config", "ModelConfig.is_encoder_decoder", "cached_property"),
    ("vllm.config", "ModelConfig.is_hybrid", "property"),
    ("vllm.config", "ModelConfig.is_attention_free", "property"),
    ("vllm.config", "ModelConfig.is_diffusion", "cached_property"),
)
# Fields that steering/ reads: (module, class, names).
FIELDS = (
    (
        "vllm.config",
        "ParallelConfig",
        "data_parallel_size _api_process_count prefill_context_parallel_size decode_context_parallel_size "
        "enable_hc_sp enable_elastic_ep",
    ),
    ("vllm.config", "ModelConfig", "dtype enable_prompt_embeds enable_sleep_mode"),
    ("vllm.config", "CacheConfig", "kv_sharing_fast_prefill"),
    ("vllm.config", "CompilationConfig", "mode cudagraph_capture_sizes"),
    ("vllm.config", "SchedulerConfig", "max_num_batched_tokens"),
    (
        "vllm.config",
        "VllmConfig",
        "additional_config diffusion_config weight_transfer_config lora_config speculative_config kv_transfer_config",
    ),
    ("vllm.sampling_params", "SamplingParams", "extra_args"),
    ("vllm.v1.engine", "EngineCoreRequest", "sampling_params cache_salt"),
    ("vllm.v1.core.sched.output", "NewRequestData", "req_id prompt_token_ids sampling_params"),
    ("vllm.v1.core.sched.output", "SchedulerOutput", "scheduled_new_reqs finished_req_ids"),
    ("vllm.v1.worker.gpu.input_batch", "InputBatch", "req_ids num_scheduled_tokens num_computed_tokens_np"),
)
# We hand vLLM an object of ours where it wants one of these.
LOGGER = ("vllm.v1.metrics.loggers", "StatLoggerBase")


@pytest.fixture(scope="module")
def vllm() -> dict[str, Any]:
    """What the engine's Python finds."""
    asked = {
        "seams": [seam[:2] for seam in (*SEAMS, *STEERING_SEAMS)],
        "classes": [LOGGER],
        "fields": [(module, name) for module, name, _ in FIELDS],
    }
    environment = os.environ | {"OMP_NUM_THREADS": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR"}
    environment["PYTHONPATH"] = str(ROOT / "runtime/src")
    python = os.environ["MODELSERVER_ENGINE_PYTHON"]
    output = subprocess.run(
        [python, PROBE], input=json.dumps(asked), env=environment, check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


ALL = (*SEAMS, *STEERING_SEAMS)


@pytest.mark.parametrize(("number", "seam"), [*enumerate(ALL)], ids=[f"{seam[0]}.{seam[1]}" for seam in ALL])
def test_a_seam_is_what_we_use(vllm: dict[str, Any], number: int, seam: tuple[str, str, str]) -> None:
    assert vllm["seams"][number] == seam[2], seam


def test_all_that_the_plugin_replaces_is_as_it_was_when_that_was_written(vllm: dict[str, Any]) -> None:
    assert len(vllm["patches"]) == 9
    assert {path: problem for path, problem in vllm["patches"].items() if problem} == {}


@pytest.mark.parametrize(("number", "of"), [*enumerate(FIELDS)], ids=[of[1] for of in FIELDS])
def test_a_class_has_the_fields_that_steering_reads(
    vllm: dict[str, Any], number: int, of: tuple[str, str, str]
) -> None:
    assert set(of[2].split()) - set(vllm["fields"][number]) == set()


def test_each_import_of_the_plugin_is_in_the_table() -> None:
    used = {seam for file in STEERING.glob("*.py") for seam in imported(ast.parse(file.read_text()))}
    tabled = {(module, path.split(".")[0]) for module, path, _ in STEERING_SEAMS}
    assert used
    assert used - tabled == set()


def test_our_stat_logger_has_what_vllm_calls(vllm: dict[str, Any]) -> None:
    wanted = vllm["methods"]["StatLoggerBase"]
    assert "record" in wanted
    for name, parameters in wanted.items():
        ours = inspect.signature(getattr(Steps(), name)).parameters
        assert " ".join(each.name + ("" if each.default is each.empty else "=") for each in ours.values()) == parameters


def test_every_seam_of_the_engine_module_is_in_the_table_and_in_its_docstring() -> None:
    tree = ast.parse(ENGINE.read_text())
    used = {*imported(tree), *(("vllm.v1.engine.async_llm", f"AsyncLLM.{name}") for name in asked_of_the_llm(tree))}
    tabled = {(module, name) for module, path, _ in SEAMS for name in (path, path.split(".")[0])}
    assert used - tabled == set()
    told = set(re.findall(r"`(\w+)`", ast.get_docstring(tree) or ""))
    assert {path.split(".")[-1] for _, path in used} - told == set()


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of each import of vLLM, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "vllm":
            yield from ((str(node.module), alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "vllm")


def asked_of_the_llm(tree: ast.Module) -> Iterator[str]:
    """The attributes of vLLM's engine object: of AsyncLLM, of `llm` and of `self._llm`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            holder = node.value
            if getattr(holder, "id", "") in ("llm", "AsyncLLM") or getattr(holder, "attr", "") == "_llm":
                yield node.attr
