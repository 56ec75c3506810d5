"""vLLM's V2 model runner: as `runner_v1`, at the places that it has. Preempted requests come back to it as new ones."""

from typing import Any

from modelserver_runtime.steering.loading import loading
from modelserver_runtime.steering.patching import Target

_MODULE = "vllm.v1.worker.gpu.model_runner"
TARGETS = (
    Target(_MODULE, "GPUModelRunner.load_model", ("load_dummy_weights", "args", "model", "kwargs")),
    Target(_MODULE, "GPUModelRunner._remove_request", ("req_id",)),
    Target(_MODULE, "GPUModelRunner.add_requests", ("scheduler_output",)),
    Target(
        _MODULE,
        "GPUModelRunner.prepare_inputs",
        ("scheduler_output", "batch_req_state", "batch_desc", "num_active_loras"),
    ),
)


def patch() -> None:
    """Replace what TARGETS names."""
    for target, make in zip(TARGETS, (loading, _removing, _adding, _preparing), strict=True):
        target.replace(make)


def runs(runner: Any) -> bool:
    """Whether a worker's runner is of this kind."""
    return any(kind.__module__ == _MODULE for kind in type(runner).__mro__)


def forward(runner: Any, tokens: int, as_configured: bool) -> Any:
    """One pass of `tokens` idle tokens; what the model gives for them, None where another rank has it.

    as_configured: compiled and captured as steps are; otherwise without CUDA graphs.
    """
    return runner._dummy_run(tokens, skip_eplb=True, is_profile=not as_configured)[0]


def _removing(remove_request: Any) -> Any:
    def removing(self: Any, req_id: str) -> Any:
        if steering := self.__dict__.get("steering"):
            steering.remove(req_id)
        return remove_request(self, req_id)

    return removing


def _adding(add_requests: Any) -> Any:
    def adding(self: Any, scheduler_output: Any) -> None:
        add_requests(self, scheduler_output)
        if steering := self.__dict__.get("steering"):
            for new in scheduler_output.scheduled_new_reqs:
                steering.add(new.req_id, new.sampling_params, new.prompt_len)

    return adding


def _preparing(prepare_inputs: Any) -> Any:
    def preparing(self: Any, *args: Any, **options: Any) -> Any:
        batch = prepare_inputs(self, *args, **options)
        if steering := self.__dict__.get("steering"):
            steering.prepare(batch.req_ids, batch.num_scheduled_tokens, batch.num_computed_tokens_np)
        return batch

    return preparing
