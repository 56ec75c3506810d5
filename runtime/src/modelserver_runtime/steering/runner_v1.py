"""vLLM's V1 model runner, on CPU and on GPU: hooks the layers after loading, and writes the rows before each step."""

from typing import Any

from modelserver_runtime.steering.loading import loading
from modelserver_runtime.steering.patching import Target

_GPU = "vllm.v1.worker.gpu_model_runner"
TARGETS = (
    Target(_GPU, "GPUModelRunner.load_model", ("load_dummy_weights", "model")),
    Target("vllm.v1.worker.cpu_model_runner", "CPUModelRunner.load_model", ("load_dummy_weights",)),
    Target(_GPU, "GPUModelRunner._update_states", ("scheduler_output",)),
    Target(_GPU, "GPUModelRunner._prepare_inputs", ("scheduler_output", "num_scheduled_tokens")),
)


def patch() -> None:
    """Replace what TARGETS names."""
    for target, make in zip(TARGETS, (loading, loading, _updating, _preparing), strict=True):
        target.replace(make)


def forward(runner: Any, tokens: int, as_configured: bool) -> Any:
    """One pass of `tokens` idle tokens; what the model gives for them, or for the next rank.

    Attention takes part, as in a step, but keeps nothing: it would give memory that nobody has written otherwise.
    as_configured: compiled and captured as steps are; otherwise without CUDA graphs.
    """
    from vllm.config import CUDAGraphMode

    mode = None if as_configured else CUDAGraphMode.NONE
    return runner._dummy_run(tokens, cudagraph_runtime_mode=mode, force_attention=True, skip_eplb=True)[0]


def _updating(update_states: Any) -> Any:
    def updating(self: Any, scheduler_output: Any) -> Any:
        deferred = update_states(self, scheduler_output)
        if steering := self.__dict__.get("steering"):
            for request in scheduler_output.finished_req_ids:  # first: an id may end and begin in one step
                steering.remove(request)
            for new in scheduler_output.scheduled_new_reqs:
                steering.add(new.req_id, new.sampling_params, len(new.prompt_token_ids or ()))
        return deferred

    return updating


def _preparing(prepare_inputs: Any) -> Any:
    def preparing(self: Any, scheduler_output: Any, num_scheduled_tokens: Any) -> Any:
        prepared = prepare_inputs(self, scheduler_output, num_scheduled_tokens)
        if steering := self.__dict__.get("steering"):
            batch = self.input_batch
            steering.prepare(batch.req_ids, num_scheduled_tokens, batch.num_computed_tokens_cpu)
        return prepared

    return preparing
