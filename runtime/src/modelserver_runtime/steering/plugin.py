"""The entry point that vLLM calls in each of its processes (`vllm.general_plugins`)."""

from modelserver_runtime.steering import cache_key, core_report, runner_v1, runner_v2


def register() -> None:
    """Patch vLLM; nothing of it acts in an engine whose additional config does not ask for steering."""
    cache_key.patch()
    core_report.patch()
    runner_v1.patch()
    runner_v2.patch()
