"""The engine core's own report: it has the prefix cache, and no worker extension to ask."""

from typing import Any

from modelserver_runtime.steering import cache_key
from modelserver_runtime.steering.report import CORE_METHOD, VERSION


def patch() -> None:
    """Give vLLM's EngineCore the method that the front end calls by name."""
    from vllm.v1.engine.core import EngineCore

    setattr(EngineCore, CORE_METHOD, _report)


def _report(_: Any) -> dict[str, Any]:
    return {"version": VERSION, "problems": [each.problem for each in cache_key.TARGETS if each.problem]}
