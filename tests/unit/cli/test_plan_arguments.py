"""The engine's arguments that `plan` prints are those that the runtime hands to vLLM, option by option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.crd_cases import VECTORS
from tests.unit.operator.made import resolved

from modelserver_operator.cli.catalog import catalog, require_served
from modelserver_operator.cli.plan.arguments import engine_arguments
from modelserver_operator.desired.start_config import start_yaml
from modelserver_operator.resolve import Resolved
from modelserver_runtime.config import StartConfig
from modelserver_runtime.config.yaml_file import parse
from modelserver_runtime.engine_arguments import command_line

CASES = sorted((Path(__file__).parents[1] / "operator" / "cases").glob("*.yaml"))
TYPES = ["", "qwen2", "gpt_oss"]
SPREAD = {"count": 4, "tensorParallelSize": 2}
GPU = {"device": "Cuda", "accelerator": {"resourceName": "nvidia.com/gpu", "computeCapability": "7.5"}}
EXECUTORS = {"engine": {"allowedArguments": [{"name": "distributed-executor-backend"}]}}


def printed(found: Resolved, model_type: str) -> list[str]:
    """As a command line."""
    arguments = engine_arguments(found, model_type)
    return [f"{each.option}={each.value}" if each.value else each.option for each in arguments]


def handed_over(found: Resolved, model_type: str) -> list[str]:
    """What the runtime makes of the start config that the operator writes."""
    config = parse(StartConfig, yaml.safe_load(start_yaml(found)), Path("start.yaml"))
    return command_line(config, model_type)


@pytest.mark.parametrize("model_type", TYPES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_for_every_golden_case(case: Path, model_type: str) -> None:
    for found in require_served(catalog([case], [], None)):
        assert printed(found, model_type) == handed_over(found, model_type)


@pytest.mark.parametrize("model_type", TYPES)
@pytest.mark.parametrize(
    ("of_class", "spec"),
    [
        ({}, {"accelerators": SPREAD}),
        (GPU, {"accelerators": SPREAD, "engine": {"acceleratorMemoryPercent": 85, "maxSequences": 3}}),
        (GPU, {"emotions": {"vectors": VECTORS}}),
        ({}, {"emotions": {"vectors": VECTORS}, "engine": {"maxSequences": 3}}),
        (EXECUTORS, {"engine": {"arguments": {"distributed-executor-backend": "mp"}}}),
        (EXECUTORS, {"engine": {"arguments": {"distributed-executor-backend": "uni"}}}),
    ],
    ids=["CPUs", "GPUs", "steered on a GPU", "steered on a CPU", "processes", "one process"],
)
def test_by_device_spread_and_vectors(of_class: dict[str, Any], spec: dict[str, Any], model_type: str) -> None:
    found = resolved(of_class, **spec)
    assert printed(found, model_type) == handed_over(found, model_type)


def test_every_argument_has_a_source_and_a_reason() -> None:
    found = {each.option: (each.source, each.reason) for each in engine_arguments(resolved(), "gpt_oss")}
    assert found["--max-model-len"] == ("Profile", "profile Balanced")
    assert found["--model"] == ("Field", "spec.model.persistentVolumeClaim")
    assert found["--no-enable-chunked-prefill"][0] == "Computed"
    assert found["--reasoning-parser"] == ("Computed", "fixed for models of type gpt_oss: reasoning stays hidden")
    assert [option for option, (_, reason) in found.items() if not reason] == []
