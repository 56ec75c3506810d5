"""The memory estimate against vLLM's own model of the same config.json: its KV cache's specification, and its weights.

The configurations are those whose weights tests/unit/memory compares with the published sizes. Two of them vLLM cannot
make on a CPU: Gemma 3's vision tower needs torchvision, so its language model alone is made; and the 8-bit Llama needs
a kernel of an accelerator, so it is left out; it keeps the same as the 16-bit one.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modelserver_operator.resolve.memory import Estimate, ModelShape, Setting, Unknown, estimate, shape

CONFIGS = Path(__file__).parents[1] / "unit" / "memory" / "configs"
NAMES = sorted(path.stem for path in CONFIGS.glob("*.json") if "fp8" not in path.stem)


def config(name: str) -> dict[str, Any]:
    """As in its file, of the language model alone."""
    found = json.loads((CONFIGS / f"{name}.json").read_text())
    if "text_config" in found:
        found = {**found["text_config"], "architectures": ["Gemma3ForCausalLM"], "torch_dtype": found["torch_dtype"]}
    return {key: value for key, value in found.items() if not key.startswith("_")}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """What vLLM says of each; see kv_spec_probe.py."""
    folders = {name: tmp_path_factory.mktemp(name) for name in NAMES}
    for name, folder in folders.items():
        (folder / "config.json").write_text(json.dumps(config(name)))
    probe = Path(__file__).with_name("kv_spec_probe.py")
    command = [os.environ["MODELSERVER_ENGINE_PYTHON"], str(probe), *map(str, folders.values())]
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=offline, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: found[str(folder)] for name, folder in folders.items()}


def estimated(name: str, told: Mapping[str, Any], tensor_parallel_size: int = 1) -> Estimate | Unknown:
    """Our estimate under the setting that the probe gives vLLM."""
    sizes = shape(config(name))
    assert isinstance(sizes, ModelShape), sizes
    setting = Setting(
        dtype="bfloat16",
        tensor_parallel_size=tensor_parallel_size,
        pipeline_parallel_size=1,
        max_context_tokens=told["maxModelLen"],
        max_sequences=64,
        batched_tokens=512,
        steps=told["steps"],
        block_tokens=told["blockTokens"],
    )
    return estimate(sizes, setting, None)


def known(name: str, told: Mapping[str, Any]) -> Estimate:
    """On one accelerator, where nothing is to be dealt out."""
    found = estimated(name, told)
    assert isinstance(found, Estimate), found
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_token_takes_what_vllm_allots(name: str, told: Mapping[str, dict[str, Any]]) -> None:
    assert known(name, told[name]).token == told[name]["token"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sequence_takes_what_vllm_sets_aside(name: str, told: Mapping[str, dict[str, Any]]) -> None:
    """Blocks, windows and groups of layers included."""
    assert known(name, told[name]).sequence == told[name]["sequence"]


@pytest.mark.parametrize("name", NAMES)
def test_heads_are_dealt_out_as_vllm_does(name: str, told: Mapping[str, dict[str, Any]]) -> None:
    """Beyond their number each accelerator keeps one: a copy."""
    one, heads = known(name, told[name]).token, told[name]["heads"]
    for size, kept in heads.items():
        spread = estimated(name, told[name], int(size))
        if isinstance(spread, Estimate):
            assert spread.token * heads["1"] == one * kept, size
        else:
            assert "cannot be dealt out evenly" in spread.why


@pytest.mark.parametrize("name", NAMES)
def test_weights_take_what_vllm_loads(name: str, told: Mapping[str, dict[str, Any]]) -> None:
    """Before vLLM unpacks some of a packed model's matrices once more, which no parameter tells."""
    families = known(name, told[name]).families
    loaded = sum(size for family, size in families.items() if family != "attention, unpacked again")
    assert loaded == pytest.approx(told[name]["weights"], rel=0.001)
